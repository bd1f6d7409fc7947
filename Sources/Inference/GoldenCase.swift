import Clinical

/// An example in a package whose result its author knows from elsewhere: the package must reproduce it to be loaded.
struct GoldenCase: Sendable {
    private enum Expectation: Sendable {
        case range(low: Double, high: Double)
        case insufficient
    }

    private let node: ManifestNode
    private let inputs: [FeatureValue]
    private let expectation: Expectation
    private let level: String?
    private let parts: [(name: String, points: Double, node: ManifestNode)]

    static func read(_ node: ManifestNode, inputs: [FeatureRequest]) throws(InferenceError) -> [GoldenCase] {
        var cases: [GoldenCase] = []
        for entry in try node.array { cases.append(try GoldenCase(entry, requests: inputs)) }
        return cases
    }

    private init(_ node: ManifestNode, requests: [FeatureRequest]) throws(InferenceError) {
        self.node = node
        let object = try node.object("name", "inputs", "value", "low", "high", "insufficient", "level", "parts")
        _ = try object.required("name").string
        var inputs: [FeatureValue] = []
        for (key, value) in try object.required("inputs").entries() {
            guard let request = requests.first(where: { $0.name == key }) else {
                throw value.fail(.unresolved, "No input has this name.")
            }
            inputs.append(FeatureValue(name: key, content: try Self.content(value), unit: request.unit))
        }
        self.inputs = inputs
        if object.optional("insufficient") != nil {
            expectation = .insufficient
        } else if let value = object.optional("value") {
            expectation = .range(low: try value.number, high: try value.number)
        } else {
            expectation = .range(low: try object.required("low").number, high: try object.required("high").number)
        }
        level = try object.optional("level")?.string
        var parts: [(name: String, points: Double, node: ManifestNode)] = []
        for (key, value) in try object.optional("parts")?.entries() ?? [] { parts.append((key, try value.number, value)) }
        self.parts = parts
    }

    /// A number in the unit of the input, a bare code, a code with its system, or a bound such as `{"<": 0.5}`.
    private static func content(_ node: ManifestNode) throws(InferenceError) -> FeatureValue.Content {
        switch node.value {
        case .number: return .number(try node.number)
        case .string: return .coded(Code(system: "", code: try node.string))
        default:
            let object = try node.object("system", "code", "<", "<=", ">=", ">")
            for comparator in [Quantity.Comparator.less, .lessOrEqual, .greaterOrEqual, .greater] {
                if let limit = object.optional(comparator.rawValue) { return .bound(try limit.number, comparator) }
            }
            return .coded(Code(system: try object.required("system").string, code: try object.required("code").string))
        }
    }

    /// - Throws: Where the package says something else than the case.
    func check(_ package: ModelPackage) throws(InferenceError) {
        let patient = PatientKey(system: "urn:headwall:golden-case", value: "1")
        let decision = package.evaluate(patient: patient, asOf: AsOf(Instant(seconds: 0)), inputs: inputs)
        switch (expectation, decision.result) {
        case (.insufficient, .insufficient): break
        case (.range(let low, let high), .estimate(let estimate)):
            guard abs(estimate.low - low) < 1e-9, abs(estimate.high - high) < 1e-9 else {
                let found = Wording.range(estimate.low, estimate.high)
                throw node.fail(.goldenCase, "The package gives \(found), the case expects \(Wording.range(low, high)).")
            }
        case (.insufficient, .estimate):
            throw node.fail(.goldenCase, "The package gives a result, the case expects none.")
        case (.range, .insufficient):
            throw node.fail(.goldenCase, "The package gives no result, the case expects one.")
        }
        if let level, decision.level.name != level {
            throw node.fail(.goldenCase, "The package gives the level `\(decision.level.name)`, the case expects another.")
        }
        for part in parts {
            guard let reason = decision.reasons.first(where: { $0.name == part.name }) else {
                throw part.node.fail(.unresolved, "No part has this name.")
            }
            guard reason.low == part.points, reason.high == part.points else {
                let found = Wording.range(reason.low, reason.high)
                throw part.node.fail(
                    .goldenCase, "The part has \(found) points, the case expects \(Wording.number(part.points)).")
            }
        }
    }
}
