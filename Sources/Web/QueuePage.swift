import Clinical
import Mustache

/// Renders the page of unmapped codes. Every key of a level is present (see ``WardPage``).
struct QueuePage: Sendable {
    private let template: MustacheLibrary
    private let zone: ZoneRule

    init(zone: ZoneRule) throws {
        self.zone = zone
        MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
        var library = MustacheLibrary()
        try library.register(String(decoding: PackageResources.queue_mustache, as: UTF8.self), named: "queue")
        template = library
    }

    /// - Parameters:
    ///   - approved: journal number of an approval that was just made.
    ///   - problem: why one was refused.
    func document(_ view: UnmappedQueueView, approved: Int64?, problem: String?) -> String {
        let time = ClockText(zone: zone)
        let context: [String: Any] = [
            "clockText": time.long(view.clock), "clockISO": view.clock.description, "isEmpty": view.items.isEmpty,
            "count": String(view.items.count), "hasMore": view.hasMore, "hasOverflow": view.overflow > 0,
            "overflow": String(view.overflow), "shifts": view.shifts, "hasShifts": !view.shifts.isEmpty,
            "isApproved": approved != nil, "approved": approved.map(String.init) ?? "",
            "hasProblem": problem != nil, "problem": problem ?? "",
            "items": view.items.map { item(_: $0, time, clock: view.clock) },
        ]
        return template.render(context, withTemplate: "queue") ?? ""
    }

    private func item(_ item: UnmappedQueueView.Item, _ time: ClockText, clock: Instant) -> [String: Any] {
        [
            "id": String(item.id), "source": item.source, "code": item.code, "name": item.name ?? "",
            "hasName": item.name != nil, "unit": item.unit ?? "", "hasUnit": item.unit != nil,
            "specimen": item.specimen ?? "", "hasSpecimen": item.specimen != nil, "times": String(item.count),
            "once": item.count == 1, "firstSeen": time.long(item.firstSeen), "lastSeen": time.long(item.lastSeen),
            "explanation": item.explanation, "values": item.values ?? "", "hasValues": item.values != nil,
            "waiting": String(item.waiting), "oneWaits": item.waiting == 1, "hasProposals": !item.proposals.isEmpty,
            "proposals": item.proposals.map { proposal in
                [
                    "loinc": proposal.loinc, "display": proposal.display, "why": proposal.reasons,
                    "hasInputs": !proposal.inputs.isEmpty, "inputs": proposal.inputs.joined(separator: ", "),
                ] as [String: Any]
            },
        ]
    }
}
