import GRDB

/// The one writer: an ordered queue whose waiting work shares transactions, and so shares an fsync.
///
/// When idle it starts at once. While a transaction runs, further callers queue up and go into the next one, so the
/// group grows with the load and nobody waits for company. A transaction admits work until the queue is empty, it holds
/// `groupCommitMessages`, or `groupCommitMilliseconds` have passed and a sender waits. Callers hear of success only after the
/// commit.
///
/// Critical work, for which a sender waits, goes first. A transaction with some of it takes one piece of other work along,
/// so that neither starves and both share the fsync; other work is best handed over in small pieces.
///
/// A failure about the data of one caller is that caller's: the transaction is rolled back, and its members run again
/// one by one. Any other failure, above all one of the commit, fails everyone who waits; from then on writes are refused
/// until a probe write has succeeded.
final class GroupCommit: Sendable {
    private struct State {
        var critical = WorkLine()
        var other = WorkLine()
        var isDraining = false
        var health = StoreHealth.working
        var lastProbe: ContinuousClock.Instant?
    }

    /// The members of an open transaction.
    private struct Group {
        var members: [WriteWork] = []
        /// Messages of its critical members.
        var messages = 0
        var others = 0

        mutating func admit(_ work: WriteWork) {
            members.append(work)
            if work.isCritical { messages += work.messages } else { others += 1 }
        }
    }

    /// Pieces of other work in a transaction that nobody waits for; more would make its commit a long one.
    private static let mostPieces = 128

    private enum Admission {
        case start, queued, refused(StoreError, probe: Bool)
    }

    private let pool: DatabasePool
    private let writer: WriterConnection
    private let checkpointer: Checkpointer
    private let configuration: StoreConfiguration
    private let state = Locked(State())

    init(
        pool: DatabasePool, writer: WriterConnection, checkpointer: Checkpointer, configuration: StoreConfiguration
    ) {
        self.pool = pool
        self.writer = writer
        self.checkpointer = checkpointer
        self.configuration = configuration
    }

    var health: StoreHealth { state.withLock { $0.health } }

    /// Runs the body in a transaction with whatever else waits, and returns after the commit.
    func write<Value: Sendable>(
        _ operation: String, messages: Int = 1, isCritical: Bool = false,
        _ body: @escaping @Sendable (WriterConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            submit(
                WriteWorkWithResult(
                    operation: operation, messages: messages, isCritical: isCritical, continuation: continuation, body: body
                ))
        }
        return try result.get()
    }

    /// Runs the pieces in order, in one or several transactions, and returns when all are committed. After a piece that
    /// fails none of the later ones is written.
    func write<Value: Sendable>(
        _ operation: String, pieces: [@Sendable (WriterConnection) throws -> Value]
    ) async throws(StoreError) -> [Value] {
        if pieces.isEmpty { return [] }
        let result = await withCheckedContinuation { continuation in
            let outcome = PiecesOutcome<Value>(count: pieces.count, continuation: continuation)
            for (index, body) in pieces.enumerated() {
                submit(WriteWorkPiece(operation: operation, index: index, outcome: outcome, body: body))
            }
        }
        return try result.get()
    }

    /// Tries a durable write; success ends the refusal.
    func probe() async throws(StoreError) {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { _ in
                continuation.resume(returning: self.runProbe())
            }
        }
        try result.get()
    }

    /// Refuses new work; what waits is still written before the queue reaches `last`.
    func close(_ last: @escaping @Sendable (WriterConnection) -> Void) async {
        state.withLock { $0.health = .closed }
        await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { _ in
                last(self.writer)
                continuation.resume()
            }
        }
    }

    private func submit(_ work: WriteWork) {
        let admission: Admission = state.withLock { state in
            switch state.health {
            case .closed:
                return .refused(StoreError(.closed, operation: work.operation), probe: false)
            case .failing(let cause):
                let now = ContinuousClock.now
                let isDue = state.lastProbe.map { now - $0 >= .milliseconds(configuration.probeMilliseconds) } ?? true
                if isDue { state.lastProbe = now }
                let refusal = StoreError(.refused, operation: work.operation, databaseCode: cause.databaseCode)
                return .refused(refusal, probe: isDue)
            case .working:
                if work.isCritical { state.critical.append(work) } else { state.other.append(work) }
                if state.isDraining { return .queued }
                state.isDraining = true
                return .start
            }
        }
        switch admission {
        case .queued: break
        case .start: pool.asyncWriteWithoutTransaction { _ in self.drain() }
        case .refused(let error, let probe):
            work.fail(error)
            if probe { pool.asyncWriteWithoutTransaction { _ in _ = self.runProbe() } }
        }
    }

    // MARK: On the writer's queue

    private func drain() {
        while let first = state.withLock({ state in
            let work = state.critical.popFirst() ?? state.other.popFirst()
            if work == nil { state.isDraining = false }
            return work
        }) {
            runGroup(first)
            writer.finish(checkpointer)
        }
    }

    /// What else may join the open transaction.
    private func next(_ group: Group, isInTime: Bool) -> WriteWork? {
        let limit = max(1, configuration.groupCommitMessages)
        return state.withLock { state in
            if isInTime, let waiting = state.critical.first, waiting.messages <= limit - group.messages {
                return state.critical.popFirst()
            }
            // Results alone go on: a sender who comes ends the transaction after the piece that is being written.
            let goesOn = isInTime || state.critical.first == nil && group.others < Self.mostPieces
            guard group.messages == 0 ? goesOn : group.others == 0 else { return nil }
            return state.other.popFirst()
        }
    }

    private func runGroup(_ first: WriteWork) {
        var group = Group()
        group.admit(first)
        do {
            try writer.begin()
            let started = ContinuousClock.now
            let limit = Duration.milliseconds(configuration.groupCommitMilliseconds)
            try first.run(writer)
            while let work = next(group, isInTime: ContinuousClock.now - started < limit) {
                group.admit(work)
                try work.run(writer)
            }
        } catch {
            writer.rollBack()
            let members = group.members
            let failure = StoreError(error, operation: members.last?.operation ?? first.operation)
            if !failure.isAboutData {
                stop(failure, members)
            } else if members.count == 1 {
                failAlone(first, failure)
            } else {
                for work in members { runAlone(work) }
            }
            return
        }
        commit(group.members)
    }

    private func runAlone(_ work: WriteWork) {
        if case .failing(let cause) = health {
            work.fail(cause)
            return
        }
        do {
            try writer.begin()
            try work.run(writer)
        } catch {
            writer.rollBack()
            let failure = StoreError(error, operation: work.operation)
            if failure.isAboutData { failAlone(work, failure) } else { stop(failure, [work]) }
            return
        }
        commit([work])
    }

    private func failAlone(_ work: WriteWork, _ failure: StoreError) {
        if work.isCritical { stop(failure, [work]) } else { work.fail(failure) }
    }

    private func commit(_ group: [WriteWork]) {
        do {
            try writer.commit()
        } catch {
            writer.rollBack()
            stop(StoreError(error, operation: "commit"), group)
            return
        }
        for work in group { work.succeed() }
        checkpointer.committed(pages: writer.logPages) {
            // Under load the queue comes to it between two transactions, before this.
            self.pool.asyncWriteWithoutTransaction { _ in self.writer.finish(self.checkpointer) }
        }
    }

    /// Fails everyone who waits, and everyone to come until a probe succeeds.
    private func stop(_ failure: StoreError, _ group: [WriteWork]) {
        var waiting = group
        state.withLock { state in
            waiting += state.critical.takeAll() + state.other.takeAll()
            if case .working = state.health {
                state.health = .failing(failure)
                state.lastProbe = .now
            }
        }
        for work in waiting { work.fail(failure) }
    }

    private func runProbe() -> Result<Void, StoreError> {
        if case .closed = health { return .failure(StoreError(.closed, operation: "probe")) }
        do {
            try writer.begin()
            try writer.probe()
            try writer.commit()
        } catch {
            writer.rollBack()
            let failure = StoreError(error, operation: "probe")
            state.withLock { state in
                state.lastProbe = .now
                if case .closed = state.health { return }
                state.health = .failing(failure)
            }
            return .failure(failure)
        }
        state.withLock { state in
            if case .failing = state.health { state.health = .working }
        }
        return .success(())
    }
}
