import Clinical
import Store
import Testing

@Suite("Query plans")
struct QueryPlanTests {
    /// Reads that look at a whole table by intent: small tables, or a page of a list that an operator asks for.
    private static let scans: Set<String> = [
        "read.unmapped", "read.pendingCount", "read.merges", "read.modelsNamed", "write.deleteProbe", "write.allLinks",
        "write.countUnmapped", "read.tableChanges", "read.findingsWith",
    ]

    @Test("Every statement finds its rows through an index or a key")
    func noScans() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let plans = try await store.queryPlans()
        #expect(plans.count > 60)
        for plan in plans where !Self.scans.contains(plan.name) {
            for step in plan.steps {
                #expect(
                    !step.hasPrefix("SCAN") || step.contains("CONSTANT ROW") || step.contains("(subquery"),
                    "\(plan.name): \(step)")
                #expect(!step.contains("TEMP B-TREE"), "\(plan.name): \(step)")
            }
        }
    }

    @Test(
        "Hot paths use the index that was made for them",
        arguments: [
            ("write.firstOfControlID", "journal_identity (source=? AND control_id=?)"),
            ("write.sameMessage", "COVERING INDEX journal_identity (source=? AND control_id=? AND digest=?)"),
            ("write.deletePending", "pending USING INTEGER PRIMARY KEY"),
            ("write.findPatient", "patient USING COVERING INDEX"),
            ("write.latestScore", "score USING PRIMARY KEY (patient=? AND model=?)"),
            ("write.headOfLine", "delivery_line (line=? AND destination=?)"),
            ("write.insertDelivery", "delivery_line (line=? AND destination=?)"),
            ("read.pendingEntries", "SEARCH p USING INTEGER PRIMARY KEY (rowid>?)"),
            ("read.idsReceived", "COVERING INDEX journal_received (received>? AND received<?)"),
            ("read.waiting", "SEARCH w USING PRIMARY KEY (item=?)"),
            ("read.tableChanges", "journal_tables"),
            ("read.findings", "findings USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
            ("read.retiredInto", "patient_merged (merged_into=?)"),
            ("read.currentEncounters", "encounter_current (status=?)"),
            ("read.decisionByID", "sqlite_autoindex_decision_1 (id=?)"),
            ("read.scores", "score USING PRIMARY KEY (patient=? AND model=?)"),
            ("read.due", "delivery_due (destination=? AND next_attempt<?)"),
            ("read.nextDue", "delivery_due (destination=?)"),
            ("read.deadLetters", "delivery_dead"), ("read.waitingDeliveries", "delivery_waiting"),
        ])
    func index(name: String, use: String) async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let plan = try #require(try await store.queryPlans().first { $0.name == name })
        #expect(plan.steps.contains { $0.contains(use) }, "\(plan.steps)")
    }
}
