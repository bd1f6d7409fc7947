import Clinical
import FHIR
import Foundation
import Logging
import Polling
import ServiceLifecycle
import Testing

/// The poller through libcurl against a server that is scripted, in virtual time.
@Suite(.timeLimit(.minutes(2))) struct FHIRPollerTests {
    @Test func pagesAreFollowedToTheEndAndCommittedBeforeTheCursorMoves() async throws {
        let bench = try Bench { request, _, bench in
            switch request.target.contains("page=") {
            case false:
                let next = bench.base + "/Observation?page=2"
                return Bench.page(total: 5, next: next, ["a": "2026-01-05T07:00:00Z", "b": "2026-01-05T07:01:00.250Z"])
            case true where request.target.hasSuffix("page=2"):
                return Bench.page(
                    next: "/fhir/Observation?page=3", ["c": "2026-01-05T08:02:00+01:00", "d": "2026-01-05T07:03:00Z"])
            default:
                return Bench.page(["e": "2026-01-05T07:04:00Z"])
            }
        }
        defer { bench.stop() }
        let reports = try await bench.poll()
        let report = try #require(reports.first)
        #expect(report.expected == 5)
        #expect(report.received == 5)
        #expect(report.pages == 3)
        #expect(report.isComplete)
        #expect(!report.isMismatch)
        #expect(report.error == nil)
        #expect(
            bench.server.requests.map(\.line) == [
                "GET /fhir/Observation?category=vital-signs&_sort=_lastUpdated&_count=50 HTTP/1.1",
                "GET /fhir/Observation?page=2 HTTP/1.1", "GET /fhir/Observation?page=3 HTTP/1.1",
            ])
        #expect(bench.server.requests.allSatisfy { $0.headers["accept"] == "application/fhir+json" })
        // The bytes as they came, in order, all before the cursor was written.
        #expect(bench.log == ["page 1: a b", "page 2: c d", "page 3: e", "cursor 2026-01-05T07:04:00Z"])
    }

    @Test func theNextPollStartsAnOverlapBeforeTheNewest() async throws {
        let bench = try Bench { request, _, _ in
            request.target.contains("gt2026-01-05T06:59:00Z")
                ? Bench.page(["a": "2026-01-05T07:00:00Z", "b": "2026-01-05T07:00:30Z"])
                : Bench.page(["a": "2026-01-05T07:00:00Z"])
        }
        defer { bench.stop() }
        let poller = try bench.poller()
        _ = await poller.poll()
        let second = await poller.poll()
        #expect(bench.server.requests.last?.target.contains("_lastUpdated=gt2026-01-05T06:59:00Z") == true)
        #expect(second.first?.received == 2)
        #expect(
            bench.log == ["page 1: a", "cursor 2026-01-05T07:00:00Z", "page 1: a b", "cursor 2026-01-05T07:00:30Z"])
    }

    @Test func aPageWithoutAnythingNewIsNotHandedOnAgainButANewVersionIs() async throws {
        let bench = try Bench { _, number, _ in
            switch number {
            case 1, 2: Bench.page(["a": "2026-01-05T07:00:00Z"])
            case 3: Bench.page([:])
            default: Bench.page(["a": "2026-01-05T07:00:10Z"])
            }
        }
        defer { bench.stop() }
        let poller = try bench.poller()
        var reports: [PollReport] = []
        for _ in 0..<4 { reports += await poller.poll() }
        #expect(reports.map(\.repeatedPages) == [0, 1, 0, 0])
        #expect(reports.map(\.received) == [1, 1, 0, 1])
        #expect(bench.log == ["page 1: a", "cursor 2026-01-05T07:00:00Z", "page 1: a", "cursor 2026-01-05T07:00:10Z"])
    }

    @Test func retryAfterIsWaitedFor() async throws {
        let bench = try Bench { _, number, _ in
            switch number {
            case 1: [ScriptedServer.response(429, ["Retry-After: 17"])]
            // 13 s after the virtual time that it then is: 2026-01-05T08:00:17Z.
            case 2: [ScriptedServer.response(503, ["Retry-After: Mon, 05 Jan 2026 08:00:30 GMT"])]
            default: Bench.page(["a": "2026-01-05T07:00:00Z"])
            }
        }
        defer { bench.stop() }
        let report = try await bench.poll().first
        #expect(bench.clock.sleeps == [.seconds(17), .seconds(13)])
        #expect(report?.statusWaits == 2)
        #expect(report?.duration == .seconds(30))
        #expect(report?.isComplete == true)
        #expect(bench.log == ["page 1: a", "cursor 2026-01-05T07:00:00Z"])
    }

    @Test func ourOwnRateLimitIsKept() async throws {
        let bench = try Bench { request, _, _ in
            let page = Int(request.target.split(separator: "=").last ?? "") ?? 0
            return Bench.page(
                next: page >= 10 && page < 50 ? nil : "?page=\(page == 50 ? 1 : page + 1)",
                ["r\(page)": "2026-01-05T07:00:00Z"])
        }
        defer { bench.stop() }
        let report = try await bench.poll {
            $0.policy = RequestPolicy(bucket: TokenBucket(capacity: 1, perSecond: 2))
        }.first
        #expect(report?.pages == 11)
        #expect(bench.clock.sleeps == [Duration](repeating: .milliseconds(500), count: 10))
    }

    @Test func theTokenIsReadAnewAfter401() async throws {
        let file = NSTemporaryDirectory() + "token-" + UUID().uuidString
        try "old-token\n".write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let bench = try Bench { request, number, _ in
            if request.headers["authorization"] == "Bearer new-token" { return Bench.page(["a": "2026-01-05T07:00:00Z"]) }
            if number == 2 { try? "new-token\n".write(toFile: file, atomically: true, encoding: .utf8) }
            return [ScriptedServer.response(401)]
        }
        defer { bench.stop() }
        let poller = try bench.poller { $0.token = .file(file) }
        let first = await poller.poll()
        #expect(first.first?.error?.cause == .unauthorized)
        #expect(first.first?.error?.status == 401)
        let second = await poller.poll()
        #expect(second.first?.error == nil)
        #expect(
            bench.server.requests.map { $0.headers["authorization"] }
                == ["old-token", "old-token", "new-token"].map { "Bearer " + $0 })
        #expect(bench.log == ["page 1: a", "cursor 2026-01-05T07:00:00Z"])
    }

    @Test func aTokenThatCannotBeReadOrWouldBeExposedIsAnError() async throws {
        let bench = try Bench { _, _, _ in Bench.page([:]) }
        defer { bench.stop() }
        for token in [
            FHIRPollerConfiguration.Token.file("/nonexistent/token"), .environment("HEADWALL_TEST_NO_SUCH_VARIABLE"),
        ] {
            #expect(try await bench.poll { $0.token = token }.first?.error?.cause == .token)
        }
        #expect(bench.server.requests.isEmpty)
        let exposed = try ServerURL("http://ehr.example.org/fhir")
        let error = #expect(throws: PollingError.self) {
            try bench.poller {
                $0.base = exposed
                $0.token = .file("/nonexistent/token")
            }
        }
        #expect(error?.cause == .configuration)
    }

    @Test func aPageThatIsNotCommittedComesAgain() async throws {
        let bench = try Bench { request, _, _ in
            request.target.contains("page=2")
                ? Bench.page(["b": "2026-01-05T07:01:00Z"])
                : Bench.page(next: "?page=2", ["a": "2026-01-05T07:00:00Z"])
        }
        defer { bench.stop() }
        bench.failures = 1
        let poller = try bench.poller()
        let first = await poller.poll()
        #expect(first.first?.error?.cause == .notCommitted)
        #expect(bench.log.isEmpty)
        bench.failures = 0
        let second = await poller.poll()
        #expect(second.first?.error == nil)
        #expect(bench.server.requests.last { !$0.target.contains("page=") }?.target.contains("_lastUpdated=gt") == false)
        #expect(bench.log == ["page 1: a", "page 2: b", "cursor 2026-01-05T07:01:00Z"])
    }

    @Test func aFailureAfterSomePagesLeavesTheCursor() async throws {
        let bench = try Bench { request, number, _ in
            switch request.target.contains("page=2") {
            case true where number < 3: [ScriptedServer.response(404)]
            case true: Bench.page(["b": "2026-01-05T07:01:00Z"])
            case false: Bench.page(next: "?page=2", ["a": "2026-01-05T07:00:00Z"])
            }
        }
        defer { bench.stop() }
        let poller = try bench.poller()
        let first = await poller.poll()
        #expect(first.first?.error?.cause == .status)
        #expect(first.first?.error?.status == 404)
        #expect(bench.log == ["page 1: a"])
        // The first page has been committed; only the second is new.
        let second = await poller.poll()
        #expect(second.first?.isComplete == true)
        #expect(bench.log == ["page 1: a", "page 2: b", "cursor 2026-01-05T07:01:00Z"])
    }

    @Test func truncatedSlowAndSenselessAnswersAreTriedAgain() async throws {
        let bench = try Bench { _, number, _ in
            switch number {
            case 1: [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"resourceType\":".utf8)), .close]
            case 2: [.send(Array("HTTP/1.1 200 OK\r\n\r\n{\"resourceType\":\"Bundle\",\"entry\":[".utf8)), .close]
            case 3: [ScriptedServer.response(200, [], Array("<html>maintenance</html>".utf8))]
            case 4:
                [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".utf8)), .pause(milliseconds: 1500), .close]
            default: Bench.page(["a": "2026-01-05T07:00:00Z"])
            }
        }
        defer { bench.stop() }
        let report = try await bench.poll {
            $0.timeout = .milliseconds(500)
            $0.policy = RequestPolicy(backoff: Backoff(base: .seconds(1), seed: 1), breaker: CircuitBreaker(threshold: 10))
        }.first
        #expect(report?.retries == 4)
        #expect(report?.error == nil)
        #expect(bench.clock.sleeps.count == 4)
        #expect(bench.log == ["page 1: a", "cursor 2026-01-05T07:00:00Z"])
    }

    @Test func anAnswerThatIsNeverABundleIsAnErrorWithItsPlace() async throws {
        let bench = try Bench { _, _, _ in
            [ScriptedServer.response(200, [], Array(#"{"resourceType":"OperationOutcome"}"#.utf8))]
        }
        defer { bench.stop() }
        let report = try await bench.poll {
            $0.policy = RequestPolicy(breaker: CircuitBreaker(threshold: 100), maximumTries: 3)
        }.first
        #expect(report?.error?.cause == .badPage)
        #expect(report?.error?.place == "/resourceType")
        #expect(bench.server.requests.count == 3)
        #expect(bench.log.isEmpty)
    }

    @Test(arguments: [
        "http://127.0.0.1:1/fhir/Observation?page=2", "https://evil.example.org/", "//evil.example.org/",
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
    ]) func aLinkToElsewhereIsNotFollowed(_ link: String) async throws {
        let bench = try Bench { _, _, _ in Bench.page(next: link, ["a": "2026-01-05T07:00:00Z"]) }
        defer { bench.stop() }
        let report = try await bench.poll().first
        #expect(report?.error?.cause == .badLink)
        #expect(bench.server.requests.count == 1)
        #expect(bench.log == ["page 1: a"])
    }

    @Test func aCircleOfLinksEnds() async throws {
        let bench = try Bench { request, number, _ in
            Bench.page(
                next: request.target.contains("page=2") ? "?page=3" : "?page=2", ["r\(number)": "2026-01-05T07:00:00Z"])
        }
        defer { bench.stop() }
        let report = try await bench.poll().first
        #expect(report?.error?.cause == .badLink)
        #expect(report?.pages == 3)
    }

    @Test func aLongFirstFetchProceedsPollByPoll() async throws {
        // Ten resources, one a page and minute, sorted as asked for; at most four pages a poll.
        let bench = try Bench { request, _, _ in
            let parameters = request.target.split { "?&".contains($0) }
            let skip = parameters.first { $0.hasPrefix("skip=") }.flatMap { Int($0.dropFirst(5)) }
            let from = parameters.first { $0.hasPrefix("_lastUpdated=gt") }.flatMap { Int($0.dropFirst(29).prefix(2)) }
            let minute = skip ?? from.map { $0 + 1 } ?? 0
            if minute > 9 { return Bench.page([:]) }
            return Bench.page(
                next: minute < 9 ? "?skip=\(minute + 1)" : nil, ["r\(minute)": "2026-01-05T07:0\(minute):00Z"])
        }
        defer { bench.stop() }
        let poller = try bench.poller {
            $0.maximumPages = 4
            $0.overlap = .zero
        }
        var reports: [PollReport] = []
        for _ in 0..<4 { reports += await poller.poll() }
        #expect(reports.map(\.isComplete) == [false, false, true, true])
        #expect(reports.map(\.received) == [4, 4, 2, 0])
        #expect(bench.log.filter { $0.hasPrefix("page") }.map { $0.suffix(2) } == (0..<10).map { "r\($0)" })
        #expect(bench.log.last == "cursor 2026-01-05T07:09:00Z")
    }

    @Test func tooManyPagesInNoOrderAreAnErrorAndTheCursorStays() async throws {
        let bench = try Bench { _, number, _ in
            Bench.page(next: "?page=\(number)", ["r\(number)": "2026-01-05T07:0\(9 - number):00Z"])
        }
        defer { bench.stop() }
        let report = try await bench.poll { $0.maximumPages = 4 }.first
        #expect(report?.error != nil)
        #expect(report?.isComplete == false)
        #expect(!bench.log.contains { $0.hasPrefix("cursor") })
    }

    @Test func aResourceFromTheFutureDoesNotHideThePresent() async throws {
        let bench = try Bench { _, _, _ in Bench.page(["a": "2999-01-01T00:00:00Z"]) }
        defer { bench.stop() }
        _ = try await bench.poll()
        #expect(bench.log == ["page 1: a", "cursor 2026-01-05T08:00:00Z"])
    }

    @Test func aMismatchIsAWarningAndALineHoldsNoContent() async throws {
        let file = NSTemporaryDirectory() + "token-" + UUID().uuidString
        try "CANARY-token".write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let bench = try Bench { request, number, _ in
            switch number {
            case 1: Bench.page(total: 3, ["CANARY-1": "2026-01-05T07:00:00Z", "CANARY-2": "2026-01-05T07:00:00Z"])
            case 2: [ScriptedServer.response(400, ["X: CANARY"], Array("CANARY".utf8))]
            default: Bench.page(next: "http://CANARY.example.org/", ["CANARY-3": "CANARY"])
            }
        }
        defer { bench.stop() }
        let poller = try bench.poller {
            $0.token = .file(file)
            $0.queries = [try PollQuery("Observation", parameters: [.init("patient", "CANARY")])]
        }
        let first = await poller.poll()
        #expect(first.first?.isMismatch == true)
        _ = await poller.poll()
        _ = await poller.poll()
        let lines = bench.lines.all
        #expect(lines.count == 3)
        #expect(lines.first?.hasPrefix("warning") == true)
        for part in ["server=ehr", "resource=Observation", "expected=3", "received=2", "pages=1", "statusWaits=0"] {
            #expect(lines.first?.contains(part) == true)
        }
        #expect(lines.allSatisfy { !$0.contains("CANARY") && !$0.contains("http") })
    }

    @Test func outcomesAndIncludedResourcesAreNotCountedAsMatches() async throws {
        let page = #"""
            {"resourceType":"Bundle","type":"searchset","total":1,"entry":[
            {"resource":{"resourceType":"Observation","id":"a","meta":{"lastUpdated":"2026-01-05T07:00:00Z"}},"search":{"mode":"match"}},
            {"resource":{"resourceType":"Patient","id":"p","meta":{"lastUpdated":"2026-01-05T07:30:00Z"}},"search":{"mode":"include"}},
            {"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]}
            """#
        let bench = try Bench { _, _, _ in [ScriptedServer.response(200, [], Array(page.utf8))] }
        defer { bench.stop() }
        let report = try await bench.poll().first
        #expect(report?.received == 1)
        #expect(report?.isMismatch == false)
        // The cursor follows what was searched for: an included resource may be newer.
        #expect(bench.log.last == "cursor 2026-01-05T07:00:00Z")
    }

    @Test func theServicePollsUntilShutdown() async throws {
        let bench = try Bench { _, number, _ in Bench.page(["r\(number)": "2026-01-05T07:00:00Z"]) }
        defer { bench.stop() }
        let poller = try bench.poller()
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: poller)],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            while bench.server.requests.count < 3 { try await Task.sleep(for: .milliseconds(2)) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(bench.clock.sleeps.contains(.seconds(60)))
        #expect(bench.log.count >= 2)
        await bench.transport.shutdown()
    }
}
