import Clinical
import GRDB

/// Rows of the outbox. Exactly one delivery of a line at a destination is ready while any waits there: the earliest.
enum OutboxRows {
    // MARK: Writing

    static func enqueue(_ delivery: NewDelivery, _ writer: WriterConnection) throws {
        let destination: Int64 = try writer.term(delivery.destination)
        let patient = try writer.patient(delivery.patient, known: delivery.notBefore)
        try writer.statement(.insertDelivery).bind(destination).bind(try writer.survivor(of: patient)).bind(patient)
            .bind(delivery.kind.rawValue).bind(StoredIdentifier(delivery.decisionID))
            .bind(StoredIdentifier(delivery.dedupeKey)).bind(delivery.notBefore.microseconds).bind(delivery.payload).run()
        if writer.changes > 0 { writer.add(1, to: .waiting, subject: destination) }
    }

    static func finish(_ id: Int64, at time: Instant, _ writer: WriterConnection) throws {
        let place = try writer.statement(.finishDelivery).bind(time.microseconds).bind(id).first(place)
        guard let place else { return }
        writer.add(-1, to: .waiting, subject: place.destination)
        writer.add(1, to: .delivered, subject: place.destination)
        try advance(place, writer)
    }

    static func giveUp(_ id: Int64, attempts: Int, reason: String, _ writer: WriterConnection) throws {
        let place = try writer.statement(.giveUpDelivery).bind(attempts).bind(reason).bind(id).first(place)
        guard let place else { return }
        writer.add(-1, to: .waiting, subject: place.destination)
        writer.add(1, to: .dead, subject: place.destination)
        try advance(place, writer)
    }

    static func revive(_ id: Int64, at time: Instant, _ writer: WriterConnection) throws -> Bool {
        let place = try writer.statement(.reviveDelivery).bind(time.microseconds).bind(id).first(place)
        guard let place else { return false }
        writer.add(-1, to: .dead, subject: place.destination)
        writer.add(1, to: .waiting, subject: place.destination)
        try advance(place, writer)
        return true
    }

    static func join(line: Int64, into surviving: Int64, _ writer: WriterConnection) throws {
        try writer.statement(.moveLine).bind(surviving).bind(line).run()
        for destination in try writer.statement(.destinationsOfLine).bind(surviving).all({ $0.int64(0) }) {
            try advance(Place(destination: destination, line: surviving), writer)
        }
    }

    /// Makes the earliest waiting delivery, and no other, ready.
    private static func advance(_ place: Place, _ writer: WriterConnection) throws {
        let head = try writer.statement(.headOfLine).bind(place.line).bind(place.destination)
            .first { (id: $0.int64(0), state: $0.int(1)) }
        guard let head else { return }
        if head.state == Delivery.State.ready.rawValue {
            // Only a merged line can have a second one.
            try demote(allBut: head.id, place, writer)
            return
        }
        try demote(allBut: head.id, place, writer)
        try writer.statement(.setDeliveryState).bind(Delivery.State.ready.rawValue).bind(head.id).run()
    }

    private static func demote(allBut head: Int64, _ place: Place, _ writer: WriterConnection) throws {
        let ready = try writer.statement(.readyInLine).bind(place.line).bind(place.destination).all { $0.int64(0) }
        for id in ready where id != head {
            try writer.statement(.setDeliveryState).bind(Delivery.State.queued.rawValue).bind(id).run()
        }
    }

    private struct Place {
        var destination: Int64
        var line: Int64
    }

    private static func place(_ row: SQLStatement) -> Place {
        Place(destination: row.int64(0), line: row.int64(1))
    }

    // MARK: Reading

    /// Reads the columns that all outbox queries select in the same order.
    static func delivery(_ row: SQLStatement, _ reader: ReaderConnection) throws -> Delivery {
        guard let kind = DeliveryKind(rawValue: row.text(3)), let state = Delivery.State(rawValue: row.int(6)) else {
            throw StoreError(.unreadableRow, operation: "outbox.read")
        }
        return Delivery(
            id: row.int64(0), destination: try reader.term(row.int64(1)), patient: try reader.patientKey(row.int64(2)),
            kind: kind, payload: row.bytes(10), decisionID: row.identifier(4), dedupeKey: row.identifier(5), state: state,
            attempts: row.int(7), nextAttempt: Instant(microseconds: row.int64(8)), reason: row.optionalText(9))
    }

    static func counts(_ reader: ReaderConnection) throws -> [OutboxCounts] {
        var counts: [Int64: OutboxCounts] = [:]
        for tally in [Tally.waiting, .delivered, .dead] {
            let rows = try reader.statement(.tallies).bind(tally.rawValue).all { ($0.int64(0), $0.int64(1)) }
            for (destination, value) in rows {
                var entry =
                    try counts[destination]
                    ?? OutboxCounts(destination: try reader.term(destination), waiting: 0, delivered: 0, dead: 0)
                switch tally {
                case .waiting: entry.waiting = value
                case .delivered: entry.delivered = value
                default: entry.dead = value
                }
                counts[destination] = entry
            }
        }
        return counts.values.sorted { $0.destination < $1.destination }
    }
}
