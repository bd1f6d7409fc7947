import Annotation
import Clinical
import FHIR
import Foundation
import Testing
import Web

/// Frames of the HTML Living Standard, section 9.2, "Server-sent events".
@Suite struct WardEventTests {
    private static let counters = WardCounters(messages: 1, quarantined: 2, unmapped: 3)

    private func updated(_ index: Int, ward: String? = "Ward 3 North", name: String? = nil) -> WardChange {
        var row = SampleWard.row(SampleWard.patients[index])
        row.ward = ward
        if let name { row.name = PHI(name) }
        return WardChange(.updated(row), clock: SampleWard.clock, counters: Self.counters)
    }

    private func open(_ port: Int, _ query: String = "", lastEventID: String? = nil) async throws -> Loopback {
        let connection = try Loopback(port: port)
        let header = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        await connection.send(Array("GET /ward/events\(query) HTTP/1.1\r\nHost: x\r\n\(header)\r\n".utf8))
        return connection
    }

    private func lastID(_ text: String) -> String? {
        text.components(separatedBy: "\n").last { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
    }

    private func data(_ text: String, event: String) -> JSON? {
        let frames = text.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n\n")
        let frame = frames.first { $0.contains("event: \(event)\n") }
        let line = frame?.components(separatedBy: "\n").first { $0.hasPrefix("data: ") }
        return line.flatMap { try? JSON(parsing: Array($0.dropFirst(6).utf8)) }
    }

    @Test func aChangedRowIsPushed() async throws {
        let house = House()
        try await house.serve { port in
            let page = try await open(port)
            let opening = await page.receive(until: "\n\n")
            #expect(opening.contains("200 OK") && opening.lowercased().contains("content-type: text/event-stream"))
            let rest = opening.contains("retry: ") ? opening : await page.receive(until: "retry: ")
            #expect(rest.contains("retry: 2000\nid: "))
            house.change(updated(0, name: "Line\nbreak \"quoted\" <b>"))
            let text = await page.receive(until: "\"unmapped\":3}")
            let json = try #require(data(text, event: "row"))
            #expect(json["patient"]?.stringValue == SampleWard.key(SampleWard.patients[0]).resourceID)
            #expect(json["html"]?.stringValue?.contains("NEWS2 16, high risk, red octagon") == true)
            #expect(json["html"]?.stringValue?.contains("&lt;b&gt;") == true)
            #expect(json["announcement"]?.stringValue?.contains("NEWS2 16, high risk, red octagon, was 0") == true)
            #expect(json["messages"]?.integerValue == 1 && json["quarantined"]?.integerValue == 2)
            #expect(json["clock"]?.integerValue == 1_767_621_900_000)
        }
    }

    @Test func noAnnouncementWithoutEscalation() async throws {
        let house = House()
        try await house.serve { port in
            let page = try await open(port)
            _ = await page.receive(until: "retry: ")
            house.change(updated(7))
            let json = try #require(data(await page.receive(until: "\"unmapped\":3}"), event: "row"))
            #expect(json["announcement"] == nil)
        }
    }

    @Test func aPageResumesAfterItsLastEvent() async throws {
        let house = House()
        try await house.serve { port in
            let first = try await open(port)
            _ = await first.receive(until: "retry: ")
            house.change(updated(0))
            let seen = try #require(lastID(await first.receive(until: "\"unmapped\":3}")))
            house.change(WardChange(.removed(patient: "gone"), clock: SampleWard.clock, counters: Self.counters))
            _ = await first.receive(until: "\"unmapped\":3}")
            let header = try await open(port, lastEventID: seen)
            #expect(data(await header.receive(until: "event: removal"), event: "reset") == nil)
            let query = try await open(port, "?after=\(seen)")
            let text = await query.receive(until: "\"unmapped\":3}")
            #expect(data(text, event: "removal")?["patient"]?.stringValue == "gone")
            #expect(data(text, event: "row") == nil)
        }
    }

    @Test(arguments: ["unknown-1", "nonsense", "a-99999999999999999999", "-"])
    func aPageWithAnUnknownPastStartsAnew(id: String) async throws {
        let house = House()
        try await house.serve { port in
            let page = try await open(port, lastEventID: id)
            #expect(await page.receive(until: "event: reset").contains("event: reset"))
        }
    }

    @Test func thePageKnowsWhereItsEventsBegin() async throws {
        let house = House()
        try await house.serve { port in
            let html = try await Loopback.get(port, "/ward").text
            let start = try #require(html.range(of: "data-event-id=\""))
            let id = String(html[start.upperBound...].prefix { $0 != "\"" })
            let watcher = try await open(port)
            _ = await watcher.receive(until: "retry: ")
            house.change(updated(1))
            _ = await watcher.receive(until: "\"unmapped\":3}")
            // Opened after the change, from the id of before: nothing is lost in between.
            let late = try await open(port, "?after=\(id)")
            #expect(data(await late.receive(until: "\"unmapped\":3}"), event: "row") != nil)
        }
    }

    @Test func anotherWardSeesARemoval() async throws {
        let house = House()
        try await house.serve { port in
            let page = try await open(port, "?ward=Ward%204")
            _ = await page.receive(until: "retry: ")
            house.change(updated(0))
            let text = await page.receive(until: "\"unmapped\":3}")
            #expect(
                data(text, event: "removal")?["patient"]?.stringValue == SampleWard.key(SampleWard.patients[0]).resourceID)
            #expect(!text.contains("Okafor"))
        }
    }

    @Test func countersAlone() async throws {
        let house = House()
        try await house.serve { port in
            let page = try await open(port)
            _ = await page.receive(until: "retry: ")
            house.change(WardChange(.counters, clock: SampleWard.clock, counters: Self.counters))
            #expect(data(await page.receive(until: "\"unmapped\":3}"), event: "counters")?["messages"]?.integerValue == 1)
        }
    }

    @Test func heartbeatsKeepTheLineOpen() async throws {
        let house = House()
        try await house.serve(WebConfiguration(heartbeatSeconds: 1)) { port in
            let page = try await open(port)
            #expect(await page.receive(until: ": heartbeat\n\n").contains(": heartbeat\n\n"))
        }
    }

    @Test func pagesBeyondTheLimitAreRefused() async throws {
        let house = House()
        try await house.serve(WebConfiguration(maximumEventClients: 1)) { port in
            let first = try await open(port)
            _ = await first.receive(until: "retry: ")
            let second = try await Loopback.get(port, "/ward/events")
            #expect(second.status == 503 && second.headers["retry-after"] == "10")
        }
    }

    @Test func aClosedPageMakesRoom() async throws {
        let house = House()
        try await house.serve(WebConfiguration(maximumEventClients: 1, heartbeatSeconds: 1)) { port in
            do {
                let first = try await open(port)
                _ = await first.receive(until: "retry: ")
            }
            var text = ""
            for _ in 0..<100 where !text.contains("retry: ") {
                let next = try await open(port)
                text = await next.receive(until: "\r\n\r\n")
                if text.contains("200 OK") { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(text.contains("200 OK"))
        }
    }

    /// A page that does not read is cut off; the others lose nothing.
    @Test func aSlowPageIsDropped() async throws {
        let house = House()
        try await house.serve(WebConfiguration(eventBuffer: 4)) { port in
            let slow = try Loopback(port: port, receiveBuffer: 4096)
            await slow.send(Array("GET /ward/events HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            let quick = try await open(port)
            _ = await quick.receive(until: "retry: ")
            for round in 0..<1500 {
                house.change(updated(round % 16, name: "Round \(round)."))
                if round % 100 == 99 { _ = await quick.receive(until: "Round \(round).") }
            }
            // What was under way arrives, then the end of the stream.
            var total = 0
            while true {
                let bytes = await slow.receive()
                if bytes.isEmpty { break }
                total += bytes.count
                #expect(total < 64 << 20)
            }
            #expect(total > 0)
            house.change(updated(0, name: "Still here"))
            #expect(await quick.receive(until: "Still here").contains("Still here"))
        }
    }

    @Test func shutdownEndsOpenStreams() async throws {
        let house = House()
        let box = TextBox()
        let kept = ConnectionBox()
        try await house.serve { port in
            let page = try await open(port)
            box.text = await page.receive(until: "retry: ")
            kept.connection = page
        }
        // serve() returned: the server did not wait for the page to go away.
        #expect(box.text.contains("200 OK"))
        #expect(kept.connection != nil)
    }
}

/// Keeps a connection open beyond the closure that opened it.
final class ConnectionBox: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var value: Loopback?

    var connection: Loopback? {
        get { lock.withLock { value } }
        set { lock.withLock { value = newValue } }
    }
}
