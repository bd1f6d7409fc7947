public import Clinical

/// When to send a request, and what its outcome means: rate limit, `Retry-After`, backoff and circuit breaker together.
///
/// A value that does no I/O: ``next(now:)`` says what to do before each try, ``finished(_:now:)`` what its outcome
/// means. It lives as long as the poller, so that what a server asked for holds for every later request.
public struct RequestPolicy: Sendable {
    public enum Action: Hashable, Sendable {
        case send
        /// Ask again at this moment.
        case wait(until: Instant, Reason)
        case giveUp(PollingError)
    }

    public enum Reason: String, Hashable, Sendable {
        /// Our own rate limit.
        case rate
        /// The server asked for it by 429 or 503.
        case server
        /// After a failure.
        case backoff
    }

    public enum Outcome: Hashable, Sendable {
        case response(status: Int, retryAfter: String?)
        case failure(PollingError)
    }

    public enum Verdict: Hashable, Sendable {
        case accept
        /// Ask ``RequestPolicy/next(now:)`` and send again.
        case retry
        /// Read the token anew and send again.
        case renewToken
        case fail(PollingError)
    }

    private let name: String
    private let maximumTries: Int
    private let maximumWait: Duration
    private var bucket: TokenBucket
    private var backoff: Backoff
    private var breaker: CircuitBreaker
    private var tries = 0
    private var tokenWasRenewed = false
    private var hold: (until: Instant, reason: Reason)?

    /// - Parameters:
    ///   - name: the server, the place in errors.
    ///   - maximumTries: of one request.
    ///   - maximumWait: when a server asks to wait longer, the poll ends; the wait is still kept.
    public init(
        name: String = "server", bucket: TokenBucket = TokenBucket(capacity: 5, perSecond: 5),
        backoff: Backoff = Backoff(seed: 1), breaker: CircuitBreaker = CircuitBreaker(), maximumTries: Int = 8,
        maximumWait: Duration = .seconds(600)
    ) {
        self.name = name
        self.bucket = bucket
        self.backoff = backoff
        self.breaker = breaker
        self.maximumTries = max(1, maximumTries)
        self.maximumWait = maximumWait
    }

    /// A new request begins.
    public mutating func begin() {
        tries = 0
        tokenWasRenewed = false
    }

    /// What to do now. `send` counts as a try.
    public mutating func next(now: Instant) -> Action {
        if let hold, hold.until > now {
            if hold.reason == .server, hold.until.duration(since: now) > maximumWait {
                return .giveUp(
                    PollingError(
                        .rateLimited, place: name,
                        "The server asks to wait longer than \(Int(maximumWait.seconds)) s; it is tried again after that."))
            }
            return .wait(until: hold.until, hold.reason)
        }
        hold = nil
        // The breaker is asked last, because its permission in the half-open state is for one request.
        if case .wait(let until) = bucket.take(now: now) { return .wait(until: until, .rate) }
        if case .refuse = breaker.permit(now: now) {
            return .giveUp(
                PollingError(
                    .circuitOpen, place: name, "Too many requests failed in a row; the server is left alone for now."))
        }
        tries += 1
        return .send
    }

    public mutating func finished(_ outcome: Outcome, now: Instant) -> Verdict {
        switch outcome {
        case .failure(let error):
            guard Self.isTransient(error) else { return .fail(error) }
            return failed(error, now: now)
        case .response(let status, let retryAfter):
            return answered(status, retryAfter, now)
        }
    }

    // MARK: -

    private mutating func answered(_ status: Int, _ retryAfter: String?, _ now: Instant) -> Verdict {
        switch status {
        case 200..<300:
            breaker.succeeded()
            backoff.reset()
            return .accept
        case 300..<400:
            breaker.succeeded()
            return .fail(
                PollingError(
                    .redirect, place: name, "The server redirects; configure the address it redirects to.", status: status))
        case 401:
            breaker.succeeded()
            if !tokenWasRenewed {
                tokenWasRenewed = true
                return .renewToken
            }
            return .fail(
                PollingError(
                    .unauthorized, place: name, "The server does not accept the token; put a valid one in place.",
                    status: status))
        case 408, 425, 429, 500, 502, 503, 504:
            let asked = retryAfter.flatMap { RetryAfter.read($0, now: now) }
            let error = PollingError(
                status == 429 ? .rateLimited : .status, place: name, "The server answered \(status) again and again.",
                status: status)
            if status == 429 {
                // The server is well and wants fewer requests: no failure for the breaker.
                breaker.succeeded()
            } else {
                breaker.failed(now: now)
            }
            return retry(error, asked: asked, isServerWait: status == 429 || status == 503, now)
        default:
            breaker.succeeded()
            return .fail(
                PollingError(
                    .status, place: name,
                    "The server refuses the request with \(status); check its address and parameters.",
                    status: status))
        }
    }

    private mutating func failed(_ error: PollingError, now: Instant) -> Verdict {
        breaker.failed(now: now)
        return retry(error, asked: nil, isServerWait: false, now)
    }

    private mutating func retry(_ error: PollingError, asked: Instant?, isServerWait: Bool, _ now: Instant) -> Verdict {
        let until = asked ?? now.adding(backoff.next())
        hold = (until, asked != nil || isServerWait ? .server : .backoff)
        return tries < maximumTries ? .retry : .fail(error)
    }

    private static func isTransient(_ error: PollingError) -> Bool {
        switch error.cause {
        case .unreachable, .timeout, .truncated, .transport, .badPage: true
        default: false
        }
    }
}
