import Clinical
import Store
import Testing

@Suite("Unmapped codes, quarantine, cursors, feedback")
struct QueueTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open { $0.unmappedSamples = 3 }
    }

    @Test("Each unmapped code is one item with its count, times and a few samples")
    func unmapped() async throws {
        let ids = try await Samples.journal(store, 5)
        for id in ids {
            try await store.commit([
                ProcessedEntry(journalID: id, unmapped: Array(repeating: Samples.unmapped, count: id == ids[4] ? 10 : 1))
            ])
        }
        let items = try await store.unmappedQueue(limit: 10)
        #expect(
            items == [
                UnmappedItem(
                    id: try #require(items.first).id, source: "labA", code: Samples.unmapped.code, unit: "U/L",
                    specimen: nil, count: 14,
                    firstSeen: Samples.start, lastSeen: Samples.start.adding(seconds: 4), reason: .unmappedCode,
                    explanation: "no row fits", candidates: ["1742-6", "1920-8"],
                    samples: ids.prefix(3).map { SourceAddress(messageID: $0, path: "OBX[4]-3") }, waiting: 5)
            ])
    }

    @Test("An item remembers its waiting messages up to a limit, and says when there are more")
    func waiting() async throws {
        let limited = try TemporaryFolder()
        let store = try limited.open { $0.unmappedWaiting = 3 }
        let ids = try await Samples.journal(store, 5)
        var other = Samples.unmapped
        other.unit = "ukat/L"
        for id in ids.prefix(3) {
            // Twice in one message is one message that waits.
            try await store.commit([ProcessedEntry(journalID: id, unmapped: [Samples.unmapped, Samples.unmapped, other])])
        }
        let few = try await store.waiting(source: "labA", code: Samples.unmapped.code)
        #expect(few == WaitingMessages(journalIDs: Array(ids.prefix(3)), isComplete: true), "each once, over all units")
        try await store.commit([ProcessedEntry(journalID: ids[3], unmapped: [Samples.unmapped])])
        let more = try await store.waiting(source: "labA", code: Samples.unmapped.code)
        #expect(more == WaitingMessages(journalIDs: Array(ids.prefix(3)), isComplete: false))
        #expect(try await store.waiting(source: "labB", code: Samples.unmapped.code).journalIDs.isEmpty)
    }

    @Test("What is resolved leaves the queue with its waiting messages, and comes back when it is seen again")
    func resolved() async throws {
        let ids = try await Samples.journal(store, 4)
        var other = Samples.unmapped
        other.unit = nil
        try await store.commit([ProcessedEntry(journalID: ids[0], unmapped: [Samples.unmapped, other])])
        var approval = ProcessedEntry(journalID: ids[1])
        approval.resolved = [Samples.unmapped]
        other.reason = .unit
        other.explanation = "no unit"
        approval.restated = [other]
        try await store.commit([approval])
        let left = try await store.unmappedQueue(limit: 10)
        #expect(left.map(\.unit) == [nil] && left.first?.reason == .unit && left.first?.count == 1)
        let waiting = try await store.waiting(source: "labA", code: Samples.unmapped.code)
        #expect(waiting.journalIDs == [ids[0]], "the other unit still waits")
        try await store.commit([ProcessedEntry(journalID: ids[2], unmapped: [Samples.unmapped])])
        let back = try #require(try await store.unmappedQueue(limit: 10).first { $0.unit == "U/L" })
        #expect(back.count == 2 && back.resolved == nil && back.waiting == 1)
    }

    @Test("Beyond its limit the queue takes no further code and counts the values")
    func overflow() async throws {
        let limited = try TemporaryFolder()
        let store = try limited.open { $0.unmappedItems = 2 }
        let ids = try await Samples.journal(store, 2)
        let variants = (0..<4).map { number in
            var variant = Samples.unmapped
            variant.unit = "unit \(number)"
            return variant
        }
        try await store.commit([ProcessedEntry(journalID: ids[0], unmapped: variants)])
        try await store.commit([ProcessedEntry(journalID: ids[1], unmapped: [variants[0], variants[3], variants[3]])])
        let items = try await store.unmappedQueue(limit: 10)
        #expect(Set(items.map(\.unit)) == ["unit 0", "unit 1"])
        #expect(items.first?.count == 2)
        #expect(try await store.unmappedOverflow() == 4)
    }

    @Test("The sketch keeps smallest, largest and an even sample, whatever the batches")
    func sketch() async throws {
        let ids = try await Samples.journal(store, 11)
        for (batch, id) in ids.prefix(10).enumerated() {
            let values = (0..<100).map { number in
                var code = Samples.unmapped
                code.number = PHI(Double(batch * 100 + number))
                return code
            }
            try await store.commit([ProcessedEntry(journalID: id, unmapped: values)])
        }
        // What is no number has no place in it.
        try await store.commit([ProcessedEntry(journalID: ids[10], unmapped: [Samples.unmapped])])
        let values = try #require(try await store.unmappedQueue(limit: 1).first).values
        #expect(values.minimum == 0 && values.maximum == 999)
        // 1000 values in steps that are a power of two, at most 64 of them: every 16th.
        #expect(values.sample == stride(from: 0.0, to: 1000, by: 16).map { $0 })
        #expect(values.median == 496)
    }

    @Test("Source, system, code, unit and specimen each make another item; the most frequent comes first")
    func unmappedKeys() async throws {
        var variants = Array(repeating: Samples.unmapped, count: 6)
        variants[1].source = "labB"
        variants[2].code = Code(system: "urn:other", code: "777")
        variants[3].code = Code(system: Samples.unmapped.code.system, code: "778")
        variants[4].unit = nil
        variants[5].specimen = "SER"
        let ids = try await Samples.journal(store, 2)
        try await store.commit([
            ProcessedEntry(journalID: ids[0], unmapped: variants),
            ProcessedEntry(journalID: ids[1], unmapped: [variants[4]]),
        ])
        let items = try await store.unmappedQueue(limit: 10)
        #expect(items.map(\.count) == [2, 1, 1, 1, 1, 1])
        #expect(items[0].unit == nil)
        #expect(Set(items.map(\.specimen)) == [nil, "SER"])
        #expect(Set(items.map(\.source)) == ["labA", "labB"])
        #expect(try await store.unmappedQueue(limit: 2).count == 2)
    }

    @Test("An item carries the latest reason and candidates")
    func unmappedLatest() async throws {
        let ids = try await Samples.journal(store, 2)
        var later = Samples.unmapped
        later.reason = .ambiguous
        later.explanation = "two rows fit"
        later.candidates = []
        try await store.commit([ProcessedEntry(journalID: ids[0], unmapped: [Samples.unmapped])])
        try await store.commit([ProcessedEntry(journalID: ids[1], unmapped: [later])])
        let item = try #require(try await store.unmappedQueue(limit: 1).first)
        #expect((item.reason, item.explanation, item.candidates, item.count) == (.ambiguous, "two rows fit", [], 2))
    }

    @Test("A quarantined message keeps its reason and place, and leaves nothing on the timeline")
    func quarantine() async throws {
        let ids = try await Samples.journal(store, 3)
        let patient = Samples.patient("1")
        let issues = [
            Samples.failure, Issue(.information, code: 1002, place: "MSH", "Line feeds were read as segment ends."),
        ]
        try await store.commit([
            ProcessedEntry(
                journalID: ids[1], outcome: .quarantined(Samples.failure),
                events: [.finding(Samples.finding("f", patient))], unmapped: [Samples.unmapped], issues: issues,
                decisions: [Samples.decision("d", patient)], deliveries: [Samples.delivery("d", patient)])
        ])
        let entry = QuarantinedEntry(
            journalID: ids[1], source: "labA", format: .hl7v2, controlID: "m1", received: Samples.start.adding(seconds: 1),
            issue: Samples.failure, requeues: 0)
        #expect(try await store.quarantine(after: 0, limit: 10) == [entry])
        #expect(try await store.quarantined(ids[1]) == entry)
        #expect(try await store.quarantined(ids[0]) == nil)
        #expect(try await store.issues(of: ids[1]) == issues)
        #expect(try await store.entry(ids[1])?.state == .quarantined)
        #expect(try await store.counts() == JournalCounts(entries: 3, pending: 2, quarantined: 1))
        #expect(try await store.findings(of: patient) == [])
        #expect(try await store.unmappedQueue(limit: 10) == [])
        #expect(try await store.decision(id: "d") == nil)
        #expect(try await store.outboxCounts() == [])
    }

    @Test("Requeued, a message is pending again and can succeed, with its old issues gone")
    func requeue() async throws {
        let ids = try await Samples.journal(store, 2)
        let patient = Samples.patient("1")
        for round in 0..<2 {
            try await store.commit([
                ProcessedEntry(journalID: ids[0], outcome: .quarantined(Samples.failure), issues: [Samples.failure])
            ])
            #expect(try await store.quarantined(ids[0])?.requeues == round)
            #expect(try await store.requeueQuarantined(ids[0]))
            #expect(try await store.requeueQuarantined(ids[0]) == false)
            #expect(try await store.pending(after: 0, limit: 10).map(\.id) == ids)
            #expect(try await store.counts().quarantined == 0)
        }
        let result = try await store.commit([
            ProcessedEntry(journalID: ids[0], events: [.finding(Samples.finding("f", patient))])
        ])
        #expect(result.committed == [ids[0]])
        #expect(try await store.issues(of: ids[0]) == [])
        #expect(try await store.findings(of: patient).count == 1)
        #expect(try await store.quarantine(after: 0, limit: 10) == [])
        #expect(try await store.requeueQuarantined(ids[0]) == false)
    }

    @Test("The quarantine is read page by page")
    func quarantinePages() async throws {
        let ids = try await Samples.journal(store, 5)
        try await store.commit(ids.map { ProcessedEntry(journalID: $0, outcome: .quarantined(Samples.failure)) })
        #expect(try await store.quarantine(after: 0, limit: 2).map(\.journalID) == [1, 2])
        #expect(try await store.quarantine(after: 2, limit: 9).map(\.journalID) == [3, 4, 5])
    }

    @Test("A cursor is the last that was set, in the file")
    func cursors() async throws {
        #expect(try await store.cursor("ehr") == nil)
        try await store.setCursor("ehr", to: "2026-01-05T08:00:00Z")
        try await store.setCursor("other", to: "")
        try await store.setCursor("ehr", to: "2026-01-05T09:00:00Z")
        try await store.close()
        let again = try folder.open()
        #expect(try await again.cursor("ehr") == "2026-01-05T09:00:00Z")
        #expect(try await again.cursor("other") == "")
    }

    @Test("Feedback is kept as it came, in order")
    func feedback() async throws {
        let items = (0..<3).map {
            NewFeedback(service: "news2", received: Samples.start.adding(seconds: $0), body: Array("{\"n\":\($0)}".utf8))
        }
        for (index, item) in items.enumerated() { #expect(try await store.appendFeedback(item) == Int64(index + 1)) }
        #expect(try await store.feedback(after: 0, limit: 10).map(\.feedback) == items)
        #expect(try await store.feedback(after: 1, limit: 1) == [Feedback(id: 2, feedback: items[1])])
    }
}
