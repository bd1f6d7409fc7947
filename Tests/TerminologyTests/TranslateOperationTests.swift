import Clinical
import FHIR
import Terminology
import Testing

/// http://hl7.org/fhir/R4/conceptmap-operation-translate.html
@Suite("The operation translate") struct TranslateOperationTests {
    private func answer(_ parameters: JSON...) throws -> JSON {
        try TranslateOperation(ShippedTables.terminology.get())(
            ["resourceType": "Parameters", "parameter": .array(parameters)])
    }

    private func code(_ code: String, _ system: String = ShippedTables.labA) -> [JSON] {
        [["name": "code", "valueCode": .string(code)], ["name": "system", "valueUri": .string(system)]]
    }

    private func dependency(_ element: String, _ value: String) -> JSON {
        [
            "name": "dependency",
            "part": [
                ["name": "element", "valueUri": .string(element)],
                ["name": "concept", "valueCodeableConcept": ["coding": [["code": .string(value)]]]],
            ],
        ]
    }

    private func result(_ parameters: JSON) -> Bool? {
        parameters["parameter"]?.arrayValue?.first { $0["name"]?.stringValue == "result" }?["valueBoolean"]?.boolValue
    }

    private func matches(_ parameters: JSON) -> [String] {
        (parameters["parameter"]?.arrayValue ?? []).filter { $0["name"]?.stringValue == "match" }.map { match in
            let parts = match["part"]?.arrayValue ?? []
            let equivalence = parts.first { $0["name"]?.stringValue == "equivalence" }?["valueCode"]?.stringValue
            let concept = parts.first { $0["name"]?.stringValue == "concept" }?["valueCoding"]?["code"]?.stringValue
            return "\(equivalence ?? "?") \(concept ?? "?")"
        }
    }

    @Test("a code and its system") func plain() throws {
        let answer = try TranslateOperation(ShippedTables.terminology.get())(
            ["resourceType": "Parameters", "parameter": .array(code("1001"))])
        #expect(result(answer) == true)
        #expect(matches(answer) == ["equivalent 2951-2"])
        let none = try self.answer(
            ["name": "coding", "valueCoding": ["system": .string(ShippedTables.labA), "code": "1999"]])
        #expect(result(none) == false)
        #expect(matches(none) == [])
    }

    @Test("dependsOn is evaluated: no dependency, no match") func dependencies() throws {
        let bare = try TranslateOperation(ShippedTables.terminology.get())(
            ["resourceType": "Parameters", "parameter": .array(code("1050"))])
        #expect(result(bare) == false)
        let message = bare["parameter"]?.arrayValue?.first { $0["name"]?.stringValue == "message" }
        #expect(message?["valueString"]?.stringValue?.contains("specimen") == true)
        for (specimen, expected) in [("SER", ["equivalent 2885-2"]), ("UR", ["equivalent 2888-6"]), ("XXX", [])] {
            for element in ["specimen", "urn:headwall:condition:specimen"] {
                let answer = try TranslateOperation(ShippedTables.terminology.get())(
                    [
                        "resourceType": "Parameters",
                        "parameter": .array(code("1050") + [dependency(element, specimen)]),
                    ])
                #expect(matches(answer) == expected)
            }
        }
    }

    @Test("the date chooses the row") func date() throws {
        for (date, expected) in [("2025-06-30", ["equivalent 48066-5"]), ("2025-07-01", ["equivalent 48065-7"])] {
            let answer = try TranslateOperation(ShippedTables.terminology.get())(
                ["resourceType": "Parameters", "parameter": .array(code("1035") + [dependency("date", date)])])
            #expect(matches(answer) == expected)
        }
    }

    @Test("reverse lists the local codes with what they depend on") func reverse() throws {
        let answer = try answer(
            ["name": "coding", "valueCoding": ["system": "http://loinc.org", "code": "2885-2"]],
            ["name": "reverse", "valueBoolean": true], ["name": "targetsystem", "valueUri": .string(ShippedTables.labA)])
        #expect(matches(answer) == ["equivalent 1050"])
        let parts = answer["parameter"]?.arrayValue?.last?["part"]?.arrayValue ?? []
        let product = parts.first { $0["name"]?.stringValue == "product" }
        #expect(product?["part"]?[1]?["valueCoding"]?["code"]?.stringValue == "SER")
    }

    @Test("requests that cannot be answered say why") func faults() throws {
        #expect(throws: TranslateOperation.Fault.self) { try answer() }
        #expect(throws: TranslateOperation.Fault.self) { try answer(["name": "code", "valueCode": "1"]) }
        #expect(throws: TranslateOperation.Fault.self) { try answer(["name": "colour", "valueCode": "1"]) }
        #expect(throws: TranslateOperation.Fault.self) {
            try answer(
                ["name": "coding", "valueCoding": ["system": .string(ShippedTables.labA), "code": "1050"]],
                dependency("age", "4"))
        }
    }
}
