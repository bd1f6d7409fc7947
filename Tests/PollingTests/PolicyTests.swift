import Clinical
import Foundation
import Polling
import Testing

let start = Instant(seconds: 1_767_600_000)

@Suite struct TokenBucketTests {
    @Test func aBurstThenTheRate() {
        var bucket = TokenBucket(capacity: 3, perSecond: 2)
        for _ in 0..<3 { #expect(bucket.take(now: start) == .go) }
        #expect(bucket.take(now: start) == .wait(until: start.adding(milliseconds: 500)))
        #expect(bucket.take(now: start.adding(milliseconds: 499)) != .go)
        #expect(bucket.take(now: start.adding(milliseconds: 500)) == .go)
        #expect(bucket.take(now: start.adding(milliseconds: 500)) == .wait(until: start.adding(milliseconds: 1000)))
        // A long pause fills the bucket to its capacity and no further.
        for _ in 0..<3 { #expect(bucket.take(now: start.adding(seconds: 3600)) == .go) }
        #expect(bucket.take(now: start.adding(seconds: 3600)) != .go)
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func noWindowHoldsMoreThanCapacityAndRate(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let capacity = Int.random(in: 1...10, using: &random)
        let perSecond = Double.random(in: 0.5...20, using: &random)
        var bucket = TokenBucket(capacity: capacity, perSecond: perSecond)
        var now = start
        var granted: [Instant] = []
        for _ in 0..<400 {
            switch bucket.take(now: now) {
            case .go:
                granted.append(now)
            case .wait(let until):
                #expect(until > now)
                // Whoever asks again at the moment named is not sent away.
                now = until
                #expect(bucket.take(now: now) == .go)
                granted.append(now)
            }
            now = Instant(microseconds: now.microseconds + Int64.random(in: 0...400_000, using: &random))
        }
        for first in granted.indices {
            let last = min(granted.count - 1, first + 30)
            let seconds = granted[last].seconds(since: granted[first])
            #expect(Double(last - first + 1) <= Double(capacity) + seconds * perSecond + 1e-3)
        }
    }

    @Test func aClockThatGoesBackGrantsNothing() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1)
        #expect(bucket.take(now: start) == .go)
        #expect(bucket.take(now: start.adding(seconds: -100)) == .wait(until: start.adding(seconds: -99)))
        #expect(bucket.take(now: start.adding(seconds: -99)) == .go)
    }
}

@Suite struct RetryAfterTests {
    /// The examples of RFC 9110, 5.6.7, which all mean the same moment: 784111777 seconds after 1970.
    @Test(arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func theThreeFormsOfADate(_ text: String) {
        #expect(HTTPDate.read(text, now: start) == Instant(seconds: 784_111_777))
        // A date in the past means now; the header's example of RFC 9110, 10.2.3, is such a one.
        #expect(RetryAfter.read(text, now: start) == start)
    }

    @Test func secondsAndDatesAhead() {
        #expect(RetryAfter.read("120", now: start) == start.adding(seconds: 120))
        #expect(RetryAfter.read(" 0 ", now: start) == start)
        // 1767600000 is 2026-01-05T08:00:00Z, a Monday.
        #expect(RetryAfter.read("Mon, 05 Jan 2026 08:01:30 GMT", now: start) == start.adding(seconds: 90))
        #expect(RetryAfter.read("Monday, 05-Jan-26 08:01:30 GMT", now: start) == start.adding(seconds: 90))
        #expect(RetryAfter.read("99999999999999999999999", now: start) == .distantFuture)
    }

    @Test(arguments: [
        "", "soon", "-1", "1.5", "12s", "Mon, 32 Jan 2026 08:01:30 GMT", "Mon, 05 Jan 2026 25:01:30 GMT",
        "Mon, 05 Foo 2026 08:01:30 GMT", "Mon, 05 Jan 2026 08:01 GMT", "Mon, 05 Jan 26 08:01:30 GMT",
        "Mon, 05 Jan 2026 08:01:30 CET", "Mon, 05 Jan 2026 08:01:30", "05-Jan-26",
    ]) func whatIsNeither(_ text: String) {
        #expect(RetryAfter.read(text, now: start) == nil)
    }

    @Test func datesAgreeWithFoundation() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        var random = SplitMix64(seed: 7)
        for _ in 0..<500 {
            let seconds = Int64.random(in: 0...4_000_000_000, using: &random)
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(HTTPDate.read(text, now: start) == Instant(seconds: seconds))
        }
    }

    @Test func arbitraryTextNeverCrashes() {
        var random = SplitMix64(seed: 3)
        let letters = Array("0123456789 :,-GMTJanSunFeb9223372036854775807\u{0}é")
        var read = 0
        for _ in 0..<5000 {
            let text = String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in letters.randomElement(using: &random) ?? " " })
            if RetryAfter.read(text, now: start) != nil { read += 1 }
        }
        #expect(read < 5000)
    }
}

@Suite struct BackoffTests {
    @Test func waitsAreSpreadBelowAGrowingCeiling() {
        var shortest = [Double](repeating: .infinity, count: 10)
        var longest = [Double](repeating: 0, count: 10)
        for seed in 0..<1000 as Range<UInt64> {
            var backoff = Backoff(base: .seconds(1), limit: .seconds(60), seed: seed)
            for failure in 0..<10 {
                let wait = backoff.next().inSeconds
                shortest[failure] = min(shortest[failure], wait)
                longest[failure] = max(longest[failure], wait)
            }
        }
        for failure in 0..<10 {
            let ceiling = min(60, pow(2, Double(failure)))
            #expect(longest[failure] <= ceiling)
            // Full jitter: from nothing to all of it.
            #expect(shortest[failure] < ceiling * 0.02)
            #expect(longest[failure] > ceiling * 0.98)
        }
    }

    @Test func theSameSeedGivesTheSameWaitsAndASuccessStartsAnew() {
        var (one, other) = (Backoff(seed: 42), Backoff(seed: 42))
        for _ in 0..<20 { #expect(one.next() == other.next()) }
        #expect(one.ceiling == .seconds(60))
        one.reset()
        #expect(one.ceiling == .milliseconds(500))
    }
}

@Suite struct CircuitBreakerTests {
    @Test func itOpensAfterFailuresInARow() {
        var breaker = CircuitBreaker(threshold: 3, pause: .seconds(30))
        breaker.failed(now: start)
        breaker.failed(now: start)
        breaker.succeeded()
        breaker.failed(now: start)
        breaker.failed(now: start)
        #expect(breaker.permit(now: start) == .go)
        breaker.failed(now: start)
        #expect(breaker.permit(now: start) == .refuse(until: start.adding(seconds: 30)))
        #expect(breaker.permit(now: start.adding(seconds: 29)) == .refuse(until: start.adding(seconds: 30)))
    }

    @Test func oneTrialDecides() {
        var breaker = CircuitBreaker(threshold: 1, pause: .seconds(30))
        breaker.failed(now: start)
        let later = start.adding(seconds: 30)
        #expect(breaker.permit(now: later) == .go)
        #expect(breaker.permit(now: later) == .refuse(until: start.adding(seconds: 60)))
        breaker.failed(now: later)
        #expect(breaker.permit(now: later) == .refuse(until: start.adding(seconds: 60)))
        #expect(breaker.permit(now: start.adding(seconds: 60)) == .go)
        breaker.succeeded()
        #expect(!breaker.isOpen)
        #expect(breaker.permit(now: start.adding(seconds: 60)) == .go)
    }

    @Test func aTrialWithoutOutcomeDoesNotBlockForever() {
        var breaker = CircuitBreaker(threshold: 1, pause: .seconds(30))
        breaker.failed(now: start)
        #expect(breaker.permit(now: start.adding(seconds: 30)) == .go)
        #expect(breaker.permit(now: start.adding(seconds: 60)) == .go)
    }
}

@Suite struct RequestPolicyTests {
    private static func policy(tries: Int = 8, threshold: Int = 5) -> RequestPolicy {
        RequestPolicy(
            name: "ehr", bucket: TokenBucket(capacity: 100, perSecond: 100), backoff: Backoff(base: .seconds(1), seed: 1),
            breaker: CircuitBreaker(threshold: threshold, pause: .seconds(30)), maximumTries: tries)
    }

    @Test(arguments: [429, 503]) func retryAfterIsObeyed(_ status: Int) {
        var policy = Self.policy()
        policy.begin()
        #expect(policy.next(now: start) == .send)
        #expect(policy.finished(.response(status: status, retryAfter: "7"), now: start) == .retry)
        #expect(policy.next(now: start) == .wait(until: start.adding(seconds: 7), .server))
        #expect(policy.next(now: start.adding(seconds: 6)) == .wait(until: start.adding(seconds: 7), .server))
        #expect(policy.next(now: start.adding(seconds: 7)) == .send)
        #expect(policy.finished(.response(status: 200, retryAfter: nil), now: start.adding(seconds: 7)) == .accept)
    }

    @Test func theServersWaitHoldsForTheNextRequestToo() {
        var policy = Self.policy(tries: 1)
        policy.begin()
        #expect(policy.next(now: start) == .send)
        guard case .fail(let error) = policy.finished(.response(status: 429, retryAfter: "5"), now: start) else {
            Issue.record("one try was allowed")
            return
        }
        #expect(error.cause == .rateLimited)
        #expect(error.status == 429)
        policy.begin()
        #expect(policy.next(now: start) == .wait(until: start.adding(seconds: 5), .server))
    }

    @Test func aWaitThatIsTooLongEndsThePollButIsKept() {
        var policy = Self.policy()
        policy.begin()
        #expect(policy.next(now: start) == .send)
        #expect(policy.finished(.response(status: 503, retryAfter: "86400"), now: start) == .retry)
        guard case .giveUp(let error) = policy.next(now: start) else {
            Issue.record("a day is too long to wait")
            return
        }
        #expect(error.cause == .rateLimited)
        policy.begin()
        guard case .giveUp = policy.next(now: start.adding(seconds: 3600)) else {
            Issue.record("the wait is not over")
            return
        }
        #expect(policy.next(now: start.adding(seconds: 86_400)) == .send)
    }

    @Test func failuresBackOffAndThenLeaveTheServerAlone() {
        var policy = Self.policy(threshold: 3)
        policy.begin()
        var now = start
        for failure in 0..<3 {
            #expect(policy.next(now: now) == .send)
            let error = PollingError(.timeout, place: "request", "late")
            #expect(policy.finished(.failure(error), now: now) == .retry)
            let ceiling = now.adding(seconds: 1 << failure)
            if case .wait(let until, let reason) = policy.next(now: now) {
                #expect(reason == .backoff)
                #expect(until <= ceiling)
                now = until
            }
        }
        guard case .giveUp(let error) = policy.next(now: now) else {
            Issue.record("three failures in a row open the circuit")
            return
        }
        #expect(error.cause == .circuitOpen)
        #expect(policy.next(now: now.adding(seconds: 31)) == .send)
    }

    @Test func aRateLimitIsNoFailure() {
        var policy = Self.policy(tries: 20, threshold: 2)
        policy.begin()
        var now = start
        for _ in 0..<10 {
            #expect(policy.next(now: now) == .send)
            #expect(policy.finished(.response(status: 429, retryAfter: "1"), now: now) == .retry)
            now = now.adding(seconds: 1)
        }
        #expect(policy.next(now: now) == .send)
    }

    @Test func theTokenIsRenewedOnce() {
        var policy = Self.policy()
        policy.begin()
        #expect(policy.next(now: start) == .send)
        #expect(policy.finished(.response(status: 401, retryAfter: nil), now: start) == .renewToken)
        #expect(policy.next(now: start) == .send)
        guard case .fail(let error) = policy.finished(.response(status: 401, retryAfter: nil), now: start) else {
            Issue.record("the second 401 is final")
            return
        }
        #expect(error.cause == .unauthorized)
    }

    @Test(arguments: [(301, PollingError.Cause.redirect), (400, .status), (403, .status), (404, .status), (410, .status)])
    func finalAnswersAreNotRepeated(_ status: Int, _ cause: PollingError.Cause) {
        var policy = Self.policy()
        policy.begin()
        #expect(policy.next(now: start) == .send)
        guard case .fail(let error) = policy.finished(.response(status: status, retryAfter: nil), now: start) else {
            Issue.record("status \(status) is final")
            return
        }
        #expect(error.cause == cause)
        #expect(error.status == status)
    }

    @Test func certificatesAndSizesAreNotRepeated() {
        for cause in [PollingError.Cause.tls, .tooLarge, .configuration, .cancelled, .token] {
            var policy = Self.policy()
            policy.begin()
            #expect(policy.next(now: start) == .send)
            let error = PollingError(cause, place: "request", "no")
            #expect(policy.finished(.failure(error), now: start) == .fail(error))
        }
    }
}

extension Instant {
    func adding(milliseconds: Int64) -> Instant {
        Instant(microseconds: microseconds + milliseconds * 1000)
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
