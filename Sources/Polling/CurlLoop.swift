internal import CCurl
internal import Foundation

/// The thread of a ``CurlTransport`` and the way to it.
///
/// Sendable because what is shared is touched under the lock only, and `multi` and `running` by the thread only.
final class CurlLoop: @unchecked Sendable {  // shared state under the lock, the rest on its thread only
    typealias Continuation = CheckedContinuation<Result<TransportResponse, PollingError>, Never>

    private let configuration: CurlTransport.Configuration
    private let multi: UnsafeMutableRawPointer

    // Under the lock.
    private let lock = NSLock()
    private var submitted: [(CurlTransfer, Continuation)] = []
    private var cancelled: Set<ObjectIdentifier> = []
    private var isStopping = false
    private var hasEnded = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    // On the thread.
    private var running: [UnsafeMutableRawPointer: (transfer: CurlTransfer, continuation: Continuation)] = [:]

    private static let isInitialised = headwall_curl_global_init() == CURLE_OK

    init(configuration: CurlTransport.Configuration) throws(PollingError) {
        guard Self.isInitialised, let multi = curl_multi_init() else {
            throw PollingError(.transport, place: "libcurl", "libcurl cannot be set up; check its installation.")
        }
        self.configuration = configuration
        self.multi = multi
    }

    func submit(_ transfer: CurlTransfer, _ continuation: Continuation) {
        let isLate = lock.withLock {
            if isStopping { return true }
            submitted.append((transfer, continuation))
            curl_multi_wakeup(multi)
            return false
        }
        if isLate { continuation.resume(returning: .failure(Self.cancelledError)) }
    }

    func cancel(_ id: ObjectIdentifier) {
        lock.withLock {
            guard !hasEnded else { return }
            cancelled.insert(id)
            curl_multi_wakeup(multi)
        }
    }

    func stop() {
        lock.withLock {
            isStopping = true
            if !hasEnded { curl_multi_wakeup(multi) }
        }
    }

    /// Stops and waits for the end of the thread.
    func stopped() async {
        stop()
        await withCheckedContinuation { continuation in
            let isOver = lock.withLock {
                if !hasEnded { waiters.append(continuation) }
                return hasEnded
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: On the thread

    func run() {
        while takeRequests() {
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            finishTransfers()
            // Returns on activity, on a wake-up, and when a transfer's timeout is due; the second is a mere upper bound.
            curl_multi_poll(multi, nil, 0, 1000, nil)
        }
        for easy in Array(running.keys) { end(easy, .failure(Self.cancelledError)) }
        let (late, waiting) = lock.withLock {
            hasEnded = true
            curl_multi_cleanup(multi)
            defer { (submitted, waiters) = ([], []) }
            return (submitted, waiters)
        }
        for (_, continuation) in late { continuation.resume(returning: .failure(Self.cancelledError)) }
        for waiter in waiting { waiter.resume() }
    }

    /// `false` when the thread is to end.
    private func takeRequests() -> Bool {
        let (new, cancelled, isStopping) = lock.withLock {
            defer { (submitted, self.cancelled) = ([], []) }
            return (submitted, self.cancelled, self.isStopping)
        }
        if !cancelled.isEmpty {
            for (easy, entry) in running where cancelled.contains(entry.transfer.id) {
                end(easy, .failure(Self.cancelledError))
            }
        }
        for (transfer, continuation) in new {
            if isStopping || cancelled.contains(transfer.id) {
                continuation.resume(returning: .failure(Self.cancelledError))
            } else if let easy = transfer.start(configuration) {
                running[easy] = (transfer, continuation)
                if curl_multi_add_handle(multi, easy) != CURLM_OK { end(easy, .failure(Self.setupError)) }
            } else {
                continuation.resume(returning: .failure(Self.setupError))
            }
        }
        return !isStopping
    }

    private func finishTransfers() {
        var code = CURLE_OK
        while let easy = headwall_curl_multi_finished(multi, &code) {
            guard let entry = running[easy] else { continue }
            end(easy, entry.transfer.result(code))
        }
    }

    private func end(_ easy: UnsafeMutableRawPointer, _ result: Result<TransportResponse, PollingError>) {
        guard let entry = running.removeValue(forKey: easy) else { return }
        curl_multi_remove_handle(multi, easy)
        entry.transfer.cleanUp()
        entry.continuation.resume(returning: result)
    }

    private static let cancelledError = PollingError(.cancelled, place: "request", "The request was cancelled.")
    private static let setupError = PollingError(
        .configuration, place: "request", "libcurl does not accept the request; check URL, certificate files and proxy.")
}
