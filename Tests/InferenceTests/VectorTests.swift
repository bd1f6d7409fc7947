import Clinical
import Foundation
import Inference
import Testing

/// Vectors of an independent calculator (read where they are, not part of the repository).
struct VectorTests {
    static let present = FileManager.default.fileExists(atPath: Folder.vectors.path())

    private struct Vector {
        var id: String
        var tool: String
        var params: [String: Any]
        var low: Double
        var high: Double
        var expected: Double
    }

    private func vectors(_ tool: String) throws -> [Vector] {
        try String(contentsOf: Folder.vectors, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                row["tool_id"] as? String == tool, let params = row["params"] as? [String: Any],
                let id = row["case_id"] as? String, let low = (row["lower_limit"] as? NSNumber)?.doubleValue,
                let high = (row["upper_limit"] as? NSNumber)?.doubleValue,
                let expected = (row["expected_value"] as? NSNumber)?.doubleValue
            else { return nil }
            return Vector(id: id, tool: tool, params: params, low: low, high: high, expected: expected)
        }
    }

    private func number(_ vector: Vector, _ key: String) -> Given? {
        (vector.params[key] as? NSNumber).map { .number($0.doubleValue) }
    }

    /// The calculator counts a parameter that it was not given as normal. Here it is the lowest possible result, and the
    /// only one where every criterion has a value.
    @Test(.enabled(if: present, "the shared test vectors are not there; nothing was compared"))
    func sirs() throws {
        let package = try package("sirs")
        let names = [
            "temperature": "temperature", "heart_rate": "heart-rate", "respiratory_rate": "respiratory-rate",
            "paco2": "paco2",
            "wbc": "wbc", "bands_percent": "bands",
        ]
        let vectors = try vectors("sirs_criteria")
        #expect(vectors.count == 19)
        var exact = 0
        for vector in vectors {
            var given: [String: Given] = [:]
            for (key, name) in names { given[name] = number(vector, key) }
            let estimate = try #require(package.decide(given).estimate, "\(vector.id)")
            #expect(estimate.low == vector.expected, "\(vector.id)")
            let parts = [["temperature"], ["heart-rate"], ["respiratory-rate", "paco2"], ["wbc", "bands"]]
            let unknown = parts.count { part in part.allSatisfy { given[$0] == nil } }
            let open = parts.count { part in
                // The second table of an "or" alone, not met, says nothing of the first.
                part.count == 2 && given[part[0]] == nil && given[part[1]] != nil
                    && package.decide(given).part(part == parts[2] ? "respiration" : "white-cells")?.low == 0
            }
            #expect(estimate.high == vector.expected + Double(unknown + open), "\(vector.id)")
            if unknown + open == 0 {
                #expect(estimate.value == vector.expected, "\(vector.id)")
                exact += 1
            }
        }
        #expect(exact >= 3)
    }

    @Test(.enabled(if: present, "the shared test vectors are not there; nothing was compared"))
    func shockIndex() throws {
        let package = try package("shock-index")
        let vectors = try vectors("shock_index")
        #expect(vectors.count == 11)
        for vector in vectors {
            var given: [String: Given] = [:]
            given["heart-rate"] = number(vector, "heart_rate")
            given["systolic-pressure"] = number(vector, "systolic_bp")
            let value = try #require(package.decide(given).estimate?.value, "\(vector.id)")
            #expect((vector.low...vector.high).contains(value), "\(vector.id)")
        }
    }

    @Test(.enabled(if: present, "the shared test vectors are not there; nothing was compared"))
    func news2AndQSOFA() throws {
        let news2 = try vectors("news2_score")
        #expect(news2.count == 1)
        for vector in news2 {
            var given: [String: Given] = [:]
            for (key, name) in [
                "respiratory_rate": "respiratory-rate", "spo2": "spo2", "systolic_bp": "systolic-pressure",
                "heart_rate": "heart-rate", "temperature": "temperature",
            ] { given[name] = number(vector, key) }
            given["oxygen-flow"] = vector.params["on_supplemental_o2"] as? Bool == true ? 2 : 0
            given["consciousness"] = (vector.params["consciousness"] as? String).map { .code(Code(system: "", code: $0)) }
            #expect(try package("news2").decide(given).estimate?.value == vector.expected, "\(vector.id)")
        }
        let qsofa = try vectors("qsofa_score")
        #expect(qsofa.count == 1)
        for vector in qsofa {
            var given: [String: Given] = [:]
            given["respiratory-rate"] = number(vector, "respiratory_rate")
            given["systolic-pressure"] = number(vector, "systolic_bp")
            given["gcs"] = vector.params["altered_mentation"] as? Bool == true ? 14 : 15
            #expect(try package("qsofa").decide(given).estimate?.value == vector.expected, "\(vector.id)")
        }
    }
}
