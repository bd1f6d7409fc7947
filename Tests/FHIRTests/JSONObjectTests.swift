import Clinical
import FHIR
import Testing

@Suite struct JSONObjectTests {
    @Test func keepsTheOrderOfItsKeys() throws {
        let text = #"{"z":1,"a":{"y":2,"b":3},"m":[],"":null}"#
        #expect(try JSON(parsing: text).description == text)
        #expect(try Array(JSON(parsing: text).objectValue?.keys ?? JSONObject().keys) == ["z", "a", "m", ""])
    }

    @Test func assigningReplacesInPlaceAppendsOrRemoves() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = "two"
        object["d"] = 4
        object["a"] = nil
        object["missing"] = nil
        #expect(JSON(object).description == #"{"b":"two","c":3,"d":4}"#)
        #expect(object.count == 3)
        #expect(object.removeValue(forKey: "c") == 3)
        #expect(object.removeValue(forKey: "c") == nil)
        #expect(object["c"] == nil)
    }

    /// Above some size look-up goes through an index; it must say the same as a search.
    @Test func manyKeysBehaveAsFewDo() {
        var generator = SeededGenerator(seed: 3)
        var object = JSONObject()
        var model: [(String, Int)] = []
        for step in 0..<4000 {
            let key = "key\(Int.random(in: 0..<90, using: &generator))"
            if Int.random(in: 0..<3, using: &generator) == 0 {
                object[key] = nil
                model.removeAll { $0.0 == key }
            } else {
                object[key] = JSON(step)
                if let position = model.firstIndex(where: { $0.0 == key }) {
                    model[position].1 = step
                } else {
                    model.append((key, step))
                }
            }
            #expect(object.count == model.count)
        }
        #expect(Array(object.keys) == model.map(\.0))
        #expect(model.allSatisfy { object[$0.0] == JSON($0.1) })
        #expect(object["absent"] == nil)
    }

    @Test func literalsKeepOneValueAKey() {
        let object: JSONObject = ["a": 1, "b": 2, "a": 3]
        #expect(JSON(object).description == #"{"a":3,"b":2}"#)
        let json: JSON = ["a": 1, "a": ["b": true, "b": nil]]
        #expect(json.description == #"{"a":{"b":null}}"#)
    }

    @Test func literalsOfEveryKind() {
        let name = "x"
        let json: JSON = [
            "s": "text", "i": "\(name)-1", "n": 5, "t": true, "null": nil, "l": [1, "a", [false]], "o": ["k": []],
        ]
        #expect(json.description == #"{"s":"text","i":"x-1","n":5,"t":true,"null":null,"l":[1,"a",[false]],"o":{"k":[]}}"#)
    }

    /// http://hl7.org/fhir/R4/json.html: "Objects are never empty", arrays "cannot be empty", string values are not.
    @Test func appendingSkipsWhatFHIRDoesNotWrite() {
        var object = JSONObject(resourceType: "Observation", id: nil)
        object.append("status", "final")
        object.append("empty", "")
        object.append("absent", nil as String?)
        object.append("none", nil as JSON?)
        object.append("list", [] as [JSON])
        object.append("object", JSONObject())
        object.append("flag", nil as Bool?)
        object.append("flag2", false)
        object.append("count", 0)
        object.append("value", ExactDecimal("1.00"))
        object.append("decimal", nil as ExactDecimal?)
        object.append("concept", CodeableConcept([]))
        object.append("codes", [Coding(system: "s", code: "c")])
        object.append("views", [] as [Coding])
        #expect(
            JSON(object).description
                == #"{"resourceType":"Observation","status":"final","flag2":false,"count":0,"value":1.00,"codes":[{"system":"s","code":"c"}]}"#
        )
        object.append("status", "amended")
        #expect(object["status"] == "amended")
        #expect(object.count == 6)
    }

    @Test func presentPairs() {
        let missing: String? = nil
        let json = JSON(present: ["a": "x", "b": missing.map(JSON.string), "c": 1])
        #expect(json.description == #"{"a":"x","c":1}"#)
    }

    @Test func timesAreWrittenInTheirPrecision() throws {
        var object = JSONObject()
        for (key, text) in [("y", "2026"), ("m", "2026-01"), ("d", "2026-01-05"), ("t", "2026-01-05T08:00:00.500+01:00")] {
            object.append(key, try FHIRDateTime.read(text))
            #expect(object[key] == .string(text))
        }
    }

    @Test func subscriptsReachAndChange() {
        var json: JSON = ["entry": [["resource": ["status": "final"]]]]
        #expect(json["entry"]?[0]?["resource"]?["status"]?.stringValue == "final")
        #expect(json["entry"]?[1] == nil)
        #expect(json["entry"]?[-1] == nil)
        #expect(json["entry"]?["x"] == nil)
        #expect(json[0] == nil)
        json["entry"]?[0]?["resource"]?["status"] = "amended"
        json["type"] = "batch"
        #expect(json.description == #"{"entry":[{"resource":{"status":"amended"}}],"type":"batch"}"#)
        json["entry"]?[0] = nil
        #expect(json["entry"] == [])
    }

    @Test func accessorsAnswerOnlyTheirKind() {
        let values: [JSON] = [nil, true, 1, "s", [], [:]]
        #expect(values.map { $0.isNull } == [true, false, false, false, false, false])
        #expect(values.map { $0.boolValue != nil } == [false, true, false, false, false, false])
        #expect(values.map { $0.numberValue != nil } == [false, false, true, false, false, false])
        #expect(values.map { $0.stringValue != nil } == [false, false, false, true, false, false])
        #expect(values.map { $0.arrayValue != nil } == [false, false, false, false, true, false])
        #expect(values.map { $0.objectValue != nil } == [false, false, false, false, false, true])
    }

    @Test func prettyText() {
        let json: JSON = ["a": [1, ["b": "c"]], "e": [], "o": [:]]
        let expected = """
            {
              "a": [
                1,
                {
                  "b": "c"
                }
              ],
              "e": [],
              "o": {}
            }

            """
        #expect(String(decoding: json.write(pretty: true), as: UTF8.self) == expected)
    }
}
