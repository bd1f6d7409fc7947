import Clinical
import GRDB

/// Rows of the queue of unmapped codes and of the quarantine.
enum QueueRows {
    /// Unmapped codes of a commit, added up: a code that came a thousand times is written once.
    struct UnmappedCounts {
        private struct Key: Hashable {
            var source: String
            var system: String
            var code: String
            var unit: String
            var specimen: String
        }

        private struct Item {
            var latest: UnmappedCode
            var count: Int64 = 0
            var first: Instant
            var last: Instant
            var samples: [SourceAddress] = []
        }

        private var items: [Key: Item] = [:]
        private var order: [Key] = []
        private let sampleLimit: Int

        init(sampleLimit: Int) {
            self.sampleLimit = sampleLimit
        }

        mutating func add(_ unmapped: UnmappedCode, journal: Int64, received: Instant) {
            let key = Key(
                source: unmapped.source, system: unmapped.code.system, code: unmapped.code.code, unit: unmapped.unit ?? "",
                specimen: unmapped.specimen ?? "")
            if items[key] == nil { order.append(key) }
            var item = items[key] ?? Item(latest: unmapped, first: received, last: received)
            item.latest = unmapped
            item.count += 1
            item.first = min(item.first, received)
            item.last = max(item.last, received)
            if item.samples.count < sampleLimit {
                item.samples.append(SourceAddress(messageID: journal, path: unmapped.address.path))
            }
            items[key] = item
        }

        func write(_ writer: WriterConnection) throws {
            for key in order {
                guard let item = items[key] else { continue }
                let source: Int64 = try writer.term(key.source)
                let row = try writer.statement(.upsertUnmapped).bind(source).bind(key.system).bind(key.code).bind(key.unit)
                    .bind(key.specimen).bind(item.latest.code.display).bind(item.count).bind(item.first.microseconds)
                    .bind(item.last.microseconds).bind(item.latest.reason.rawValue).bind(item.latest.explanation)
                    .bind(item.latest.candidates.joined(separator: "\n")).first { (id: $0.int64(0), samples: $0.int(1)) }
                guard let row else { throw StoreError(.other, operation: "clinical.commit") }
                let new = item.samples.prefix(max(0, sampleLimit - row.samples))
                guard !new.isEmpty else { continue }
                for (offset, sample) in new.enumerated() {
                    try writer.statement(.insertSample).bind(row.id).bind(row.samples + offset).bind(sample.messageID)
                        .bind(sample.path).run()
                }
                try writer.statement(.countSamples).bind(row.samples + new.count).bind(row.id).run()
            }
        }
    }

    static func quarantine(_ id: Int64, _ issue: Issue, requeues: Int, _ writer: WriterConnection) throws {
        try writer.statement(.insertQuarantine).bind(id).bind(issue.severity.rawValue).bind(issue.code).bind(issue.place)
            .bind(issue.text).bind(requeues).run()
        writer.add(1, to: .quarantined)
    }

    static func requeue(_ id: Int64, _ writer: WriterConnection) throws -> Bool {
        guard let requeues = try writer.statement(.deleteQuarantine).bind(id).first({ $0.int(0) }) else { return false }
        try writer.statement(.insertPending).bind(id).bind(requeues + 1).run()
        writer.add(-1, to: .quarantined)
        return true
    }

    static func issues(_ issues: [Issue], of id: Int64, _ writer: WriterConnection) throws {
        for (ordinal, issue) in issues.enumerated() {
            try writer.statement(.insertIssue).bind(id).bind(ordinal).bind(issue.severity.rawValue).bind(issue.code)
                .bind(issue.place).bind(issue.text).run()
        }
    }

    // MARK: Reading

    static func unmapped(_ row: SQLStatement, _ reader: ReaderConnection) throws -> UnmappedItem {
        guard let reason = MissingReason(rawValue: row.text(10)) else {
            throw StoreError(.unreadableRow, operation: "queue.unmapped")
        }
        let samples = try reader.statement(.samples).bind(row.int64(0)).all {
            SourceAddress(messageID: $0.int64(0), path: $0.text(1))
        }
        return UnmappedItem(
            source: try reader.term(row.int64(1)),
            code: Code(system: row.text(2), code: row.text(3), display: row.optionalText(4)), unit: filled(row.text(5)),
            specimen: filled(row.text(6)), count: row.int64(7), firstSeen: Instant(microseconds: row.int64(8)),
            lastSeen: Instant(microseconds: row.int64(9)), reason: reason, explanation: row.text(11),
            candidates: row.text(12).split(separator: "\n").map(String.init), samples: samples)
    }

    /// Absent and empty are the same here, so that the key of the row has no NULL.
    private static func filled(_ text: String) -> String? {
        text.isEmpty ? nil : text
    }

    static func quarantined(_ row: SQLStatement, _ reader: ReaderConnection) throws -> QuarantinedEntry {
        guard let format = JournalRows.format(row.int64(2)) else {
            throw StoreError(.unreadableRow, operation: "queue.quarantine")
        }
        return QuarantinedEntry(
            journalID: row.int64(0), source: try reader.term(row.int64(1)), format: format,
            controlID: row.optionalText(3), received: Instant(microseconds: row.int64(4)),
            issue: try issue(row, from: 5), requeues: row.int(9))
    }

    /// Severity, code, place and text from adjoining columns.
    static func issue(_ row: SQLStatement, from column: Int32) throws -> Issue {
        guard let severity = Issue.Severity(rawValue: row.text(column)) else {
            throw StoreError(.unreadableRow, operation: "queue.issues")
        }
        return Issue(severity, code: row.int(column + 1), place: row.text(column + 2), row.text(column + 3))
    }
}
