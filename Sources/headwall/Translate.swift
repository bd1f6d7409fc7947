import ArgumentParser
import Clinical
import FHIR
import Pipeline
import Terminology

struct Translate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Translate a local code to LOINC, and its unit to UCUM.",
        discussion: """
            Exact on conditions (unit, specimen, validity): what does not fit exactly is unmapped or ambiguous, never guessed.

            Example:  headwall translate --system urn:headwall:codes:lab-a --code 1006 --unit mg/dL --json
            Batch:    headwall translate --batch < codes.tsv > loinc.tsv
                      in:  system, code, unit, specimen, as-of (trailing columns may be missing)
                      out: outcome, loinc, display, unit, relationship, table, row, conversion, factor, explanation
            Exit code 65 when the code of a single translation is not mapped.
            """)

    @Option(help: ArgumentHelp("URI of the code system.", valueName: "uri")) var system: String?
    @Option(help: "The local code.") var code: String?
    @Option(help: "The unit as the sender writes it.") var unit: String?
    @Option(help: "The specimen as the sender writes it.") var specimen: String?
    @Option(name: .customLong("as-of"), help: ArgumentHelp("Use the rows valid at this date or time.", valueName: "date"))
    var asOf: String?
    @Option(help: "Name of the source; selects its tables and unit aliases. Default: the one that the system belongs to.")
    var source: String?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Read TSV lines from standard input, write TSV lines.") var batch = false
    @OptionGroup var site: SiteOptions

    func validate() throws {
        guard batch || (system != nil && code != nil) else {
            throw ValidationError("--system and --code are needed, or --batch")
        }
    }

    func run() throws {
        let terminology = try Site.terminology(site.files)
        if batch {
            while let line = readLine(strippingNewline: true) {
                Output.line(batchAnswer(terminology, line))
            }
            return
        }
        let request = try request(
            terminology, system: system ?? "", code: code ?? "", unit: unit, specimen: specimen, asOf: asOf)
        let outcome = terminology.translate(request)
        Output.line(json ? String(decoding: Self.json(outcome).write(), as: UTF8.self) : Self.text(outcome))
        if case .unmapped = outcome { throw ExitCode(PipelineError.Kind.data.rawValue) }
    }

    /// One line for each line, so that a script can put them side by side; a line that cannot be read is `invalid`.
    private func batchAnswer(_ terminology: Terminology, _ line: String) -> String {
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        func column(_ index: Int) -> String? {
            columns.count > index && !columns[index].isEmpty ? columns[index] : nil
        }
        guard let system = column(0), let code = column(1) else {
            return Self.tsv("invalid", explanation: "The columns system and code are needed.")
        }
        do {
            let request = try request(
                terminology, system: system, code: code, unit: column(2), specimen: column(3), asOf: column(4))
            return Self.tsv(terminology.translate(request))
        } catch {
            return Self.tsv("invalid", explanation: "\(error.place): \(error.reason)")
        }
    }

    private func request(
        _ terminology: Terminology, system: String, code: String, unit: String?, specimen: String?, asOf: String?
    ) throws(PipelineError) -> TranslationRequest {
        let owner = terminology.tables.first { $0.manifest.codeSystems.values.contains(system) }?.manifest.sources.first
        var effective: Instant?
        do {
            if let asOf { effective = try FHIRDateTime.read(asOf, requiringOffset: false).instant }
        } catch {
            throw PipelineError(.data, place: "as-of", "not a date or time such as 2026-01-05")
        }
        return TranslationRequest(
            source: source ?? owner ?? "", code: Code(system: system, code: code), unit: unit, specimen: specimen,
            effective: effective)
    }

    static func json(_ outcome: TranslationOutcome) -> JSON {
        switch outcome {
        case .mapped(let translation):
            let record = translation.record
            return [
                "outcome": "mapped", "loinc": .string(translation.target.code),
                "display": JSON(optional: translation.target.display),
                "unit": JSON(optional: translation.quantity?.unit ?? record.unitRead),
                "relationship": .string(record.relationship), "table": .string(record.table),
                "tableDigest": .string(record.tableDigest), "row": .string(record.row),
                "conversion": .string(record.conversion),
                "factor": JSON(optional: record.factor),
            ]
        case .unmapped(let reason, let explanation, let candidates):
            return [
                "outcome": .string(reason.rawValue), "explanation": .string(explanation),
                "candidates": .array(candidates.map { .string($0) }),
            ]
        }
    }

    private static func tsv(_ outcome: TranslationOutcome) -> String {
        let columns: [String?]
        switch outcome {
        case .mapped(let translation):
            let record = translation.record
            columns = [
                "mapped", translation.target.code, translation.target.display, record.unitRead, record.relationship,
                record.table,
                record.row, record.conversion, record.factor, nil,
            ]
        case .unmapped(let reason, let explanation, let candidates):
            // Candidates are for a person to judge; the column of the code stays empty.
            let hint = candidates.isEmpty ? "" : " Candidates: \(candidates.joined(separator: " "))"
            return tsv(reason.rawValue, explanation: explanation + hint)
        }
        return tsv(columns)
    }

    private static func tsv(_ outcome: String, explanation: String) -> String {
        tsv([outcome] + [String?](repeating: nil, count: 8) + [explanation])
    }

    private static func tsv(_ columns: [String?]) -> String {
        columns.map { ($0 ?? "").replacing("\t", with: " ").replacing("\n", with: " ") }.joined(separator: "\t")
    }

    private static func text(_ outcome: TranslationOutcome) -> String {
        switch outcome {
        case .mapped(let translation):
            return "\(translation.target.code)  \(translation.target.display ?? "")\n"
                + "table \(translation.record.table), row \(translation.record.row), \(translation.record.relationship), "
                + "conversion \(translation.record.conversion)"
        case .unmapped(let reason, let explanation, let candidates):
            return "\(reason.rawValue): \(explanation)"
                + (candidates.isEmpty ? "" : " (\(candidates.joined(separator: ", ")))")
        }
    }
}
