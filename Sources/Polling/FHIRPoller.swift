internal import Clinical
internal import FHIR
public import Logging
public import ServiceLifecycle

/// Fetches what is new on a FHIR server, again and again.
///
/// Each query is asked with `_lastUpdated=gt…` and its pages are followed to the end. Every page goes to the sink
/// before the cursor moves, and the cursor moves only when all pages are committed: after a crash or a failure pages
/// come again, but none is missed. An empty page, and one whose every entry has been handed on in the same version
/// before, is not handed on.
public actor FHIRPoller: Service {
    /// Commits a page; when it returns, the page is on disk.
    public typealias Sink = @Sendable (_ page: [UInt8], _ info: PolledPage) async throws -> Void

    private let configuration: FHIRPollerConfiguration
    private let transport: any HTTPTransport
    private let cursors: any PollCursorStore
    private let clock: any PollClock
    private let logger: Logger
    private let sink: Sink
    private var policy: RequestPolicy
    private var token: String?
    private var known: [String: Set<BundlePage.EntryVersion>] = [:]
    private var isPolling = false

    /// - Throws: ``PollingError`` when a token would travel unencrypted to another machine.
    public init(
        configuration: FHIRPollerConfiguration, transport: any HTTPTransport, cursors: any PollCursorStore,
        clock: any PollClock = SystemPollClock(), logger: Logger, sink: @escaping Sink
    ) throws(PollingError) {
        if configuration.token != nil, !configuration.base.isEncrypted, !configuration.base.isLoopback {
            throw PollingError(
                .configuration, place: configuration.name, "A bearer token must not travel over plain HTTP; use https.")
        }
        self.configuration = configuration
        self.transport = transport
        self.cursors = cursors
        self.clock = clock
        var logger = logger
        logger[metadataKey: "server"] = "\(configuration.name)"
        self.logger = logger
        self.sink = sink
        policy = configuration.policy
    }

    /// Polls until graceful shutdown or cancellation. Failures are logged and tried again in the next round.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                _ = await self.poll()
                do {
                    try await self.clock.sleep(for: self.configuration.interval)
                } catch {
                    return
                }
            }
        }
    }

    /// Polls every query once, in order. Empty when another poll is under way.
    public func poll() async -> [PollReport] {
        guard !isPolling else { return [] }
        isPolling = true
        defer { isPolling = false }
        var reports: [PollReport] = []
        for query in configuration.queries {
            let report = await poll(query)
            log(report)
            reports.append(report)
            if report.error?.cause == .cancelled { break }
        }
        return reports
    }

    // MARK: -

    /// What a poll of one query has seen so far.
    private struct Progress {
        var newest: Instant?
        var isAscending = true
        var visited: Set<String> = []
        var versions: Set<BundlePage.EntryVersion> = []
    }

    private func poll(_ query: PollQuery) async -> PollReport {
        var report = PollReport(server: configuration.name, query: query.text)
        let start = clock.now()
        do {
            let from = try await startingPoint(query)
            var progress = Progress()
            var url: String? = firstURL(query, from: from)
            while let current = url, report.pages < configuration.maximumPages {
                progress.visited.insert(current)
                url = try await page(current, query, &report, &progress)
            }
            report.isComplete = url == nil
            try await moveCursor(query, from: from, progress, report, start: start)
        } catch {
            report.error = error
        }
        report.duration = clock.now().duration(since: start)
        return report
    }

    /// Fetches one page and commits it; returns the address of the next one.
    private func page(
        _ url: String, _ query: PollQuery, _ report: inout PollReport, _ progress: inout Progress
    ) async throws(PollingError) -> String? {
        let (bytes, page) = try await fetch(url, &report)
        report.pages += 1
        if report.pages == 1 { report.expected = page.total }
        report.received += page.matchCount
        if let earliest = page.earliest, let newest = progress.newest, earliest < newest { progress.isAscending = false }
        if !page.isAscending { progress.isAscending = false }
        if let newest = page.newest { progress.newest = max(progress.newest ?? newest, newest) }

        let seen = known[query.text] ?? []
        if page.versions.allSatisfy({ $0.map(seen.contains) == true }) {
            if page.entryCount > 0 { report.repeatedPages += 1 }
        } else {
            let info = PolledPage(
                server: configuration.name, query: query.text, number: report.pages, entryCount: page.entryCount,
                received: clock.now())
            do {
                try await sink(bytes, info)
            } catch {
                throw PollingError(
                    .notCommitted, place: configuration.name, "The page could not be committed; it is fetched again later.")
            }
            remember(page, query)
        }
        guard let link = page.next else { return nil }
        guard let next = configuration.base.resolve(link), !progress.visited.contains(next) else {
            throw PollingError(
                .badLink, place: "/link",
                "The link to the next page leads to another server or back to a page already read.")
        }
        return next
    }

    /// Sends a request as often as the policy says until there is a page.
    private func fetch(_ url: String, _ report: inout PollReport) async throws(PollingError) -> ([UInt8], BundlePage) {
        policy.begin()
        while true {
            try await permission(&report)
            let outcome: RequestPolicy.Outcome
            var result: ([UInt8], BundlePage)?
            do {
                let response = try await transport.send(try request(url))
                if (200..<300).contains(response.status) {
                    let limits = JSONLimits(maximumBytes: configuration.maximumBodyBytes)
                    result = (response.body, try BundlePage(response.body, limits: limits))
                }
                outcome = .response(status: response.status, retryAfter: response.header("Retry-After"))
            } catch {
                outcome = .failure(error)
            }
            switch policy.finished(outcome, now: clock.now()) {
            case .accept:
                if let result { return result }
            case .retry:
                report.retries += 1
            case .renewToken:
                token = nil
                report.retries += 1
            case .fail(let error):
                // The next poll reads it again rather than show the server one that it has refused.
                if error.cause == .unauthorized { token = nil }
                throw error
            }
        }
    }

    private func permission(_ report: inout PollReport) async throws(PollingError) {
        while true {
            let now = clock.now()
            switch policy.next(now: now) {
            case .send: return
            case .giveUp(let error): throw error
            case .wait(let until, let reason):
                if reason == .server { report.statusWaits += 1 }
                do {
                    try await clock.sleep(for: max(.milliseconds(1), until.duration(since: now)))
                } catch {
                    throw PollingError(.cancelled, place: configuration.name, "The poll was cancelled.")
                }
            }
        }
    }

    private func request(_ url: String) throws(PollingError) -> TransportRequest {
        var headers = [TransportRequest.Header("Accept", "application/fhir+json")]
        if let source = configuration.token {
            let value: String
            if let token {
                value = token
            } else {
                value = try TokenSource.read(source, place: configuration.name)
            }
            token = value
            headers.append(TransportRequest.Header("Authorization", "Bearer " + value))
        }
        return TransportRequest(
            url: url, headers: headers, timeout: configuration.timeout, maximumBodyBytes: configuration.maximumBodyBytes)
    }

    private func firstURL(_ query: PollQuery, from: Instant?) -> String {
        var pairs = query.parameters.map { ServerURL.encoded($0.name) + "=" + ServerURL.encoded($0.value) }
        if let from {
            pairs.append("_lastUpdated=gt" + ServerURL.encoded(from.adding(.zero - configuration.overlap).description))
        }
        if configuration.isSorted { pairs.append("_sort=_lastUpdated") }
        pairs.append("_count=\(configuration.pageSize)")
        return configuration.base.appending(query.resourceType + "?" + pairs.joined(separator: "&"))
    }

    // MARK: Cursor

    private func key(_ query: PollQuery) -> String {
        "poll/" + configuration.name + "/" + query.text
    }

    private func startingPoint(_ query: PollQuery) async throws(PollingError) -> Instant? {
        let text: String?
        do {
            text = try await cursors.cursor(key(query))
        } catch {
            throw PollingError(.notCommitted, place: configuration.name, "The cursor of the poll cannot be read.")
        }
        guard let text else { return configuration.since }
        guard let time = try? FHIRDateTime.instant(text) else {
            throw PollingError(.notCommitted, place: configuration.name, "The kept cursor of the poll is not a time.")
        }
        return time.instant
    }

    /// Moves the cursor to the newest resource seen, never beyond our own time: a resource from the future must not
    /// hide those of the present.
    private func moveCursor(
        _ query: PollQuery, from: Instant?, _ progress: Progress, _ report: PollReport, start: Instant
    ) async throws(PollingError) {
        if !report.isComplete, !progress.isAscending {
            throw PollingError(
                .badLink, place: configuration.name,
                "More pages than \(configuration.maximumPages) came, in no order; raise the limit or start at a later time."
            )
        }
        guard let newest = progress.newest.map({ min($0, start) }), newest > from ?? .distantPast else { return }
        do {
            try await cursors.setCursor(key(query), to: newest.description)
        } catch {
            throw PollingError(.notCommitted, place: configuration.name, "The cursor of the poll cannot be written.")
        }
        // Older versions cannot come again.
        let horizon = newest.adding(.zero - configuration.overlap)
        known[query.text] = known[query.text]?.filter { $0.updated >= horizon }
    }

    private func remember(_ page: BundlePage, _ query: PollQuery) {
        var seen = known[query.text] ?? []
        // Forgetting costs a page that is handed on twice, never one that is missed.
        if seen.count > 200_000 { seen = [] }
        for case let version? in page.versions { seen.insert(version) }
        known[query.text] = seen
    }

    private func log(_ report: PollReport) {
        var metadata: Logger.Metadata = [
            "resource": "\(report.query.prefix { $0 != "?" })", "received": "\(report.received)",
            "pages": "\(report.pages)",
            "repeatedPages": "\(report.repeatedPages)", "statusWaits": "\(report.statusWaits)",
            "retries": "\(report.retries)", "seconds": "\(report.duration.seconds)",
        ]
        if let expected = report.expected { metadata["expected"] = "\(expected)" }
        if let error = report.error {
            metadata["code"] = "\(error.code)"
            metadata["reason"] = "\(error.reason)"
            logger.warning("poll failed", metadata: metadata)
        } else if report.isMismatch {
            logger.warning("poll received another number of resources than the server announced", metadata: metadata)
        } else {
            logger.info(report.isComplete ? "poll" : "poll, more to come", metadata: metadata)
        }
    }
}
