import ArgumentParser
import Clinical
import FHIR
import Inference
import Pipeline
import Terminology

extension Mappings {
    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What two versions of a table say differently, and which model inputs that touches.",
            discussion: """
                Compared is what is approved, because only that translates; --all compares proposals too. Exits with 65 where a
                model input gets another meaning with fewer than two reviewers.

                Example:  headwall mappings diff lab-a/1.0.0 var/mappings/codes/lab-a/1.0.1
                """)
        @Argument(help: "Version before: name/version, a folder, or a file.") var before: String
        @Argument(help: "Version after.") var after: String
        @OptionGroup var format: MappingFormatOptions
        @Flag(help: "Compare rows of every status.") var all = false
        @Flag(help: "One JSON object a line.") var json = false
        @OptionGroup var site: SiteOptions

        func run() throws {
            let terminology = try Site.terminology(site.files)
            let difference = TableDifference(
                from: try Self.mappings(before, format, terminology), to: try Self.mappings(after, format, terminology),
                modelInputs: try Self.modelInputs(site.files, terminology),
                statuses: all ? Set(CodeMapping.Status.allCases) : [.approved])
            for change in difference.changes { Output.line(json ? Self.json(change) : Self.text(change)) }
            let alone = difference.changes.filter(\.needsSecondReviewer)
            if !json {
                Output.line(
                    "\(difference.count(.new)) new, \(difference.count(.retired)) retired, "
                        + "\(difference.count(.retargeted)) re-targeted, \(difference.count(.revised)) revised, "
                        + "\(difference.unchanged) unchanged, \(difference.changes.count { !$0.models.isEmpty }) touch model inputs"
                )
            }
            guard alone.isEmpty else {
                throw PipelineError(
                    .data, place: after, "\(alone.count) rows give a model input another meaning and need two reviewers")
            }
        }

        /// LOINC codes that the packages of the folder read.
        static func modelInputs(
            _ files: SiteFiles, _ terminology: Terminology
        ) throws(PipelineError) -> [String: Set<String>] {
            let packages = try Site.catalogue(files, terminology: terminology).packages
            return Dictionary(packages.map { ($0.reference.name, Set($0.requests.flatMap(\.loinc))) }) { $0.union($1) }
        }

        static func mappings(
            _ text: String, _ format: MappingFormatOptions, _ terminology: Terminology
        ) throws -> [CodeMapping] {
            guard let table = try MappingTableReference(text, in: terminology) else {
                return try format.read(file: text).mappings
            }
            return try table.inUse(terminology).mappings(of: table.title) ?? []
        }

        private static func text(_ change: TableDifference.Change) -> String {
            let key = change.new ?? change.old
            let (old, new) = (change.old, change.new)
            var line = "\(change.kind.rawValue)\t\(key?.code ?? "")\t\(conditions(key))\t"
            line += old.map { face($0) } ?? ""
            line += "\t" + (new.map { face($0) } ?? "")
            if !change.models.isEmpty { line += "\tfeeds \(change.models.joined(separator: ", "))" }
            if change.needsSecondReviewer { line += "\tneeds two reviewers" }
            return line
        }

        private static func face(_ mapping: CodeMapping) -> String {
            let target = mapping.target.map { "\($0.code) \($0.display ?? "")" } ?? "no code"
            let units =
                [mapping.unit, mapping.unitIfAbsent.map { "\($0) if absent" }].compactMap { $0 }
                + mapping.unitAliases.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return units.isEmpty ? target : "\(target) (\(units.joined(separator: ", ")))"
        }

        static func conditions(_ mapping: CodeMapping?) -> String {
            guard let asked = mapping?.conditions else { return "" }
            return [("unit", asked.unit), ("specimen", asked.specimen), ("method", asked.method), ("device", asked.device)]
                .compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: " ")
        }

        private static func json(_ change: TableDifference.Change) -> String {
            let key = change.new ?? change.old
            let object: JSON = [
                "change": .string(change.kind.rawValue), "system": JSON(optional: key?.system),
                "code": JSON(optional: key?.code), "conditions": .string(conditions(key)),
                "before": JSON(optional: change.old?.target?.code), "after": JSON(optional: change.new?.target?.code),
                "beforeUnit": JSON(optional: change.old?.unit), "afterUnit": JSON(optional: change.new?.unit),
                "models": .array(change.models.map { .string($0) }),
                "needsSecondReviewer": .bool(change.needsSecondReviewer),
            ]
            return String(decoding: object.write(), as: UTF8.self)
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay", abstract: "What another version of a table would make of real traffic.",
            discussion: """
                --journal reads the journal of a service; nothing is changed. --values reads a table of values instead: tab
                separated system, code, unit, specimen, method, device, count; the last ones may be missing.

                Example:  headwall mappings replay lab-a/1.0.0 var/mappings/codes/lab-a/1.0.1 --journal headwall.yaml
                """)
        @Argument(help: "Version before: name/version, a folder, or (with --values) a file.") var before: String
        @Argument(help: "Version after.") var after: String
        @Option(help: ArgumentHelp("Configuration of the service.", valueName: "file")) var journal: String?
        @Option(help: ArgumentHelp("Table of values; - is standard input.", valueName: "file")) var values: String?
        @Option(help: "Most codes shown for each effect.") var limit = 20
        @OptionGroup var format: MappingFormatOptions
        @Flag(help: "One JSON object a line.") var json = false
        @OptionGroup var site: SiteOptions

        func validate() throws {
            guard (journal == nil) != (values == nil) else { throw ValidationError("give --journal or --values") }
        }

        func run() async throws {
            var replay: MappingReplay
            var messages: Int?
            if let journal {
                let configuration = try Configuration(
                    yaml: String(decoding: SiteFiles.read(journal), as: UTF8.self), file: journal)
                let files = SiteFiles(configuration, mappings: site.mappings)
                let terminology = try Site.terminology(files)
                replay = MappingReplay(
                    from: try table(before, terminology).inUse(terminology),
                    to: try table(after, terminology).inUse(terminology))
                messages = try await JournalTraffic(configuration, files).run(&replay)
            } else {
                let terminology = try Site.terminology(site.files)
                if let old = try MappingTableReference(before, in: terminology),
                    let new = try MappingTableReference(after, in: terminology)
                {
                    replay = MappingReplay(from: try old.inUse(terminology), to: try new.inUse(terminology))
                } else {
                    replay = MappingReplay(
                        from: try Diff.mappings(before, format, terminology),
                        to: try Diff.mappings(after, format, terminology))
                }
                try add(values ?? "-", to: &replay)
            }
            report(replay, messages)
        }

        private func table(_ text: String, _ terminology: Terminology) throws -> MappingTableReference {
            guard let table = try MappingTableReference(text, in: terminology) else {
                throw PipelineError(.noInput, place: text, "is no table of the folder and no folder of a table")
            }
            return table
        }

        private func add(_ file: String, to replay: inout MappingReplay) throws {
            let source = file == "-" ? "/dev/stdin" : file
            for (number, line) in try SiteFiles.read(source).split(separator: UInt8(ascii: "\n")).enumerated() {
                let fields = String(decoding: line, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
                func field(_ place: Int) -> String? {
                    place < fields.count && !fields[place].isEmpty ? String(fields[place]) : nil
                }
                guard let system = field(0), let code = field(1), let count = field(6).map(Int.init) ?? 1, count >= 0 else {
                    throw PipelineError(.data, place: "\(file):\(number + 1)", "is not system, code … count")
                }
                replay.add(
                    TranslationRequest(
                        source: "*", code: Code(system: system, code: code), unit: field(2), specimen: field(3),
                        method: field(4), device: field(5)), count: count)
            }
        }

        private func report(_ replay: MappingReplay, _ messages: Int?) {
            let total = replay.counts.values.reduce(0, +)
            if json {
                for effect in MappingReplay.Effect.allCases {
                    let codes = (replay.changed[effect] ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                    let object: JSON = [
                        "effect": .string(effect.rawValue), "values": JSON(integer: Int64(replay.counts[effect] ?? 0)),
                        "codes": .array(codes.map { ["code": .string($0.key), "values": JSON(integer: Int64($0.value))] }),
                    ]
                    Output.line(String(decoding: object.write(), as: UTF8.self))
                }
                return
            }
            Output.line((messages.map { "\($0) messages, " } ?? "") + "\(total) values")
            for effect in MappingReplay.Effect.allCases {
                let codes = (replay.changed[effect] ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                Output.line(
                    "\(effect.rawValue)\t\(replay.counts[effect] ?? 0)" + (codes.isEmpty ? "" : "\t\(codes.count) codes"))
                for (code, count) in codes.prefix(limit) { Output.line("\t\(code)\t\(count)") }
                if codes.count > limit { Output.line("\t…\t\(codes.count - limit) more") }
            }
        }
    }
}
