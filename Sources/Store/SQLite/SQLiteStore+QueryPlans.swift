/// How SQLite finds the rows of a statement.
public struct QueryPlan: Sendable, Hashable {
    /// Name of the statement.
    public var name: String
    /// Lines of EXPLAIN QUERY PLAN: `SEARCH finding USING PRIMARY KEY (patient=?)`.
    public var steps: [String]

    public init(name: String, steps: [String]) {
        self.name = name
        self.steps = steps
    }
}

extension SQLiteStore {
    /// The plan of every statement, for tests and for operators who ask why a page is slow.
    public func queryPlans() async throws(StoreError) -> [QueryPlan] {
        let transactions: [WriterSQL] = [.begin, .commit, .rollBack]
        return try await read("store.plans") { reader in
            let writing = try WriterSQL.allCases.filter { !transactions.contains($0) }
                .map { QueryPlan(name: "write.\($0)", steps: try reader.plan($0.rawValue)) }
            let reading = try ReaderSQL.allCases.map { QueryPlan(name: "read.\($0)", steps: try reader.plan($0.rawValue)) }
            return writing + reading
        }
    }
}
