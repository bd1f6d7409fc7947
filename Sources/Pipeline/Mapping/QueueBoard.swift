internal import Clinical
internal import FHIR
internal import Logging
public import Store
internal import Terminology
internal import Web

/// The queue of unmapped codes for its page, and `$translate` by the tables in use.
struct QueueBoard: MappingQueue, CodeTranslation {
    let desk: MappingDesk
    let store: any PersistentStore
    let tables: TablesInUse
    let drift: DriftWatch
    /// Announced when an approval is in the journal.
    let arrived: Announcements
    let clock: ServiceClock
    let logger: Logger
    /// Items on one page.
    var maximumItems = 50

    func unmappedQueue() async -> UnmappedQueueView? {
        do {
            let items = try await store.unmappedQueue(limit: maximumItems + 1)
            let entries = desk.entries(Array(items.prefix(maximumItems)), tables.current.terminology, proposals: 5)
            return UnmappedQueueView(
                clock: clock.now, items: entries.map(Self.item), hasMore: items.count > maximumItems,
                overflow: try await store.unmappedOverflow(), shifts: drift.shifted.map(\.sentence))
        } catch {
            logger.error("queue cannot be read", metadata: ["code": "\(error.code)"])
            return nil
        }
    }

    private static func item(_ entry: MappingDesk.Entry) -> UnmappedQueueView.Item {
        let item = entry.item
        return UnmappedQueueView.Item(
            id: item.id, source: item.source, code: item.code.code, name: item.code.display, unit: item.unit,
            specimen: item.specimen, count: item.count, firstSeen: item.firstSeen, lastSeen: item.lastSeen,
            explanation: item.explanation, values: item.values.words, waiting: item.waiting,
            proposals: entry.proposals.map {
                UnmappedQueueView.Proposal(
                    loinc: $0.suggestion.target.code, display: $0.suggestion.target.display ?? "",
                    reasons: $0.suggestion.reasons, inputs: $0.inputs)
            })
    }

    func approve(_ form: ApprovalForm) async -> ApprovalAnswer {
        var approval = MappingDesk.Approval(item: form.item, target: form.target, reviewers: form.reviewers)
        approval.unitMeaning = form.unitMeaning
        approval.isForUnitOnly = form.isForUnitOnly
        approval.isForSpecimenOnly = form.isForSpecimenOnly
        approval.comment = form.comment
        do {
            let approved = try await desk.approve(approval)
            arrived.announce()
            logger.notice(
                "mapping approved", metadata: ["journal": "\(approved.journalID)", "table": "\(approved.table)"])
            return .approved(approved.journalID)
        } catch {
            return .refused(error.kind == .data ? error.reason : "\(error)")
        }
    }

    func translate(_ parameters: JSON) async throws(CodeTranslationFault) -> JSON {
        do {
            return try TranslateOperation(tables.current.terminology)(parameters)
        } catch {
            throw CodeTranslationFault(parameter: error.parameter, reason: error.reason)
        }
    }
}

extension ValueSketch {
    /// `12 to 46, median 30`; `nil` without values.
    public var words: String? {
        guard let minimum, let maximum, let median else { return nil }
        func text(_ value: Double) -> String {
            // Not more digits than a laboratory gives.
            ExactDecimal(shortest: (value * 1e4).rounded() / 1e4)?.normalized.description ?? "\(value)"
        }
        return minimum == maximum ? text(minimum) : "\(text(minimum)) to \(text(maximum)), median \(text(median))"
    }
}
