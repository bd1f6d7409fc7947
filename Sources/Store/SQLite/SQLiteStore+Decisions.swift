public import Clinical

extension SQLiteStore {
    public func record(decisions: [Decision], deliveries: [NewDelivery]) async throws(StoreError) {
        if decisions.isEmpty, deliveries.isEmpty { return }
        try await writer.write("decision.record", messages: decisions.count) { writer in
            for decision in decisions { try DecisionRows.insert(decision, writer) }
            for delivery in deliveries { try OutboxRows.enqueue(delivery, writer) }
        }
    }

    public func decision(id: String) async throws(StoreError) -> Decision? {
        try await read("decision.get") { reader in
            try reader.statement(.decisionByID).bind(StoredIdentifier(id)).first { try DecisionRows.decision($0, reader) }
        }
    }

    public func latestDecisions() async throws(StoreError) -> [Decision] {
        try await read("decision.latest") { reader in
            let models = try DecisionRows.models(named: nil, reader)
            let patients = try reader.statement(.patients).bind(0).bind(Int64.max).all { $0.int64(0) }
            return try patients.flatMap { patient in
                try models.flatMap { model in
                    try DecisionRows.rows(of: [patient], models: [model], limit: 1, reader)
                        .map { try DecisionRows.decision($0, reader) }
                }
            }
        }
    }

    public func decisions(
        of key: PatientKey, model: String?, limit: Int
    ) async throws(StoreError) -> [Decision] {
        try await read("decision.history") { reader in
            let models = try DecisionRows.models(named: model, reader)
            return try DecisionRows.rows(of: try reader.family(of: key), models: models, limit: limit, reader)
                .map { try DecisionRows.decision($0, reader) }
        }
    }

    public func scores(of key: PatientKey, model: String, limit: Int) async throws(StoreError) -> [ScorePoint] {
        try await read("decision.scores") { reader in
            let models = try DecisionRows.models(named: model, reader)
            return try DecisionRows.rows(of: try reader.family(of: key), models: models, limit: limit, reader).map { row in
                let id = try reader.statement(.decisionIDByNumber).bind(row.decision).first { $0.identifier(0) }
                guard let id else { throw StoreError(.unreadableRow, operation: "decision.scores") }
                return ScorePoint(
                    decision: id, asOf: row.asOf, value: row.value, low: row.low, high: row.high, rank: row.rank)
            }
        }
    }
}
