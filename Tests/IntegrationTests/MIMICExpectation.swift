import Clinical
import Foundation
import MIMICDemo

/// What the timeline must hold of a row of the MIMIC demo, worked out from the published facts and from lists typed here,
/// not from the mapping table of the product.
///
/// Laboratory items take their LOINC code from the published MIMIC-to-OMOP mapping. Charted items have none for the older
/// of the two charting systems, so those are listed here, from the item labels.
struct MIMICExpectation {
    enum Outcome: Hashable {
        case quantity(loinc: String, unit: String, value: Double, comparator: String)
        /// The code is known; what was sent is no number.
        case words(loinc: String)
        /// Must be in the queue of unmapped codes.
        case queued
    }

    private let laboratory: [String: String]
    /// LOINC code → unit that every value is kept in.
    private let units: [String: String]

    /// - Parameters:
    ///   - facts: `d_labitems_to_loinc.csv` of the MIMIC-to-OMOP mapping.
    ///   - canonicalUnits: `Mappings/units/canonical.tsv`.
    init(facts: String, canonicalUnits: String, events: [MIMICDemo.Event]) throws {
        let file = try CSVFile(path: facts)
        let (item, vocabulary, code, confidence) = (
            try file.column("itemid (omop_source_code)"), try file.column("omop_vocabulary_id"),
            try file.column("omop_concept_code"), try file.column("sssom_confidence")
        )
        let measured = Set(events.lazy.filter(\.isMeasured).map(\.item)).union(Self.measuredElsewhere)
        var laboratory: [String: String] = [:]
        for row in file.rows where vocabulary(row) == "LOINC" && !code(row).isEmpty {
            // A mapping that its own author doubts is not used before a person of the site has confirmed it.
            let isCertain = ["", "1"].contains(confidence(row))
            let name = String(item(row))
            if isCertain, measured.contains(name), !Self.notApproved.contains(name) { laboratory[name] = String(code(row)) }
        }
        self.laboratory = laboratory
        var units: [String: String] = [:]
        for line in try String(contentsOfFile: canonicalUnits, encoding: .utf8).split(separator: "\n") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            if columns.count > 3 { units[String(columns[0])] = String(columns[3]) }
        }
        self.units = units
    }

    func outcome(of event: MIMICDemo.Event) -> Outcome {
        guard let loinc = event.isLaboratory ? laboratory[event.item] : Self.charted[event.item] else { return .queued }
        let (text, comparator) = event.bound.map { ($0.number, $0.comparator) } ?? (event.number, "")
        guard let number = Double(text) else { return .words(loinc: loinc) }
        let unit = event.unit.trimmingCharacters(in: .whitespaces)
        if unit.isEmpty ? !Self.unitGoesWithoutSaying.contains(event.item) : Self.unusableUnit[event.item] == unit {
            return .queued
        }
        return .quantity(
            loinc: loinc, unit: units[loinc] ?? "", value: Self.converted(number, event, loinc: loinc, unit: unit),
            comparator: comparator)
    }

    private static func converted(_ number: Double, _ event: MIMICDemo.Event, loinc: String, unit: String) -> Double {
        if fahrenheit.contains(event.item) { return (number - 32) * 5 / 9 }
        return number * (itemFactors[event.item] ?? unitFactors[loinc + " " + unit] ?? 1)
    }

    // MARK: Facts of this hospital

    /// Facts that the product's table knows and does not use, on purpose: the codes 60474-4 and 40665-2 count cells in a
    /// volume, the values are percentages.
    private static let notApproved: Set = ["51283", "51284"]

    /// Quantities by their published unit, although no row of the demo has a number.
    private static let measuredElsewhere: Set = ["50981", "51076", "51178", "51211", "51213", "51517", "51519"]

    /// Items whose unit can only be one, so that rows without a unit are used: scores, pH, INR, specific gravity, and
    /// the ventilator settings and temperature noted with a blood gas.
    private static let unitGoesWithoutSaying: Set = [
        "184", "220739", "454", "223901", "723", "223900", "223835", "226531", "50801", "50816", "50817", "50819", "50823",
        "50825", "50826", "51087", "51094", "51237", "51498",
    ]

    /// Ehrlich units of urobilinogen are no mass; a number of plus signs does not say whether porphobilinogen is present.
    private static let unusableUnit = ["51514": "EU/dL", "51096": "+/-"]

    private static let fahrenheit: Set = ["678", "679", "223761"]

    /// Fractions under a wrong unit text (189, 190), pounds (226531), inches (226707).
    private static let itemFactors = ["189": 100, "190": 100, "226531": 0.453_592_37, "226707": 2.54]

    /// LOINC code and unit as sent → factor to the canonical unit; 1 where not listed. Milliequivalents of the
    /// electrolytes here are millimoles: all carry one charge.
    private static let unitFactors: [String: Double] = [
        "1749-1 g/dL": 10, "1748-3 g/dL": 10, "2883-7 g/dL": 10, "2882-9 g/dL": 10, "12191-3 mg/dL": 10_000,
        "1988-5 mg/dL": 10, "3050-2 Ratio": 100, "54218-3 Ratio": 100, "2890-2 Ratio": 1000, "26457-2 #/uL": 0.001,
        "26458-0 #/uL": 0.001, "26455-6 #/uL": 0.001, "26456-4 #/uL": 0.001, "731-0 #/uL": 0.001, "711-2 #/uL": 0.001,
        "30394-1 #/uL": 0.001,
    ]

    /// Charted item → LOINC code. Pressures by any method are kept under the codes that models ask for, wider than
    /// 76534-7, 76535-4 and 76536-2 of the published mapping; oxygen flow is 3151-8, not 19941-4 of that mapping.
    private static let charted: [String: String] = {
        let lists = [
            "8480-6": "51 442 455 6701 220050 220179 224167 225309 227243",
            "8462-4": "8368 8440 8441 8555 220051 220180 224643 225310 227242",
            "8478-0": "52 443 456 6702 220052 220181 225312",
            "8867-4": "211 220045",
            "9279-1": "615 618 220210 224690",
            "59408-5": "646 220277",
            "8310-5": "676 677 678 679 223761 223762",
            "3150-0": "189 190 727 223835",
            "3151-8": "470 471 223834 227287 227582",
            "9269-2": "198",
            "9267-6": "184 220739",
            "9268-4": "454 223901",
            "9270-0": "723 223900",
            "60985-9": "113 220074",
            "8440-0": "492 220059",
            "8385-7": "8448 220060",
            "8414-5": "491 220061",
            "20077-4": "506 220339",
            "29463-7": "763 224639 226512 226531",
            "8302-2": "226707 226730",
        ]
        var codes: [String: String] = [:]
        for (loinc, items) in lists {
            for item in items.split(separator: " ") { codes[String(item)] = loinc }
        }
        return codes
    }()
}
