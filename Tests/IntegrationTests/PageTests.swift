import Clinical
import Doors
import FHIR
import Foundation
import HL7v2
import Testing

extension ProgramTests {
    @Suite(
        "The ward page in a browser",
        .enabled(if: Chromium.executable != nil, "SKIPPED: no chromium in PATH; install Debian's package chromium"))
    struct PageTests {
        /// NEWS2 by the published chart (RCP 2017, chart 1): 3 for 26 breaths, 2 for 93 %, 2 for oxygen, 1 for 105 mmHg, 2 for a
        /// pulse of 115, 0 for alert, 1 for 38.5 °C.
        private static let deteriorating = VitalsMessage.news2(
            heartRate: 115, respiratoryRate: 26, saturation: 93, systolic: 105, temperature: "38.5", oxygen: 2)
        private static let stable = VitalsMessage.news2(
            heartRate: 75, respiratoryRate: 14, saturation: 98, systolic: 125, temperature: "36.8")
        /// 2 for 22 breaths, 1 for a pulse of 95.
        private static let worse = VitalsMessage.news2(
            heartRate: 95, respiratoryRate: 22, saturation: 98, systolic: 125, temperature: "36.8")
        /// As bad as the first, and 3 for reacting to voice only.
        private static let worst = VitalsMessage.news2(
            heartRate: 115, respiratoryRate: 26, saturation: 93, systolic: 105, temperature: "38.5", oxygen: 2,
            isAlert: false)

        @Test(.timeLimit(.minutes(2))) func aDeterioratingPatientIsSeenAndUpdatesArriveLive() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }]
                doors:
                  mllp: [{ name: in, port: 0, source: monitors }]
                  http: { port: 0, source: monitors, wardTitle: Test ward }
                """)
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: try #require(server.mllpPorts["in"]))
            let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
            func send(
                _ number: String, _ name: String, _ results: [(code: String, value: String, unit: String)], ago: Int64
            )
                async throws
            {
                let message = VitalsMessage(
                    control: "\(number)-\(ago)", number: number, name: name,
                    time: VitalsMessage.stamp(now.adding(seconds: -ago)), results: results)
                let reply = try Acknowledgement.parse(try await client.send(message.bytes))
                try #require(reply.code == .AA)
            }
            for (number, name) in [("PG1", "Calm^Cora"), ("PG2", "Steady^Stan"), ("PG3", "Worse^Wanda")] {
                try await send(number, name, Self.stable, ago: 1200)
            }
            try await send("PG3", "Worse^Wanda", Self.deteriorating, ago: 600)

            let browser = try Chromium(folder: folder)
            try await browser.open("http://127.0.0.1:\(server.httpPort)/ward")
            try await browser.wait(for: "document.getElementById('connection').className === 'live'")
            try await browser.wait(for: "document.querySelectorAll('tr.patient').length === 3")

            let wanda = Self.row("PG3")
            try await browser.wait(for: "\(wanda).querySelector('svg.shape text').textContent === '11'")
            // The most urgent patient is first.
            #expect(try await browser.evaluate("document.querySelector('tr.patient') === \(wanda)").boolValue == true)
            // Number, shape and words, so that colour is not the only cue; seen without a click.
            let label = try await browser.evaluate("\(wanda).querySelector('svg.shape').getAttribute('aria-label')")
            #expect(label.stringValue?.contains("11") == true && label.stringValue?.contains("high") == true)
            #expect(label.stringValue?.contains("octagon") == true, "\(label)")
            let shape = "\(wanda).querySelector('svg.shape').querySelector('polygon, path, circle, rect').outerHTML"
            let shapeOfCora = shape.replacing(wanda, with: Self.row("PG1"))
            #expect(try await browser.evaluate("\(shape) !== \(shapeOfCora)").boolValue == true)
            let isSeen = """
                (selector => { const e = \(wanda).querySelector(selector), b = e.getBoundingClientRect();
                  return e.checkVisibility() && b.width > 0 && b.height > 0 && b.bottom <= innerHeight; })
                """
            for selector in ["svg.shape", "span.level", "td.reasons ol", "td.vital .value"] {
                #expect(try await browser.evaluate("\(isSeen)('\(selector)')").boolValue == true, "\(selector)")
            }
            let reasons = try await browser.evaluate("\(wanda).querySelector('td.reasons ol').innerText").stringValue ?? ""
            #expect(reasons.contains("Respiratory rate 26"), "\(reasons)")
            #expect(reasons.contains("3"))

            // The same page, without loading it again.
            _ = try await browser.evaluate("window.sameInstance = 4711")
            let stan = Self.row("PG2")
            #expect(try await browser.evaluate("\(stan).querySelector('svg.shape text').textContent").stringValue == "0")
            try await send("PG2", "Steady^Stan", Self.worse, ago: 300)
            try await browser.wait(for: "\(stan).querySelector('svg.shape text').textContent === '3'")
            let changed = try await browser.evaluate("\(stan).querySelector('td.reasons').innerText").stringValue ?? ""
            #expect(changed.contains("22") && changed.contains("95"), "\(changed)")
            #expect(try await browser.evaluate("window.sameInstance === 4711").boolValue == true)
            // It has moved up, above the patient with 0.
            #expect(
                try await browser.evaluate("[...document.querySelectorAll('tr.patient')].indexOf(\(stan)) === 1").boolValue
                    == true)

            try await keyboard(browser, wanda: wanda, stan: stan)
            // An update keeps the focus on the patient that has it.
            try await send("PG3", "Worse^Wanda", Self.worst, ago: 60)
            try await browser.wait(for: "\(wanda).querySelector('svg.shape text').textContent === '14'")
            #expect(try await browser.evaluate("document.activeElement === \(wanda)").boolValue == true)

            let picture = try await browser.screenshot()
            #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > 10_000)
            try picture.write(to: URL(fileURLWithPath: folder + "/ward.png"))
            await browser.quit()
            await client.close()
            #expect(try await server.shutDown() == 0)
            print(
                "ward page: number, shape and reasons seen, two updates live, keyboard moves; picture of \(picture.count) bytes"
            )
        }

        private func keyboard(_ browser: Chromium, wanda: String, stan: String) async throws {
            func hasFocus(_ row: String) async throws -> Bool {
                try await browser.evaluate("document.activeElement === \(row)").boolValue == true
            }
            try await browser.press("j", code: 74, text: "j")
            #expect(try await hasFocus(wanda))
            try await browser.press("ArrowDown", code: 40)
            #expect(try await hasFocus(stan))
            try await browser.press("End", code: 35)
            #expect(try await hasFocus(Self.row("PG1")))
            try await browser.press("k", code: 75, text: "k")
            #expect(try await hasFocus(stan))
            try await browser.press("ArrowUp", code: 38)
            #expect(try await hasFocus(wanda))
            // The focus is seen, and only one row is a stop of the Tab key.
            let outline = "getComputedStyle(document.activeElement).outlineStyle"
            #expect(try await browser.evaluate(outline).stringValue != "none")
            #expect(
                try await browser.evaluate("document.querySelectorAll('tr.patient[tabindex=\"0\"]').length === 1").boolValue
                    == true)
            let isOpen = "\(wanda).querySelector('details').open"
            #expect(try await browser.evaluate(isOpen).boolValue == false)
            try await browser.press("Enter", code: 13, text: "\r")
            #expect(try await browser.evaluate(isOpen).boolValue == true)
            try await browser.press("Enter", code: 13, text: "\r")
            #expect(try await browser.evaluate(isOpen).boolValue == false)
        }

        private static func row(_ number: String) -> String {
            let key = PatientKey(system: "urn:oid:2.16.840.1.113883.3.9999.1", value: number)
            return "document.querySelector('tr.patient[data-patient=\"\(key.resourceID)\"]')"
        }
    }
}
