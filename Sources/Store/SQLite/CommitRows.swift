import Clinical

/// Writes what came of journal entries.
enum CommitRows {
    static func commit(_ batch: ArraySlice<ProcessedEntry>, _ writer: WriterConnection) throws -> CommitResult {
        var result = CommitResult()
        var unmapped = QueueRows.UnmappedCounts(writer.configuration)
        for entry in batch {
            let id = entry.journalID
            // Taking the entry off the pending list is what makes its effects happen once.
            guard let requeues = try writer.statement(.deletePending).bind(id).first({ $0.int(0) }) else {
                if try received(id, writer) == nil { result.unknown.append(id) } else { result.alreadyProcessed.append(id) }
                continue
            }
            if requeues > 0 { try writer.statement(.deleteIssues).bind(id).run() }
            try QueueRows.issues(entry.issues, of: id, writer)
            switch entry.outcome {
            case .quarantined(let issue): try QueueRows.quarantine(id, issue, requeues: requeues, writer)
            case .processed:
                try apply(entry.events, of: id, writer)
                if !entry.unmapped.isEmpty, let received = try received(id, writer) {
                    for code in entry.unmapped { unmapped.add(code, journal: id, received: received) }
                }
                for code in entry.resolved { try QueueRows.resolve(code, by: id, writer) }
                for code in entry.restated { try QueueRows.restate(code, writer) }
                for decision in entry.decisions { try DecisionRows.insert(decision, writer) }
                for delivery in entry.deliveries { try OutboxRows.enqueue(delivery, writer) }
            }
            result.committed.append(id)
        }
        try unmapped.write(writer)
        return result
    }

    private static func apply(_ events: [ClinicalEvent], of id: Int64, _ writer: WriterConnection) throws {
        for ordinal in events.indices {
            switch events[ordinal] {
            case .finding: break
            case .patient(let record): try PatientRows.write(record, writer)
            case .encounter(let record): try PatientRows.write(record, writer)
            case .merge(let retired, let surviving, let known):
                try PatientRows.merge(retired, into: surviving, known: known, journal: id, ordinal: ordinal, writer)
            }
        }
        try FindingRows.insert(events, journal: id, writer)
    }

    private static func received(_ id: Int64, _ writer: WriterConnection) throws -> Instant? {
        try writer.statement(.journalReceived).bind(id).first { Instant(microseconds: $0.int64(0)) }
    }
}
