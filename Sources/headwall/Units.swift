import ArgumentParser
import Clinical
import FHIR
import Pipeline
import Terminology

struct Units: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Convert and validate units.",
        discussion: "Example:  headwall units convert 37 Cel \"[degF]\"",
        subcommands: [ConvertUnit.self, ValidateUnit.self])

    struct ConvertUnit: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "convert",
            abstract: "Convert a value from one unit to another; refuses what must not be converted.",
            discussion: """
                With --loinc also by molar mass and other conversions that belong to the substance.

                Example:  headwall units convert 1.0 mg/dL umol/L --loinc 2160-0 --json
                Batch:    headwall units convert --batch < in.tsv    in: value, from, to, loinc   out: value, outcome, explanation
                Exit code 65 when a single conversion is refused.
                """)

        @Argument(help: "The number.") var value: String?
        @Argument(help: "Unit that it is in.") var from: String?
        @Argument(help: "Unit to convert to.") var to: String?
        @Option(help: "LOINC code of what was measured.") var loinc: String?
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Read TSV lines from standard input, write TSV lines.") var batch = false
        @OptionGroup var site: SiteOptions

        func validate() throws {
            guard batch || (value != nil && from != nil && to != nil) else {
                throw ValidationError("a value and two units are needed, or --batch")
            }
        }

        func run() throws {
            let terminology = try Site.terminology(site.files)
            if batch {
                while let line = readLine(strippingNewline: true) {
                    let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                    func column(_ index: Int) -> String { columns.count > index ? columns[index] : "" }
                    let outcome = convert(
                        terminology, column(0), column(1), column(2), loinc: column(3).isEmpty ? nil : column(3))
                    Output.line(Self.tsv(outcome))
                }
                return
            }
            let outcome = convert(terminology, value ?? "", from ?? "", to ?? "", loinc: loinc)
            Output.line(json ? String(decoding: Self.json(outcome).write(), as: UTF8.self) : Self.text(outcome))
            if case .refused = outcome { throw ExitCode(PipelineError.Kind.data.rawValue) }
        }

        private func convert(
            _ terminology: Terminology, _ value: String, _ from: String, _ to: String, loinc: String?
        ) -> UnitConversionOutcome {
            guard let number = ExactDecimal(value.drop { $0 == " " }) else {
                return .refused(.notUsable, explanation: "The value is not a number.")
            }
            return terminology.convert(value: number, from: from, to: to, loinc: loinc)
        }

        private static func json(_ outcome: UnitConversionOutcome) -> JSON {
            switch outcome {
            case .converted(let converted):
                [
                    "outcome": "converted", "value": .number(JSONNumber(converted.value)), "unit": .string(converted.unit),
                    "unitRead": .string(converted.unitRead), "conversion": .string(converted.conversion),
                    "factor": JSON(optional: converted.factor),
                ]
            case .refused(let reason, let explanation):
                ["outcome": .string(reason.rawValue), "explanation": .string(explanation)]
            }
        }

        private static func tsv(_ outcome: UnitConversionOutcome) -> String {
            switch outcome {
            case .converted(let converted): "\(converted.value)\tconverted\t\(converted.conversion)"
            case .refused(let reason, let explanation): "\t\(reason.rawValue)\t\(explanation)"
            }
        }

        private static func text(_ outcome: UnitConversionOutcome) -> String {
            switch outcome {
            case .converted(let converted): "\(converted.value) \(converted.unit)"
            case .refused(let reason, let explanation): "\(reason.rawValue): \(explanation)"
            }
        }
    }

    struct ValidateUnit: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate",
            abstract: "Say whether a text is a valid UCUM code.",
            discussion: """
                Example:  headwall units validate "mm[Hg]" --json
                Batch:    headwall units validate --batch < units.txt    out: code, valid or invalid, place, reason
                Exit code 65 when a single code is not valid.
                """)

        @Argument(help: "The unit.") var code: String?
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Read lines from standard input, write TSV lines.") var batch = false
        @OptionGroup var site: SiteOptions

        func validate() throws {
            guard batch || code != nil else { throw ValidationError("a unit is needed, or --batch") }
        }

        func run() throws {
            let terminology = try Site.terminology(site.files)
            if batch {
                while let line = readLine(strippingNewline: true) {
                    let code = String(line.prefix { $0 != "\t" })
                    let issue = terminology.validate(unit: code)
                    Output.line(
                        "\(code)\t\(issue == nil ? "valid" : "invalid")\t\(issue?.place ?? "")\t\(issue?.text ?? "")")
                }
                return
            }
            let issue = terminology.validate(unit: code ?? "")
            if json {
                var object: JSONObject = ["valid": JSON(issue == nil)]
                object.append("place", issue?.place)
                object.append("reason", issue?.text)
                Output.line(String(decoding: JSON(object).write(), as: UTF8.self))
            } else {
                Output.line(issue.map { "invalid at \($0.place): \($0.text)" } ?? "valid")
            }
            if issue != nil { throw ExitCode(PipelineError.Kind.data.rawValue) }
        }
    }
}
