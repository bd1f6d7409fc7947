import Annotation
import Clinical
import Foundation
import Testing
import Web

@Suite struct WardPageTests {
    private func page(_ change: (inout WardSnapshot) -> Void = { _ in }, path: String = "/ward") async throws -> String {
        let house = House()
        change(&house.snapshot)
        let box = TextBox()
        try await house.serve { port in
            let reply = try await Loopback.get(port, path)
            #expect(reply.status == 200)
            #expect(reply.headers["content-type"] == "text/html; charset=utf-8")
            box.text = reply.text
        }
        return box.text
    }

    private func row(_ page: String, bed: String) -> String {
        let id = SampleWard.patients.first { $0.bed == bed }.map { SampleWard.key($0).resourceID } ?? ""
        guard let start = page.range(of: "id=\"p-\(id)\""), let end = page[start.upperBound...].range(of: "</tr>") else {
            return ""
        }
        return String(page[start.lowerBound..<end.lowerBound])
    }

    @Test func theMostUrgentComeFirst() async throws {
        let page = try await page()
        let positions = ["Okafor", "Marchetti", "Lindqvist", "Haddad", "Dubois", "Petrov"].map {
            page.range(of: $0)?.lowerBound
        }
        #expect(!positions.contains(nil))
        #expect(positions.compactMap { $0 } == positions.compactMap { $0 }.sorted())
    }

    @Test func aRowShowsNumberShapeReasonsAndVitals() async throws {
        let row = row(try await page(), bed: "4")
        #expect(row.contains("aria-label=\"NEWS2 16, high risk, red octagon\""))
        #expect(row.contains("class=\"shape c-red\"") && row.contains("<path d=\"M15 2H33"))
        #expect(row.contains(">16</text>"))
        #expect(row.contains("<b>+3</b> Respiratory rate 27 /min"))
        #expect(row.contains("from 0") && row.contains("09:05"))
        #expect(row.contains("<b>27</b>") && row.contains("/min") && row.contains("3 min</time>"))
        #expect(row.contains("<polyline points="))
        #expect(row.contains("qSOFA <b>3</b>"))
        #expect(row.contains("role=\"rowheader\" scope=\"row\""))
    }

    @Test func missingStaleAndUnknownAreMarked() async throws {
        let page = try await page()
        let range = row(page, bed: "7")
        #expect(range.contains("aria-label=\"NEWS2 2 to 8, up to high risk, red octagon, measurements missing\""))
        #expect(range.contains("incomplete") && range.contains(">2–8</text>"))
        #expect(range.contains("not measured</span>"))
        #expect(range.contains("<b>2 missing</b>, not measured: Respiratory rate, Temperature"))
        let unknown = row(page, bed: "15")
        #expect(unknown.contains("url(#hatch)") && unknown.contains("No score") == false)
        #expect(unknown.contains("NEWS2 cannot be calculated, not enough measurements"))
        let stale = row(page, bed: "3")
        #expect(stale.contains("vital stale") && stale.contains("<span class=\"tag\">old</span>"))
        #expect(stale.contains("9 h</time>"))
    }

    @Test func namesCannotBecomeMarkup() async throws {
        let hostile = [
            "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "\"\u{301} onload=\"x", "<\u{301}img src=x>",
            "{{{title}}} {{> row}}", "&lt;b&gt;", "'\u{200D}><svg/onload=x>", "a\u{0}b",
        ]
        for name in hostile {
            let page = try await page { snapshot in
                snapshot.title = name
                snapshot.wards = [name, "B"]
                snapshot.patients = [SampleWard.row(SampleWard.patients[0])]
                snapshot.patients[0].name = PHI(name)
                snapshot.patients[0].bed = name
                snapshot.patients[0].recordNumber = PHI(name)
                snapshot.patients[0].ward = name
                snapshot.patients[0].vitals[0].valueText = name
                snapshot.patients[0].vitals[0].unit = name
                snapshot.patients[0].vitals[1].valueText = nil
                snapshot.patients[0].vitals[1].missing = name
                snapshot.patients[0].scores[0].reasons[0].text = name
                snapshot.patients[0].scores[0].notes = [name]
                snapshot.patients[0].scores[0].action = name
                snapshot.patients[0].scores[0].chip.number = name
                snapshot.patients[0].scores[0].chip.accessibleLabel = name
                snapshot.patients[0].scores[1].title = name
            }
            // What the sample itself has: one script element, with a source and no content.
            let bytes = Array(page.utf8)
            #expect(
                count("<script", in: bytes) == 1 && count("<script src=\"/static/ward.js\" defer></script>", in: bytes) == 1
            )
            #expect(count("<img", in: bytes) == 0 && count("<\u{301}", in: bytes) == 0)
            #expect(count("\" on", in: bytes) == 0 && count("\"\u{301}", in: bytes) == 0 && count("<svg/", in: bytes) == 0)
            if name.hasPrefix("{{{") { #expect(count("{{{title}}} {{&gt; row}}", in: bytes) > 5) }
        }
    }

    /// By bytes: comparing characters would not see a quote under a combining mark.
    private func count(_ text: String, in bytes: [UInt8]) -> Int {
        let pattern = Array(text.utf8)
        guard bytes.count >= pattern.count else { return 0 }
        return (0...(bytes.count - pattern.count)).filter { bytes[$0] == pattern[0] && bytes[$0...].starts(with: pattern) }
            .count
    }

    @Test func noInlineScriptStyleOrOutsideAddress() async throws {
        let page = try await page()
        #expect(!page.contains(" style=") && !page.contains("<style"))
        #expect(!page.contains("javascript:") && !page.contains("http://") && !page.contains("https://"))
        #expect(page.contains("<html lang=\"en\">") && page.contains("<title>St. Elsewhere</title>"))
        #expect(page.contains("class=\"skip\" href=\"#list\""))
        #expect(page.contains("aria-live=\"polite\""))
    }

    @Test func theRecordedClockIsAnnounced() async throws {
        let recorded = try await page()
        #expect(recorded.contains("Recorded data."))
        let live = try await page { $0.isRecordedClock = false }
        #expect(!live.contains("Recorded data."))
    }

    @Test func anEmptyWardSaysSo() async throws {
        let page = try await page { $0.patients = [] }
        #expect(page.contains("id=\"empty\">No patients on this ward."))
    }

    @Test func wardsCanBeChosen() async throws {
        let page = try await page(path: "/ward?ward=Ward%203%20North")
        #expect(page.contains("href=\"/ward?ward=Ward%203%20North\" aria-current=\"page\">Ward 3 North</a>"))
        #expect(page.contains("href=\"/ward?ward=Ward%204%20%26%20ICU\""))
        let none = try await self.page(path: "/ward?ward=none")
        #expect(none.contains("id=\"empty\">No patients on this ward."))
    }

    @Test func rowsAndFilesByThemselves() async throws {
        let house = House()
        try await house.serve { port in
            let id = SampleWard.key(SampleWard.patients[0]).resourceID
            let row = try await Loopback.get(port, "/ward/rows/\(id)")
            #expect(row.status == 200 && row.text.contains("Okafor, Grace"))
            #expect(try await Loopback.get(port, "/ward/rows/none").status == 404)
            let root = try await Loopback.get(port, "/")
            #expect(root.status == 303 && root.headers["location"] == "/ward")
            #expect(try await Loopback.get(port, "/static/ward.css").headers["content-type"] == "text/css; charset=utf-8")
            #expect(try await Loopback.get(port, "/static/ward.js").text.contains("EventSource"))
            #expect(try await Loopback.get(port, "/static/icon.svg").headers["content-type"] == "image/svg+xml")
            #expect(try await Loopback.get(port, "/static/passwd").status == 404)
        }
    }

    @Test func valuesBeyondReasonStillGiveAPage() async throws {
        let page = try await page { snapshot in
            snapshot.patients = [SampleWard.row(SampleWard.patients[0])]
            snapshot.patients[0].vitals[0].points = [1e300, -1e300, .nan, .infinity, 5].enumerated().map {
                VitalView.Point(time: SampleWard.clock.adding(seconds: Int64(-$0.offset)), value: $0.element)
            }
            snapshot.patients[0].vitals[0].effective = .distantPast
            snapshot.patients[0].vitals[1].effective = .distantFuture
            snapshot.patients[0].vitals[2].contribution = .max
            snapshot.patients[0].scores[0].chip.high = .infinity
            snapshot.patients[0].scores[0].chip.low = .nan
            snapshot.patients[0].scores[0].chip.rank = .max
        }
        #expect(page.contains("Okafor"))
    }
}

/// Carries a text out of a closure that runs in another task.
final class TextBox: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var value = ""

    var text: String {
        get { lock.withLock { value } }
        set { lock.withLock { value = newValue } }
    }
}
