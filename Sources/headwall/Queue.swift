import ArgumentParser
import Clinical
import FHIR
import Pipeline
import Store
import Terminology

struct Queue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, approve and requeue what waits for a person.",
        discussion: "Example:  headwall queue quarantine --config headwall.yaml",
        subcommands: [Unmapped.self, Approve.self, Quarantine.self, Outbox.self, Requeue.self])

    struct Unmapped: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Local codes and units without a mapping, most frequent first, with what they may mean.",
            discussion: "Example:  headwall queue unmapped --config headwall.yaml --json")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "One JSON object a line.") var json = false
        @Option(help: "Most lines.") var limit = 1000
        @Option(help: "Most proposals for each code; 0 for none.") var proposals = 5

        func run() async throws {
            let desk = try MappingDesk(try options.read())
            for entry in try await desk.queue(limit: limit, proposals: max(0, proposals)) {
                Output.line(json ? Self.json(entry) : Self.text(entry))
            }
            try await desk.close()
        }

        private static func text(_ entry: MappingDesk.Entry) -> String {
            let item = entry.item
            var line =
                "\(item.id)\t\(item.count)\t\(item.source)\t\(item.code.code)\t\(item.code.display ?? "")\t\(item.unit ?? "")\t"
                + "\(item.specimen ?? "")\t\(item.reason.rawValue)\t\(item.explanation)"
            for proposal in entry.proposals {
                let feeds = proposal.inputs.isEmpty ? "" : "\tfeeds " + proposal.inputs.joined(separator: ", ")
                line +=
                    "\n\tproposed\t\(proposal.suggestion.target.code)\t\(proposal.suggestion.target.display ?? "")\t"
                    + proposal.suggestion.reasons + feeds
            }
            return line
        }

        private static func json(_ entry: MappingDesk.Entry) -> String {
            let item = entry.item
            let values: JSON = [
                "smallest": JSON(optional: item.values.minimum.flatMap { ExactDecimal(shortest: $0) }?.description),
                "largest": JSON(optional: item.values.maximum.flatMap { ExactDecimal(shortest: $0) }?.description),
                "median": JSON(optional: item.values.median.flatMap { ExactDecimal(shortest: $0) }?.description),
            ]
            return headwall.text([
                "item": JSON(integer: item.id), "source": .string(item.source), "system": .string(item.code.system),
                "code": .string(item.code.code),
                "display": JSON(optional: item.code.display), "unit": JSON(optional: item.unit),
                "specimen": JSON(optional: item.specimen), "count": JSON(integer: item.count),
                "reason": .string(item.reason.rawValue), "explanation": .string(item.explanation),
                "firstSeen": .string(item.firstSeen.description),
                "lastSeen": .string(item.lastSeen.description), "values": values,
                "waiting": JSON(integer: Int64(item.waiting)),
                "candidates": .array(item.candidates.map { .string($0) }),
                "samples": .array(item.samples.map { .string("\($0.messageID) \($0.path)") }),
                "proposals": .array(
                    entry.proposals.map { proposal in
                        [
                            "status": "proposed", "loinc": .string(proposal.suggestion.target.code),
                            "display": JSON(optional: proposal.suggestion.target.display),
                            "score": JSON(optional: ExactDecimal(shortest: proposal.suggestion.score)?.description),
                            "reasons": .string(proposal.suggestion.reasons),
                            "inputs": .array(proposal.inputs.map { .string($0) }),
                        ]
                    }),
            ])
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide what a code of the queue means; the messages that wait for it are read again.",
            discussion: """
                Writes a further version of the table and an entry into the journal that puts it to use. Nothing that exists
                is changed. What gives a model input another meaning needs two names.

                Example:  headwall queue approve 3 --loinc 2524-7 --name "Anna Meier" --config headwall.yaml
                """)
        @OptionGroup var options: ConfigurationOption
        @Argument(help: "Number of the item as the queue shows it.") var item: Int64
        @Option(help: "LOINC code that the code means.") var loinc: String?
        @Flag(help: "Decide that no LOINC code fits: the values stay missing.") var noCode = false
        @Option(help: "Who approves; may be repeated.") var name: [String]
        @Option(help: ArgumentHelp("UCUM code that the unit text means under this code.", valueName: "ucum")) var unitMeans:
            String?
        @Flag(help: "The row is for the unit of the item only.") var thisUnitOnly = false
        @Flag(help: "The row is for the specimen of the item only.") var thisSpecimenOnly = false
        @Option(help: "equivalent, inexact, wider or narrower.") var relationship = "equivalent"
        @Option(help: "Why.") var comment: String?
        @Flag(help: "One JSON object.") var json = false

        func validate() throws {
            guard (loinc == nil) == noCode else { throw ValidationError("give --loinc or --no-code") }
            guard name.contains(where: { $0.contains { !$0.isWhitespace } }) else { throw ValidationError("give --name") }
        }

        func run() async throws {
            let desk = try MappingDesk(try options.read())
            var approval = MappingDesk.Approval(item: item, target: loinc, reviewers: name)
            approval.unitMeaning = unitMeans
            approval.isForUnitOnly = thisUnitOnly
            approval.isForSpecimenOnly = thisSpecimenOnly
            approval.relationship = relationship
            approval.comment = comment
            let approved = try await desk.approve(approval)
            try await desk.close()
            if json {
                Output.line(
                    text([
                        "table": .string(approved.table), "sha256": .string(approved.digest), "row": .string(approved.row),
                        "journal": JSON(integer: approved.journalID), "waiting": JSON(integer: Int64(approved.waiting)),
                    ]))
            } else {
                Output.line(
                    "\(approved.table)\trow \(approved.row)\tjournal entry \(approved.journalID)\t\(approved.waiting) messages wait"
                )
            }
        }
    }

    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Messages set aside, with reason and place.",
            discussion: "Example:  headwall queue quarantine --config headwall.yaml")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "One JSON object a line.") var json = false
        @Option(help: "Most lines.") var limit = 1000

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            for item in try await queues.quarantine(limit: limit) {
                if json {
                    Output.line(
                        text([
                            "journal": JSON(integer: item.journalID), "source": .string(item.source),
                            "format": .string(item.format.rawValue), "controlID": JSON(optional: item.controlID),
                            "received": .string(item.received.description), "code": JSON(integer: Int64(item.issue.code)),
                            "place": .string(item.issue.place), "text": .string(item.issue.text),
                        ]))
                } else {
                    Output.line(
                        "\(item.journalID)\t\(item.source)\t\(item.format.rawValue)\t\(item.issue.code)\t\(item.issue.place)\t"
                            + item.issue.text)
                }
            }
            try await queues.close()
        }
    }

    struct Outbox: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deliveries that wait, and those given up (--dead).",
            discussion: "Example:  headwall queue outbox --dead --config headwall.yaml")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "Dead letters only.") var dead = false
        @Flag(help: "One JSON object a line.") var json = false
        @Option(help: "Most lines.") var limit = 1000

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            for item in try await queues.outbox(dead: dead, limit: limit) {
                if json {
                    Output.line(
                        text([
                            "delivery": JSON(integer: item.id), "destination": .string(item.destination),
                            "decision": .string(item.decisionID), "attempts": JSON(integer: Int64(item.attempts)),
                            "reason": JSON(optional: item.reason),
                        ]))
                } else {
                    Output.line("\(item.id)\t\(item.destination)\t\(item.attempts) attempts\t\(item.reason ?? "")")
                }
            }
            try await queues.close()
        }
    }

    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Process quarantined messages again, or deliver dead letters again (--dead).",
            discussion: "Example:  headwall queue requeue 4711 --config headwall.yaml")
        @OptionGroup var options: ConfigurationOption
        @Flag(help: "The numbers are deliveries, not journal entries.") var dead = false
        @Argument(help: "Numbers as the queue shows them.") var ids: [Int64]

        func run() async throws {
            let queues = try QueueDesk(try options.read())
            var unknown: [Int64] = []
            for id in ids where try await !queues.requeue(id, dead: dead) { unknown.append(id) }
            try await queues.close()
            guard unknown.isEmpty else {
                throw PipelineError(.data, place: unknown.map(String.init).joined(separator: ", "), "not in the queue")
            }
        }
    }

}

private func text(_ object: JSONObject) -> String {
    String(decoding: JSON.object(object).write(), as: UTF8.self)
}

extension JSON {
    /// `null` where there is nothing.
    init(optional text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    init(integer value: Int64) {
        self = .number(JSONNumber(ExactDecimal(Int(value))))
    }
}
