import Clinical
import GRDB

/// Rows of decisions and of the moments at which they held.
enum DecisionRows {
    // MARK: Writing

    static func insert(_ decision: Decision, _ writer: WriterConnection) throws {
        let model = try writer.model(decision.model)
        let patient = try writer.patient(decision.patient, known: decision.asOf.known)
        let id = StoredIdentifier(decision.id)
        try writer.statement(.insertDecision).bind(id).bind(model).bind(patient).bind(DecisionBody.write(decision, writer))
            .run()
        var number = writer.lastInsertedID
        if writer.changes == 0 {
            // Known already: it holds again, unless nothing else was said in between.
            guard let known = try writer.statement(.decisionNumber).bind(id).first({ $0.int64(0) }) else {
                throw StoreError(.constraint, operation: "decision.insert")
            }
            let latest = try writer.statement(.latestScore).bind(patient).bind(model).first { $0.int64(0) }
            if latest == known { return }
            number = known
        }
        let score = try writer.statement(.insertScore).bind(patient).bind(model).bind(decision.asOf.effective.microseconds)
            .bind(decision.asOf.known.microseconds).bind(number)
        switch decision.result {
        case .estimate(let estimate): score.bind(estimate.value).bind(estimate.low).bind(estimate.high)
        case .insufficient: score.bindNull().bindNull().bindNull()
        }
        try score.bind(decision.level.rank).run()
    }

    // MARK: Reading

    static func models(named name: String?, _ reader: ReaderConnection) throws -> [Int64] {
        try reader.statement(.modelsNamed).bind(name).all { $0.int64(0) }
    }

    /// A stored score: the moment, and the number of the decision that held then.
    struct Row {
        var asOf: AsOf
        var decision: Int64
        var value: Double?
        var low: Double?
        var high: Double?
        var rank: Int
    }

    /// Latest first.
    static func rows(
        of patients: [Int64], models: [Int64], limit: Int, _ reader: ReaderConnection
    ) throws -> [Row] {
        var rows: [Row] = []
        for patient in patients {
            for model in models {
                rows += try reader.statement(.scores).bind(patient).bind(model).bind(limit).all { row in
                    Row(
                        asOf: AsOf(
                            effective: Instant(microseconds: row.int64(0)), known: Instant(microseconds: row.int64(1))),
                        decision: row.int64(2), value: row.optionalDouble(3), low: row.optionalDouble(4),
                        high: row.optionalDouble(5), rank: row.int(6))
                }
            }
        }
        if patients.count > 1 || models.count > 1 {
            rows.sort {
                ($0.asOf.effective, $0.asOf.known, $0.decision) > ($1.asOf.effective, $1.asOf.known, $1.decision)
            }
        }
        return Array(rows.prefix(limit))
    }

    /// The decision as it was made for that moment.
    static func decision(_ row: Row, _ reader: ReaderConnection) throws -> Decision {
        let stored = try reader.statement(.decisionByNumber).bind(row.decision).first { try decision($0, reader) }
        guard var decision = stored else { throw StoreError(.unreadableRow, operation: "decision.read") }
        decision.asOf = row.asOf
        return decision
    }

    /// Reads the columns that all queries for decisions select in the same order.
    static func decision(_ row: SQLStatement, _ reader: ReaderConnection) throws -> Decision {
        try DecisionBody.read(
            row.bytes(3), id: row.identifier(0), model: try reader.model(row.int64(1)),
            patient: try reader.patientKey(row.int64(2)), reader)
    }
}
