import Clinical
import FHIR
import Foundation

/// Reading and writing a FHIR bundle.
enum JSONBenchmark {
    static func run(_ report: inout BenchReport) throws {
        let bundle = JSON(bundle(observations: 4000).json)
        let bytes = bundle.write()
        let data = Data(bytes)
        report.note("a Bundle of 4000 Observations, \(bytes.count) bytes")
        let megabytes = Double(bytes.count) / 1e6

        let serialization =
            megabytes
            / (try Stopwatch.best(of: 2) {
                (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.count ?? 0
            })
        let decoder =
            megabytes
            / (try Stopwatch.best(of: 2) {
                try JSONDecoder().decode(BundleView.self, from: data).entry.count
            })
        let view = try JSONDecoder().decode(BundleView.self, from: data)
        let encoder = megabytes / (try Stopwatch.best(of: 2) { try JSONEncoder().encode(view).count })
        let reader = megabytes / (try Stopwatch.best(of: 9) { try JSONReader(bytes).nodeCount })
        let values = megabytes / (try Stopwatch.best(of: 9) { try valueCount(bytes) })
        let tree = megabytes / (try Stopwatch.best(of: 9) { try JSON(parsing: bytes)["entry"]?.arrayValue?.count ?? 0 })
        let write = megabytes / Stopwatch.best(of: 9) { bundle.write().count }

        report.row("JSONSerialization", serialization, "MB/s")
        report.row("JSONDecoder into typed structs", decoder, "MB/s")
        report.row("JSONEncoder from typed structs (fewer bytes)", encoder, "MB/s")
        report.row(
            "JSONReader: grammar, UTF-8, duplicate keys checked", reader, "MB/s", ratio: reader / decoder,
            to: "JSONDecoder", aim: "≥ 250")
        report.row("and code, value and time of each read", values, "MB/s", ratio: values / decoder, to: "JSONDecoder")
        report.row("JSON: the whole tree", tree, "MB/s", ratio: tree / serialization, to: "JSONSerialization")
        report.row("JSON.write", write, "MB/s", ratio: write / encoder, to: "JSONEncoder")
    }

    private static func valueCount(_ bytes: [UInt8]) throws -> Int {
        let reader = try JSONReader(bytes)
        var count = 0
        guard let entries = reader.root["entry"]?.elements else { return 0 }
        for entry in entries {
            guard let resource = entry["resource"] else { continue }
            count &+= resource["valueQuantity"]?["value"]?.number?.decimal.map { Int($0.coefficient) } ?? 0
            count &+= resource["code"]?["coding"]?.elements.reduce(0) { $0 + ($1["code"]?.string?.utf8.count ?? 0) } ?? 0
            count &+= resource["effectiveDateTime"]?.string?.utf8.count ?? 0
        }
        return count
    }

    private static func bundle(observations: Int) -> FHIR.Bundle {
        var bundle = FHIR.Bundle(type: "transaction", id: "b1")
        for number in 0..<observations {
            let observation = observation(number)
            let id = observation["id"]?.stringValue ?? ""
            bundle.append(
                .init(
                    fullUrl: "urn:uuid:" + id, resource: observation,
                    request: .init(method: "PUT", url: "Observation/" + id)))
        }
        return bundle
    }

    private static func observation(_ number: Int) -> JSON {
        func concept(_ system: String, _ code: String, _ display: String) -> JSON {
            ["coding": [["system": .string(system), "code": .string(code), "display": .string(display)]]]
        }
        func limit(_ value: Int) -> JSON {
            [
                "value": JSON(value), "unit": "beats/minute", "system": "http://unitsofmeasure.org", "code": "/min",
            ]
        }
        var object = JSONObject(resourceType: "Observation", id: ContentDigest.identifier("o\(number)"))
        object["meta"] = ["profile": ["http://hl7.org/fhir/StructureDefinition/vitalsigns"]]
        object["identifier"] = [["system": "urn:oid:1.2.3.4.5.6", "value": .string("A\(100_000 + number)")]]
        object["status"] = "final"
        object["category"] = [
            concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")
        ]
        object["code"] = [
            "coding": [
                ["system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"],
                ["system": "urn:iso:std:iso:11073:10101", "code": "147842", "display": "MDC_ECG_HEART_RATE"],
            ], "text": "Heart rate",
        ]
        object["subject"] = ["reference": .string("Patient/" + ContentDigest.identifier("p\(number % 50)"))]
        object["encounter"] = ["reference": .string("Encounter/" + ContentDigest.identifier("e\(number % 50)"))]
        object["effectiveDateTime"] = .string("2026-01-05T08:\(10 + number % 50):00+01:00")
        object["issued"] = .string("2026-01-05T08:\(10 + number % 50):30.123+01:00")
        object["valueQuantity"] = JSON(
            FHIRQuantity(
                value: ExactDecimal(coefficient: Int128(600 + number % 400), scale: 1), unit: "beats/minute",
                system: "http://unitsofmeasure.org", code: "/min"))
        object["interpretation"] = [
            concept("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "N", "Normal")
        ]
        object["referenceRange"] = [["low": limit(60), "high": limit(100)]]
        return .object(object)
    }

    // What a hand-written Codable reading of the same bundle takes.
    private struct CodingView: Codable { var system, code, display: String? }
    private struct ConceptView: Codable {
        var coding: [CodingView]?
        var text: String?
    }
    private struct ReferenceView: Codable { var reference: String? }
    private struct IdentifierView: Codable { var system, value: String? }
    private struct QuantityView: Codable {
        var value: Decimal?
        var unit, system, code: String?
    }
    private struct RangeView: Codable { var low, high: QuantityView? }
    private struct ObservationView: Codable {
        var resourceType: String
        var id, status, effectiveDateTime, issued: String?
        var identifier: [IdentifierView]?
        var category, interpretation: [ConceptView]?
        var code: ConceptView?
        var subject, encounter: ReferenceView?
        var valueQuantity: QuantityView?
        var referenceRange: [RangeView]?
    }
    private struct EntryView: Codable {
        var fullUrl: String?
        var resource: ObservationView?
    }
    private struct BundleView: Codable {
        var resourceType, type: String
        var entry: [EntryView]
    }
}
