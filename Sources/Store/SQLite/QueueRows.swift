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
            /// Numbers with how many results of the batch came before each.
            var numbers: [(value: Double, place: Int64)] = []
            /// In ascending order, each once.
            var journal: [Int64] = []
        }

        private var items: [Key: Item] = [:]
        private var order: [Key] = []
        private let configuration: StoreConfiguration
        private var sampleLimit: Int { configuration.unmappedSamples }

        init(_ configuration: StoreConfiguration) {
            self.configuration = configuration
        }

        mutating func add(_ unmapped: UnmappedCode, journal: Int64, received: Instant) {
            let key = Key(
                source: unmapped.source, system: unmapped.code.system, code: unmapped.code.code, unit: unmapped.unit ?? "",
                specimen: unmapped.specimen ?? "")
            if items[key] == nil { order.append(key) }
            var item = items[key] ?? Item(latest: unmapped, first: received, last: received)
            item.latest = unmapped
            if let number = unmapped.number?.exposed { item.numbers.append((number, item.count)) }
            if item.journal.last != journal { item.journal.append(journal) }
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
                guard try hasRoom(for: key, source, writer) else {
                    writer.add(item.count, to: .unmappedOverflow)
                    continue
                }
                let row = try writer.statement(.upsertUnmapped).bind(source).bind(key.system).bind(key.code).bind(key.unit)
                    .bind(key.specimen).bind(item.latest.code.display).bind(item.count).bind(item.first.microseconds)
                    .bind(item.last.microseconds).bind(item.latest.reason.rawValue).bind(item.latest.explanation)
                    .bind(item.latest.candidates.joined(separator: "\n")).first {
                        Row(id: $0.int64(0), samples: $0.int(1), count: $0.int64(2), waiting: $0.int(3), sketch: $0.text(4))
                    }
                guard let row else { throw StoreError(.other, operation: "clinical.commit") }
                if row.count == item.count { writer.unmappedItems = writer.unmappedItems.map { $0 + 1 } }
                try write(item, row, writer)
            }
        }

        private struct Row {
            var id: Int64
            var samples: Int
            /// With this batch.
            var count: Int64
            var waiting: Int
            var sketch: String
        }

        /// Samples, waiting messages and the sketch, where they change.
        private func write(_ item: Item, _ row: Row, _ writer: WriterConnection) throws {
            let samples = item.samples.prefix(max(0, sampleLimit - row.samples))
            for (offset, sample) in samples.enumerated() {
                try writer.statement(.insertSample).bind(row.id).bind(row.samples + offset).bind(sample.messageID)
                    .bind(sample.path).run()
            }
            let waiting = item.journal.prefix(max(0, configuration.unmappedWaiting - row.waiting))
            for journal in waiting { try writer.statement(.insertWaiting).bind(row.id).bind(journal).run() }
            var sketch = ValueSketch(text: row.sketch) ?? ValueSketch()
            var isChanged = false
            for (value, place) in item.numbers where sketch.add(value, ordinal: row.count - item.count + place) {
                isChanged = true
            }
            // One more than fits says that there are more.
            let isFull = item.journal.count > waiting.count
            let isNewlyFull = isFull && row.waiting <= configuration.unmappedWaiting
            guard isChanged || isNewlyFull || !samples.isEmpty || !waiting.isEmpty else { return }
            try writer.statement(.describeUnmapped).bind(row.samples + samples.count)
                .bind(isFull ? configuration.unmappedWaiting + 1 : row.waiting + waiting.count).bind(sketch.text)
                .bind(row.id).run()
        }

        /// Whether the queue has the code already, or room for it.
        private func hasRoom(for key: Key, _ source: Int64, _ writer: WriterConnection) throws -> Bool {
            let count = try writer.unmappedItems ?? writer.statement(.countUnmapped).first { $0.int(0) } ?? 0
            writer.unmappedItems = count
            guard count >= configuration.unmappedItems else { return true }
            return try writer.statement(.findUnmapped).bind(source).bind(key.system).bind(key.code).bind(key.unit)
                .bind(key.specimen).first { _ in true } ?? false
        }
    }

    static func resolve(_ code: UnmappedCode, by journal: Int64, _ writer: WriterConnection) throws {
        let source: Int64 = try writer.term(code.source)
        let item = try writer.statement(.resolveUnmapped).bind(journal).bind(source).bind(code.code.system)
            .bind(code.code.code).bind(code.unit ?? "").bind(code.specimen ?? "").first { $0.int64(0) }
        if let item { try writer.statement(.deleteWaiting).bind(item).run() }
    }

    static func restate(_ code: UnmappedCode, _ writer: WriterConnection) throws {
        let source: Int64 = try writer.term(code.source)
        try writer.statement(.restateUnmapped).bind(code.reason.rawValue).bind(code.explanation)
            .bind(code.candidates.joined(separator: "\n")).bind(source).bind(code.code.system).bind(code.code.code)
            .bind(code.unit ?? "").bind(code.specimen ?? "").run()
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
        guard let sketch = ValueSketch(text: row.text(13)) else {
            throw StoreError(.unreadableRow, operation: "queue.unmapped")
        }
        return UnmappedItem(
            id: row.int64(0), source: try reader.term(row.int64(1)),
            code: Code(system: row.text(2), code: row.text(3), display: row.optionalText(4)), unit: filled(row.text(5)),
            specimen: filled(row.text(6)), count: row.int64(7), firstSeen: Instant(microseconds: row.int64(8)),
            lastSeen: Instant(microseconds: row.int64(9)), reason: reason, explanation: row.text(11),
            candidates: row.text(12).split(separator: "\n").map(String.init), samples: samples, values: sketch,
            waiting: row.int(14), resolved: row.optionalInt64(15))
    }

    static func waiting(_ source: String, _ code: Code, limit: Int, _ reader: ReaderConnection) throws -> WaitingMessages {
        guard let source = try reader.findTerm(source) else { return WaitingMessages(journalIDs: [], isComplete: true) }
        let journalIDs = try reader.statement(.waiting).bind(source).bind(code.system).bind(code.code).all { $0.int64(0) }
        let most = try reader.statement(.mostWaiting).bind(source).bind(code.system).bind(code.code).first { $0.int(0) }
        return WaitingMessages(journalIDs: Set(journalIDs).sorted(), isComplete: (most ?? 0) <= limit)
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
