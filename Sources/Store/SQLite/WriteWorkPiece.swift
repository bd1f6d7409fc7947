/// One of several pieces of work with one caller.
final class WriteWorkPiece<Value: Sendable>: WriteWork, @unchecked Sendable {  // as its superclass
    private let index: Int
    private let outcome: PiecesOutcome<Value>
    private let body: @Sendable (WriterConnection) throws -> Value
    private var value: Value?

    init(
        operation: String, index: Int, outcome: PiecesOutcome<Value>,
        body: @escaping @Sendable (WriterConnection) throws -> Value
    ) {
        self.index = index
        self.outcome = outcome
        self.body = body
        super.init(operation: operation, messages: 0, isCritical: false)
    }

    override func run(_ writer: WriterConnection) throws {
        value = nil
        // After a failed piece nothing is written, and that is no failure of the store.
        if !outcome.hasFailed { value = try body(writer) }
    }

    override func succeed() {
        if let value {
            outcome.succeeded(index, value)
        } else {
            fail(StoreError(.other, operation: operation))
        }
    }

    override func fail(_ error: StoreError) {
        outcome.failed(
            StoreError(error.kind, operation: operation, reason: error.reason, databaseCode: error.databaseCode))
    }
}

/// Tells the caller of several pieces when all have ended.
final class PiecesOutcome<Value: Sendable>: Sendable {
    typealias Continuation = CheckedContinuation<Result<[Value], StoreError>, Never>

    private struct State {
        var values: [Value?]
        var open: Int
        var error: StoreError?
    }

    private let state: Locked<State>
    private let continuation: Continuation

    init(count: Int, continuation: Continuation) {
        state = Locked(State(values: Array(repeating: nil, count: count), open: count))
        self.continuation = continuation
    }

    var hasFailed: Bool { state.withLock { $0.error != nil } }

    func succeeded(_ index: Int, _ value: Value) {
        end { $0.values[index] = value }
    }

    func failed(_ error: StoreError) {
        end { $0.error = $0.error ?? error }
    }

    private func end(_ change: @Sendable (inout State) -> Void) {
        let result = state.withLock { state -> Result<[Value], StoreError>? in
            change(&state)
            state.open -= 1
            guard state.open == 0 else { return nil }
            return state.error.map { .failure($0) } ?? .success(state.values.compactMap { $0 })
        }
        if let result { continuation.resume(returning: result) }
    }
}
