import Foundation

/// A value behind a lock that is never held over a suspension.
final class Locked<Value>: @unchecked Sendable {  // every access to `value` holds the lock
    private let lock = NSLock()
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
