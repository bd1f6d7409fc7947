internal import Clinical
internal import Doors
internal import HL7v2
internal import Logging
internal import Normalization
internal import Store
internal import Web

/// Where every door ends: bytes are checked, written to the journal, and only then answered.
///
/// A message that cannot be used goes into the journal as well, in quarantine with its reason, in the same commit.
struct Intake: Sendable {
    let tables: TablesInUse
    let directory: PatientDirectory
    let store: any PersistentStore
    let handoff: Handoff
    let arrived: Announcements
    let clock: ServiceClock
    let logger: Logger
    /// Source name by MSH-3, for listeners that serve several.
    let sourcesByApplication: [String: String]

    /// A body at a door.
    struct Arrival: Sendable {
        var source: String
        var format: MessageFormat
        var bytes: [UInt8]
        /// Set when the door already knows that the bytes are not a whole message.
        var refusal: Issue?
    }

    /// What became of an arrival.
    struct Outcome: Sendable {
        enum Fate: Sendable {
            case accepted, duplicate
            /// Kept in quarantine; the first issue is the cause.
            case quarantined([Issue])
        }

        var journalID: Int64
        var fate: Fate
        var issues: [Issue]
    }

    /// Takes a batch in order. Throws when something of it was not committed; what was is known when it comes again.
    func receive(_ arrivals: [Arrival]) async throws(StoreError) -> [Outcome] {
        var entries: [NewEntry] = []
        var results: [Result<NormalizedEntry, Refusal>] = []
        for arrival in arrivals {
            let (entry, result) = try await prepare(arrival)
            entries.append(entry)
            results.append(result)
        }
        let receipts = try await store.append(entries)
        var outcomes: [Outcome] = []
        for (index, receipt) in receipts.enumerated() where results.indices.contains(index) {
            outcomes.append(try await outcome(of: receipt, results[index], arrivals[index]))
        }
        arrived.announce()
        return outcomes
    }

    private struct Refusal: Error {
        var issues: [Issue]
    }

    private func prepare(_ arrival: Arrival) async throws(StoreError) -> (NewEntry, Result<NormalizedEntry, Refusal>) {
        var message = InboundMessage(
            source: arrival.source, format: arrival.format, bytes: arrival.bytes, received: ServiceClock.wallNow)
        if let issue = arrival.refusal {
            message = message.received(at: clock.received(sent: nil))
            return (NewEntry(message: message, controlID: nil, refusal: issue), .failure(Refusal(issues: [issue])))
        }
        let normalized: NormalizedMessage
        let tables = tables.current
        do {
            normalized = try tables.normalizer.normalize(
                message, knownPatient: directory.lookup(source: arrival.source), writesBundle: false)
        } catch {
            message = message.received(at: clock.received(sent: nil))
            let cause = error.issues.first ?? Issue(.error, code: 207, place: "message", "The message cannot be processed.")
            let control = arrival.format == .hl7v2 ? MessageHeader(scanning: arrival.bytes)?.controlID : nil
            return (NewEntry(message: message, controlID: control, refusal: cause), .failure(Refusal(issues: error.issues)))
        }
        try await directory.learn(normalized.serverPatients, source: arrival.source, store: store)
        message = message.received(at: clock.received(sent: normalized.sent?.instant))
        return (
            NewEntry(message: message, controlID: normalized.controlID),
            .success(NormalizedEntry(normalized, tables: tables.generation))
        )
    }

    private func outcome(
        of receipt: JournalReceipt, _ result: Result<NormalizedEntry, Refusal>, _ arrival: Arrival
    ) async throws(StoreError) -> Outcome {
        var issues: [Issue] = []
        if case .conflicting(let earlier) = receipt.disposition {
            logger.warning(
                "control id used before for another body",
                metadata: ["journal": "\(receipt.id)", "earlier": "\(earlier)", "source": "\(arrival.source)"])
            issues.append(
                Issue(
                    .warning, code: 1505, place: "MSH-10",
                    "This control id was used before for another body (entry \(earlier))."))
        }
        switch result {
        case .failure(let refusal):
            logger.notice(
                "message quarantined",
                metadata: [
                    "journal": "\(receipt.id)", "source": "\(arrival.source)",
                    "code": "\(refusal.issues.first?.code ?? 207)",
                    "place": "\(refusal.issues.first?.place ?? "")", "bytes": "\(arrival.bytes.count)",
                ])
            return Outcome(journalID: receipt.id, fate: .quarantined(refusal.issues), issues: issues + refusal.issues)
        case .success(let entry):
            if case .duplicate(_, let state) = receipt.disposition {
                // What was set aside and can be used now (a table was corrected since) must not stay there with an AA.
                let isRevived = state == .quarantined ? try await store.requeueQuarantined(receipt.id) : false
                guard isRevived else { return Outcome(journalID: receipt.id, fate: .duplicate, issues: issues) }
            }
            handoff.put(entry, journalID: receipt.id)
            return Outcome(journalID: receipt.id, fate: .accepted, issues: issues + entry.issues)
        }
    }
}

extension InboundMessage {
    /// The same message with another time of receipt.
    func received(at time: Instant) -> InboundMessage {
        InboundMessage(source: source, format: format, bytes: bytes, received: time)
    }
}
