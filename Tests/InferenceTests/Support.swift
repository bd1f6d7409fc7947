import Clinical
import Foundation
import Inference

/// Folders beside the sources.
enum Folder {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let models = repository.appending(path: "Models")
    static let vectors = repository.deletingLastPathComponent()
        .appending(path: "shared/data/scores/medical-calc-vectors.jsonl")
}

func manifest(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Folder.models.appending(path: "\(name)/1.0.0/manifest.json")))
}

func package(_ name: String) throws -> ModelPackage {
    try ModelPackage(manifest: manifest(name))
}

/// Small and seeded, so that a failure can be repeated (Steele, Lea, Flood: SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A value of an input as a test writes it.
enum Given: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case number(Double)
    case code(Code)
    case bound(Quantity.Comparator, Double)
    case missing(MissingReason)

    init(floatLiteral value: Double) { self = .number(value) }
    init(integerLiteral value: Int) { self = .number(Double(value)) }
    init(stringLiteral value: String) { self = .code(Code(system: "", code: value)) }

    var content: FeatureValue.Content {
        switch self {
        case .number(let number): .number(number)
        case .code(let code): .coded(code)
        case .bound(let comparator, let limit): .bound(limit, comparator)
        case .missing(let reason): .missing(reason)
        }
    }
}

let moment = AsOf(Instant(seconds: 1_767_600_000))
let patient = PatientKey(system: "urn:oid:1.2.3", value: "test-patient")

extension ModelPackage {
    func inputs(_ given: [String: Given]) -> [FeatureValue] {
        requests.map { request in
            guard let value = given[request.name] else {
                return FeatureValue(name: request.name, content: .missing(.notMeasured))
            }
            return FeatureValue(name: request.name, content: value.content, unit: request.unit, effective: moment.effective)
        }
    }

    func decide(_ given: [String: Given]) -> Decision {
        evaluate(patient: patient, asOf: moment, inputs: inputs(given))
    }
}

extension Decision {
    var estimate: Estimate? {
        if case .estimate(let estimate) = result { estimate } else { nil }
    }

    var range: ClosedRange<Double>? { estimate.map { $0.low...$0.high } }

    func part(_ name: String) -> Reason? { reasons.first { $0.name == name } }
}
