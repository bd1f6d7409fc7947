import Annotation
import Clinical
import Testing
import Web

@Suite("A patient's page and what if") struct PatientPageTests {
    @Test func showsEveryInputWithItsSourceAndEscapesIt() async throws {
        let house = House()
        house.patient = Self.view
        try await house.serve { port in
            let page = try await Self.text(port, "/ward/patients/p1", form: nil)
            #expect(page.status == 200)
            #expect(page.body.contains("lab-a, message 12, OBX[3]-5"))
            #expect(page.body.contains("Lactate &lt;b&gt;"))
            #expect(!page.body.contains("<b>x"))
            #expect(!page.body.contains("Hypothetical"))
            #expect(try await Self.text(port, "/ward/patients/nobody", form: nil).status == 404)
        }
    }

    /// WHATWG URL, section 5.1: plus is a space, %2C a comma.
    @Test func aFormIsAnsweredAndMarkedAsHypothetical() async throws {
        let house = House()
        house.patient = Self.view
        try await house.serve { port in
            let page = try await Self.text(port, "/ward/patients/p1", form: "input-0=+1%2C5+&input-1=&broken")
            #expect(page.status == 200)
            #expect(page.body.contains("Hypothetical"))
            #expect(page.body.contains("value=\"1,5\""))
        }
        #expect(house.assumed == ["input-0": "1,5"])
    }

    @Test func anotherMediaTypeIsRefused() async throws {
        let house = House()
        house.patient = Self.view
        try await house.serve { port in
            let page = try await Self.text(port, "/ward/patients/p1", form: "{}", type: "application/json")
            #expect(page.status == 415)
        }
        #expect(house.assumed.isEmpty)
    }

    private static var view: PatientView {
        let moment = Instant(seconds: 1_767_600_000)
        return PatientView(
            row: WardRow(id: "p1", name: PHI("<b>x"), vitals: [], scores: []), clock: moment, isRecordedClock: false,
            inputs: [
                PatientView.Input(
                    field: "input-0", label: "Lactate <b>", value: "4.1", unit: "mmol/L", effective: moment,
                    source: "lab-a, message 12, OBX[3]-5", missing: nil, assumed: nil, isNumber: true)
            ], models: [])
    }

    private static func text(
        _ port: Int, _ path: String, form: String?, type: String = "application/x-www-form-urlencoded"
    ) async throws -> (status: Int, body: String) {
        let reply =
            if let form {
                try await Loopback.post(port, path, type: type, form)
            } else {
                try await Loopback.get(port, path)
            }
        return (reply.status, reply.text)
    }
}
