import Clinical
import Terminology

/// A complete small set of files, to be spoilt in one place by each test.
struct SmallTables {
    var canonical = """
        loinc	display	property	unit	unit_if_absent	molar_mass	valence	citation	feeds
        14682-9	Creatinine [Moles/volume] in Serum or Plasma	SCnc	umol/L		113.12		by formula	2160-0
        17861-6	Calcium [Mass/volume] in Serum or Plasma	MCnc	mg/dL		40.078	2	by formula	
        2160-0	Creatinine [Mass/volume] in Serum or Plasma	MCnc	mg/dL		113.12		by formula	
        2823-3	Potassium [Moles/volume] in Serum or Plasma	SCnc	mmol/L			1	by charge	
        2888-6	Protein [Mass/volume] in Urine	MCnc	mg/dL					
        6690-2	Leukocytes [#/volume] in Blood by Automated count	NCnc	10*9/L					

        """
    var aliases = """
        source	raw	ucum
        *	mmHg	mm[Hg]
        lab	K/uL	10*3/uL

        """
    var homographs = """
        raw	explanation
        K/uL	kelvin or thousands

        """
    var map: [[String]] = []
    var manifest: [String: String] = ["status": "active", "version": "1.0.0", "sources": #"["lab"]"#]
    var digest: String?

    static let columns = [
        "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "author_id",
        "reviewer_id", "mapping_date", "confidence", "comment", "subject_unit", "subject_specimen", "subject_method",
        "subject_device", "valid_from", "valid_to", "unit", "unit_if_absent", "unit_aliases", "status",
    ]

    /// A row, the columns not named having their usual value.
    static func row(_ code: String, _ target: String, _ changes: [String: String] = [:]) -> [String] {
        var values = [
            "subject_id": "L:" + code, "predicate_id": "skos:exactMatch",
            "object_id": target.contains(":") ? target : "LOINC:" + target,
            "mapping_justification": "semapv:ManualMappingCuration", "author_id": "a", "reviewer_id": "b",
            "mapping_date": "2026-01-01", "confidence": "1", "status": "approved",
        ]
        values.merge(changes) { $1 }
        return columns.map { values[$0] ?? "" }
    }

    var files: [TerminologyFile] {
        let mapText = ([Self.columns] + map).map { $0.joined(separator: "\t") + "\n" }.joined()
        let mapBytes = Array(mapText.utf8)
        let version = manifest["version"] ?? ""
        let json = """
            {"name": "lab", "version": "\(version)", "status": "\(manifest["status"] ?? "")",
             "sources": \(manifest["sources"] ?? ""), "codeSystems": {"L": "urn:lab"},
             "sha256": "\(digest ?? ContentDigest(of: mapBytes).hex)", "loincVersion": "2.72", "ucumVersion": "2.2"}
            """
        let units = ["canonical.tsv": canonical, "aliases.tsv": aliases, "homographs.tsv": homographs]
        let digests = units.map { "\"\($0.key)\": \"\(ContentDigest(of: $0.value.utf8).hex)\"" }.joined(separator: ", ")
        let unitsJSON =
            "{\"version\": \"1.0.0\", \"loincVersion\": \"2.72\", \"ucumVersion\": \"2.2\", \"sha256\": {\(digests)}}"
        var files = units.map { TerminologyFile(path: "units/" + $0.key, content: Array($0.value.utf8)) }
        files.append(TerminologyFile(path: "units/manifest.json", content: Array(unitsJSON.utf8)))
        files.append(TerminologyFile(path: "codes/lab/\(version)/map.tsv", content: mapBytes))
        files.append(TerminologyFile(path: "codes/lab/\(version)/manifest.json", content: Array(json.utf8)))
        return files
    }

    /// The problems of loading, as `cause@line`; empty when the set loads.
    var problems: [String] {
        do throws(TerminologyError) {
            _ = try Terminology(files: files)
            return []
        } catch {
            return error.problems.map { "\($0.cause)@\($0.line.map(String.init) ?? "-")" }
        }
    }

    func translate(
        _ code: String, unit: String? = nil, value: String? = "1", specimen: String? = nil, effective: Instant? = nil
    ) throws -> TranslationOutcome {
        try Terminology(files: files).translate(
            TranslationRequest(
                source: "lab", code: Code(system: "urn:lab", code: code), unit: unit,
                value: value.flatMap { ExactDecimal($0) },
                specimen: specimen, effective: effective))
    }
}
