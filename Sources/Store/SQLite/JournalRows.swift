import Clinical
import GRDB

/// Rows of the journal.
enum JournalRows {
    // MARK: Writing

    static func append(_ entry: NewEntry, _ writer: WriterConnection) throws -> JournalReceipt {
        let source: Int64 = try writer.term(entry.message.source)
        let earlier = try find(entry, source, writer)
        if case .same(let id) = earlier {
            try writer.statement(.countRepeat).bind(id).bind(entry.message.received.microseconds).run()
            writer.add(1, to: .duplicates)
            return JournalReceipt(id: id, disposition: .duplicate(of: id, state: try state(of: id, writer)))
        }
        var conflict: Int64?
        if case .other(let id) = earlier { conflict = id }
        try writer.statement(.insertJournal).bind(source).bind(number(of: entry.message.format)).bind(entry.controlID)
            .bind(entry.digest.bytes).bind(entry.message.received.microseconds).bind(conflict).bind(entry.message.bytes)
            .run()
        let id = writer.lastInsertedID
        if let refusal = entry.refusal {
            try QueueRows.quarantine(id, refusal, requeues: 0, writer)
        } else {
            try writer.statement(.insertPending).bind(id).bind(0).run()
        }
        writer.add(1, to: .entries)
        guard let conflict else { return JournalReceipt(id: id, disposition: .new) }
        writer.add(1, to: .conflicting)
        return JournalReceipt(id: id, disposition: .conflicting(with: conflict))
    }

    private enum Earlier {
        case none
        /// The same message.
        case same(Int64)
        /// The same control id with another body.
        case other(Int64)
    }

    private static func find(_ entry: NewEntry, _ source: Int64, _ writer: WriterConnection) throws -> Earlier {
        guard let controlID = entry.controlID else {
            let same = try writer.statement(.sameMessage).bind(source).bindNull().bind(entry.digest.bytes)
                .first { $0.int64(0) }
            return same.map(Earlier.same) ?? .none
        }
        // Nearly always there is none, and one look says so.
        let first = try writer.statement(.firstOfControlID).bind(source).bind(controlID)
            .first { (id: $0.int64(0), digest: $0.bytes(1)) }
        guard let first else { return .none }
        if first.digest == entry.digest.bytes { return .same(first.id) }
        let same = try writer.statement(.sameMessage).bind(source).bind(controlID).bind(entry.digest.bytes)
            .first { $0.int64(0) }
        if let same { return .same(same) }
        let latest = try writer.statement(.latestOfControlID).bind(source).bind(controlID).first { $0.int64(0) }
        return .other(latest ?? first.id)
    }

    private static func state(of id: Int64, _ writer: WriterConnection) throws -> EntryState {
        if try writer.statement(.isPending).bind(id).first({ _ in true }) == true { return .pending }
        if try writer.statement(.isQuarantined).bind(id).first({ _ in true }) == true { return .quarantined }
        return .processed
    }

    // MARK: Reading

    /// Reads the columns that all journal queries select in the same order.
    static func entry(_ row: SQLStatement, _ reader: ReaderConnection) throws -> JournalEntry {
        guard let format = format(row.int64(2)), let digest = ContentDigest(bytes: row.bytes(4)) else {
            throw StoreError(.unreadableRow, operation: "journal.read")
        }
        return JournalEntry(
            id: row.int64(0), source: try reader.term(row.int64(1)), format: format, controlID: row.optionalText(3),
            digest: digest, received: Instant(microseconds: row.int64(5)), bytes: row.bytes(7),
            state: row.int64(8) == 1 ? .pending : row.int64(9) == 1 ? .quarantined : .processed,
            conflictsWith: row.optionalInt64(6))
    }

    static func entries(
        _ filter: JournalFilter, after: Int64, limit: Int, _ reader: ReaderConnection
    ) throws -> [JournalEntry] {
        var first = after
        var last = Int64.max
        if let ids = filter.ids {
            first = max(first, ids.lowerBound == .min ? .min : ids.lowerBound - 1)
            last = min(last, ids.upperBound)
        }
        var source: Int64?
        if let name = filter.source {
            guard let id = try reader.findTerm(name) else { return [] }
            source = id
        }
        if let received = filter.received {
            let bounds = try reader.statement(.idsReceived).bind(received.lowerBound.microseconds)
                .bind(received.upperBound.microseconds)
                .first { row in row.isNull(0) ? nil : (row.int64(0), row.int64(1)) }
            guard let (lowest, highest) = bounds ?? nil else { return [] }
            first = max(first, lowest - 1)
            last = min(last, highest)
        }
        let query: ReaderSQL =
            switch filter.state {
            case .pending: .pendingFiltered
            case .quarantined: .quarantinedEntries
            case .processed, nil: .entries
            }
        let statement = try reader.statement(query).bind(first).bind(last)
            .bind(filter.received?.lowerBound.microseconds ?? .min).bind(filter.received?.upperBound.microseconds ?? .max)
            .bind(source)
        if query == .entries { statement.bind(filter.state?.rawValue) }
        return try statement.bind(limit).all { try entry($0, reader) }
    }

    static func counts(_ reader: ReaderConnection) throws -> JournalCounts {
        func tally(_ tally: Tally) throws -> Int64 {
            try reader.statement(.tally).bind(tally.rawValue).bind(0).first { $0.int64(0) } ?? 0
        }
        let entries = try tally(.entries)
        let pending = try reader.statement(.pendingCount).first { $0.int64(0) } ?? 0
        let quarantined = try tally(.quarantined)
        return JournalCounts(
            entries: entries, pending: pending, processed: entries - pending - quarantined, quarantined: quarantined,
            duplicates: try tally(.duplicates), conflicting: try tally(.conflicting))
    }

    // MARK: Formats; numbers are stored and never change

    static func format(_ number: Int64) -> MessageFormat? {
        switch number {
        case 1: .hl7v2
        case 2: .fhir
        case 3: .cda
        case 4: .mappings
        default: nil
        }
    }

    private static func number(of format: MessageFormat) -> Int64 {
        switch format {
        case .hl7v2: 1
        case .fhir: 2
        case .cda: 3
        case .mappings: 4
        }
    }
}
