/// Something to be written, waiting for its turn.
///
/// Subclassed once, for its result; the queue only needs to run it and to tell its caller.
class WriteWork: @unchecked Sendable {  // handed from the caller to the writer's queue, which alone touches it then
    let operation: String
    /// How many messages it stands for.
    let messages: Int
    /// Whether a sender waits for it: it goes first, and any failure, even one about its data, means that the store is
    /// not understood.
    let isCritical: Bool

    init(operation: String, messages: Int, isCritical: Bool) {
        self.operation = operation
        self.messages = messages
        self.isCritical = isCritical
    }

    /// Writes within the open transaction. Runs again when the transaction had to be rolled back.
    func run(_ writer: WriterConnection) throws {}
    /// After the commit.
    func succeed() {}
    func fail(_ error: StoreError) {}
}

/// Work with a result for a suspended caller.
final class WriteWorkWithResult<Value: Sendable>: WriteWork, @unchecked Sendable {  // as above
    typealias Continuation = CheckedContinuation<Result<Value, StoreError>, Never>

    private let body: @Sendable (WriterConnection) throws -> Value
    private let continuation: Continuation
    private var value: Value?

    init(
        operation: String, messages: Int, isCritical: Bool, continuation: Continuation,
        body: @escaping @Sendable (WriterConnection) throws -> Value
    ) {
        self.body = body
        self.continuation = continuation
        super.init(operation: operation, messages: messages, isCritical: isCritical)
    }

    override func run(_ writer: WriterConnection) throws {
        value = nil
        value = try body(writer)
    }

    override func succeed() {
        if let value {
            continuation.resume(returning: .success(value))
        } else {
            fail(StoreError(.other, operation: operation))
        }
    }

    override func fail(_ error: StoreError) {
        continuation.resume(
            returning: .failure(
                StoreError(error.kind, operation: operation, reason: error.reason, databaseCode: error.databaseCode)))
    }
}
