import Clinical
import Store
import Testing

@Suite("Outbox")
struct OutboxTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let anna = Samples.patient("anna")
    let bert = Samples.patient("bert")
    let now = Samples.start

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open()
    }

    private func enqueue(_ deliveries: NewDelivery...) async throws {
        try await store.record(decisions: [], deliveries: deliveries)
    }

    private func due(_ destination: String = "engine", at time: Instant? = nil, limit: Int = 100) async throws -> [String] {
        try await store.due(now: time ?? now, destination: destination, limit: limit).map(\.dedupeKey)
    }

    @Test("A delivery comes back as it was enqueued")
    func roundTrip() async throws {
        let delivery = NewDelivery(
            destination: "engine", patient: anna, kind: .riskAssessment, payload: Array(0...255), decisionID: "d1",
            dedupeKey: ContentDigest.identifier("k"), notBefore: now)
        try await enqueue(delivery)
        #expect(
            try await store.due(now: now, destination: "engine", limit: 10) == [
                Delivery(
                    id: 1, destination: "engine", patient: anna, kind: .riskAssessment, payload: Array(0...255),
                    decisionID: "d1", dedupeKey: delivery.dedupeKey, state: .ready, attempts: 0, nextAttempt: now,
                    reason: nil)
            ])
        #expect(try await due("nobody") == [])
    }

    @Test("One patient's deliveries go one after the other, other patients' do not wait for them")
    func order() async throws {
        try await enqueue(
            Samples.delivery("a1", anna), Samples.delivery("a2", anna), Samples.delivery("b1", bert),
            Samples.delivery("a3", anna))
        #expect(try await due() == ["a1", "b1"])
        try await store.markDelivered([3], at: now)
        #expect(try await due() == ["a1"])
        try await store.markDelivered([1], at: now)
        #expect(try await due() == ["a2"])
        try await store.markDelivered([2, 4], at: now)
        #expect(try await due() == [])
        #expect(try await store.outboxCounts() == [OutboxCounts(destination: "engine", waiting: 0, delivered: 4, dead: 0)])
    }

    @Test("Destinations do not wait for each other")
    func destinations() async throws {
        try await enqueue(
            Samples.delivery("1", anna, to: "engine"), Samples.delivery("1", anna, to: "fhir"),
            Samples.delivery("2", anna, to: "fhir"))
        #expect(try await due("engine") == ["1"])
        #expect(try await due("fhir") == ["1"])
        try await store.markDelivered([2], at: now)
        #expect(try await due("engine") == ["1"])
        #expect(try await due("fhir") == ["2"])
        #expect(
            try await store.outboxCounts() == [
                OutboxCounts(destination: "engine", waiting: 1, delivered: 0, dead: 0),
                OutboxCounts(destination: "fhir", waiting: 1, delivered: 1, dead: 0),
            ])
    }

    @Test("A failed delivery waits for its next attempt, and its patient's line waits with it")
    func retry() async throws {
        try await enqueue(Samples.delivery("a1", anna), Samples.delivery("a2", anna), Samples.delivery("b1", bert))
        let later = now.adding(seconds: 60)
        try await store.markFailed(1, attempts: 1, nextAttempt: later, reason: "connection refused")
        #expect(try await due() == ["b1"])
        #expect(try await store.nextDue(destination: "engine") == now)
        try await store.markDelivered([3], at: now)
        #expect(try await store.nextDue(destination: "engine") == later)
        #expect(try await due(at: now.adding(seconds: 59)) == [])
        let retried = try await store.due(now: later, destination: "engine", limit: 10)
        #expect(retried.map(\.dedupeKey) == ["a1"])
        #expect(retried.map(\.attempts) == [1])
        #expect(retried.map(\.reason) == ["connection refused"])
        #expect(try await store.nextDue(destination: "nobody") == nil)
    }

    @Test("A dead letter frees the line, is listed, and can be requeued at its old place")
    func deadLetters() async throws {
        try await enqueue(Samples.delivery("a1", anna), Samples.delivery("a2", anna), Samples.delivery("a3", anna))
        try await store.markDead(1, attempts: 5, reason: "rejected with AR")
        #expect(try await due() == ["a2"])
        let dead = try await store.deadLetters(after: 0, limit: 10)
        #expect(dead.map(\.dedupeKey) == ["a1"])
        #expect(dead.map(\.state) == [.dead])
        #expect(dead.map(\.reason) == ["rejected with AR"])
        #expect(dead.map(\.attempts) == [5])
        #expect(try await store.outboxCounts() == [OutboxCounts(destination: "engine", waiting: 2, delivered: 0, dead: 1)])
        #expect(try await store.requeue(1, at: now))
        #expect(try await store.requeue(1, at: now) == false)
        #expect(try await store.deadLetters(after: 0, limit: 10) == [])
        // It is the earliest again, and only one of a patient is due at a time.
        #expect(try await due() == ["a1"])
        let waiting = try await store.waitingDeliveries(after: 0, limit: 10)
        #expect(waiting.map(\.dedupeKey) == ["a1", "a2", "a3"])
        #expect(waiting.map(\.state) == [.ready, .queued, .queued])
        #expect(waiting.map(\.attempts) == [0, 0, 0])
        try await store.markDelivered([1], at: now)
        #expect(try await due() == ["a2"])
    }

    @Test("The same key is enqueued once for a destination, even after it was delivered")
    func dedupe() async throws {
        try await enqueue(Samples.delivery("k", anna), Samples.delivery("k", anna), Samples.delivery("k", anna, to: "fhir"))
        #expect(try await store.waitingDeliveries(after: 0, limit: 10).map(\.destination) == ["engine", "fhir"])
        try await store.markDelivered([1], at: now)
        try await enqueue(Samples.delivery("k", anna))
        #expect(try await due("engine") == [])
        #expect(try await store.outboxCounts().map(\.waiting) == [0, 1])
    }

    @Test("Marking what is finished already changes nothing")
    func markTwice() async throws {
        try await enqueue(Samples.delivery("a1", anna), Samples.delivery("a2", anna))
        try await store.markDelivered([1, 1], at: now)
        try await store.markDead(1, attempts: 1, reason: "too late")
        try await store.markFailed(1, attempts: 9, nextAttempt: now, reason: "too late")
        try await store.markDelivered([99], at: now)
        #expect(try await due() == ["a2"])
        #expect(try await store.outboxCounts() == [OutboxCounts(destination: "engine", waiting: 1, delivered: 1, dead: 0)])
        #expect(try await store.deadLetters(after: 0, limit: 10) == [])
    }

    @Test("Nothing is due before its time; the longest due comes first")
    func notBefore() async throws {
        try await enqueue(
            Samples.delivery("a", anna, notBefore: now.adding(seconds: 10)),
            Samples.delivery("b", bert, notBefore: now.adding(seconds: 5)))
        #expect(try await due() == [])
        #expect(try await store.nextDue(destination: "engine") == now.adding(seconds: 5))
        #expect(try await due(at: now.adding(seconds: 10)) == ["b", "a"])
        #expect(try await due(at: now.adding(seconds: 10), limit: 1) == ["b"])
    }

    @Test("After a merge both keys' deliveries are one line, in the order in which they were enqueued")
    func merge() async throws {
        try await enqueue(
            Samples.delivery("b1", bert), Samples.delivery("a1", anna), Samples.delivery("b2", bert),
            Samples.delivery("a2", anna))
        #expect(try await due() == ["b1", "a1"])
        let ids = try await Samples.journal(store, 1)
        try await store.commit([
            ProcessedEntry(journalID: ids[0], events: [.merge(retired: bert, surviving: anna, known: now)])
        ])
        try await enqueue(Samples.delivery("b3", bert))
        var sent: [String] = []
        while let next = try await store.due(now: now, destination: "engine", limit: 10).first {
            #expect(try await due().count == 1)
            sent.append(next.dedupeKey)
            try await store.markDelivered([next.id], at: now)
        }
        #expect(sent == ["b1", "a1", "b2", "a2", "b3"])
    }

    @Test("Reopened, the outbox goes on where it was")
    func reopen() async throws {
        try await enqueue(Samples.delivery("a1", anna), Samples.delivery("a2", anna))
        try await store.markFailed(1, attempts: 2, nextAttempt: now.adding(seconds: 5), reason: "timeout")
        try await store.close()
        let again = try folder.open()
        #expect(try await again.due(now: now, destination: "engine", limit: 10) == [])
        #expect(try await again.due(now: now.adding(seconds: 5), destination: "engine", limit: 10).map(\.attempts) == [2])
    }

    /// The outbox beside a plain model of it: a list a destination and patient, of which the first unfinished is due.
    @Test("Whatever happens in whatever order, the outbox does what a simple list would", arguments: 0..<8)
    func model(seed: Int) async throws {
        struct Item {
            var id: Int64
            var destination: String
            var patient: PatientKey
            var state: Delivery.State
            var next: Instant
        }
        var generator = SplitMix64(seed: UInt64(seed))
        let patients = (0..<3).map { Samples.patient("\($0)") }
        let destinations = ["engine", "fhir"]
        var items: [Item] = []
        for step in 0..<150 {
            let time = now.adding(seconds: Int64(step))
            let waiting = items.indices.filter { items[$0].state == .ready }
            switch generator.below(6) {
            case 0, 1:
                let item = Item(
                    id: Int64(items.count + 1), destination: generator.pick(destinations),
                    patient: generator.pick(patients),
                    state: .ready, next: time)
                try await enqueue(Samples.delivery("\(step)", item.patient, to: item.destination, notBefore: time))
                items.append(item)
            case 2 where !waiting.isEmpty:
                let index = generator.pick(waiting)
                try await store.markDelivered([items[index].id], at: time)
                items[index].state = .delivered
            case 3 where !waiting.isEmpty:
                let index = generator.pick(waiting)
                items[index].next = time.adding(seconds: Int64(generator.below(20)))
                try await store.markFailed(items[index].id, attempts: 1, nextAttempt: items[index].next, reason: "x")
            case 4 where !waiting.isEmpty:
                let index = generator.pick(waiting)
                try await store.markDead(items[index].id, attempts: 1, reason: "x")
                items[index].state = .dead
            case 5:
                let dead = items.indices.filter { items[$0].state == .dead }
                guard !dead.isEmpty else { continue }
                let index = generator.pick(dead)
                #expect(try await store.requeue(items[index].id, at: time))
                items[index].state = .ready
                items[index].next = time
            default: continue
            }
            for destination in destinations {
                var heads: [Item] = []
                for patient in patients {
                    heads += items.filter { $0.destination == destination && $0.patient == patient && $0.state == .ready }
                        .prefix(1)
                }
                let expected = heads.filter { $0.next <= time }.map(\.id).sorted()
                let actual = try await store.due(now: time, destination: destination, limit: 100).map(\.id).sorted()
                #expect(actual == expected)
                #expect(try await store.nextDue(destination: destination) == heads.map(\.next).min())
            }
        }
        let counts = try await store.outboxCounts()
        for destination in destinations {
            let mine = items.filter { $0.destination == destination }
            let count = counts.first { $0.destination == destination }
            #expect(count?.waiting ?? 0 == Int64(mine.filter { $0.state == .ready }.count))
            #expect(count?.delivered ?? 0 == Int64(mine.filter { $0.state == .delivered }.count))
            #expect(count?.dead ?? 0 == Int64(mine.filter { $0.state == .dead }.count))
        }
    }
}
