import ArgumentParser
import Clinical
import FHIR
import Pipeline

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run journal entries again, through other tables or another model, and print what changes.",
        discussion: """
            Compares with what the store holds; the store is not changed. With the tables and models of the configuration nothing
            changes, because every step is deterministic.

            Example:  headwall replay --from 1 --to 5000 --mappings NewMappings --config headwall.yaml
            """)

    @OptionGroup var options: ConfigurationOption
    @Option(help: "First journal entry to compare.") var from: Int64 = 1
    @Option(help: "Last journal entry to compare. Default: the newest.") var to: Int64?
    @Option(help: ArgumentHelp("Folder of other mapping tables.", valueName: "folder")) var mappings: String?
    @Option(help: ArgumentHelp("Other models, instead of the active ones.", valueName: "name[@version]")) var model:
        [String] = []
    @Flag(help: "One JSON object a line.") var json = false

    func validate() throws {
        guard from >= 1, to.map({ $0 >= from }) ?? true else {
            throw ValidationError("--from and --to must be ascending, from 1")
        }
    }

    func run() async throws {
        let configuration = try options.read()
        let site = try Site(
            SiteFiles(configuration, mappings: mappings),
            models: model.isEmpty ? configuration.models.active : model)
        let replay = try ReplayRun(configuration, site: site, range: from...(to ?? Int64.max / 2))
        let summary = try await replay.run { change in Output.line(json ? Self.json(change) : Self.text(change)) }
        if !json {
            Output.line(
                "\(summary.messages) messages, \(summary.findings) findings, \(summary.decisions) decisions replayed; changed: "
                    + "\(summary.changedOutcomes) outcomes, \(summary.changedFindings) findings, "
                    + "\(summary.changedDecisions) decisions")
        }
    }

    private static func text(_ change: ReplayRun.Change) -> String {
        switch change {
        case .outcome(let id, _): "entry \(id): would be quarantined"
        case .finding(let old, let new):
            "entry \(new?.origin.address.messageID ?? old?.origin.address.messageID ?? 0) "
                + "\(new?.origin.address.path ?? old?.origin.address.path ?? ""): \(face(old)) → \(face(new))"
        case .decision(let old, let new):
            "patient \(new?.patient.resourceID ?? old?.patient.resourceID ?? "") \(new?.model.title ?? old?.model.title ?? "") "
                + "at \(new?.asOf.known.description ?? old?.asOf.known.description ?? ""): \(face(old)) → \(face(new))"
        }
    }

    private static func json(_ change: ReplayRun.Change) -> String {
        var object = JSONObject()
        switch change {
        case .outcome(let id, _):
            object = ["change": "outcome", "journal": JSON(integer: id)]
        case .finding(let old, let new):
            let address = new?.origin.address ?? old?.origin.address
            object = [
                "change": "finding", "journal": JSON(integer: address?.messageID ?? 0),
                "path": .string(address?.path ?? ""),
                "stored": .string(face(old)), "replayed": .string(face(new)),
            ]
        case .decision(let old, let new):
            object = [
                "change": "decision", "patient": .string(new?.patient.resourceID ?? old?.patient.resourceID ?? ""),
                "model": .string(new?.model.name ?? old?.model.name ?? ""), "stored": .string(face(old)),
                "replayed": .string(face(new)),
            ]
        }
        return String(decoding: JSON(object).write(), as: UTF8.self)
    }

    private static func face(_ finding: Finding?) -> String {
        guard let finding else { return "absent" }
        let value: String =
            switch finding.value {
            case .quantity(let quantity): "\(quantity.comparator?.rawValue ?? "")\(quantity.value) \(quantity.unit ?? "")"
            case .coded(let code): code.code
            case .text: "text"
            case .missing(let reason): "missing (\(reason.rawValue))"
            }
        return "\(finding.code.code) \(value) \(finding.status.rawValue)"
    }

    private static func face(_ decision: Decision?) -> String {
        guard let decision else { return "absent" }
        switch decision.result {
        case .estimate(let estimate):
            let range = estimate.low == estimate.high ? "\(estimate.low)" : "\(estimate.low)–\(estimate.high)"
            return "\(range) \(decision.level.name)"
        case .insufficient: return "insufficient"
        }
    }
}
