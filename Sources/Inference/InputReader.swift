import Clinical

/// Reads the `inputs` of a manifest: what the model asks the timeline for.
enum InputReader {
    /// - Parameter substitutes: Codes of the same analyte that serve too, by code.
    static func read(
        _ node: ManifestNode, maximum: Int, substitutes: [String: [String]]
    ) throws(InferenceError) -> [FeatureRequest] {
        var requests: [FeatureRequest] = []
        for input in try node.array {
            guard requests.count < maximum else { throw node.fail(.badValue, "There are more than \(maximum) inputs.") }
            var request = try read(input: input)
            for code in request.loinc.flatMap({ substitutes[$0] ?? [] }) where !request.loinc.contains(code) {
                request.loinc.append(code)
            }
            guard !requests.contains(where: { $0.name == request.name }) else {
                throw input.fail(.duplicate, "Another input has this name.")
            }
            requests.append(request)
        }
        guard !requests.isEmpty else { throw node.fail(.missingKey, "At least one input is needed.") }
        let measured = Set(requests.lazy.filter { !$0.aggregate.isDerived }.map(\.name))
        for (index, request) in requests.enumerated() where !measured.isSuperset(of: request.operands) {
            throw try node.array[index].fail(.unresolved, "A derived input is made of two that are not derived.")
        }
        return requests
    }

    private static func read(input node: ManifestNode) throws(InferenceError) -> FeatureRequest {
        let object = try node.object(
            "name", "label", "loinc", "unit", "aggregate", "horizonHours", "plausible", "concept", "of", "lagHours")
        let name = try object.required("name")
        guard try ModelPackage.isIdentifier(name.string) else {
            throw name.fail(.badValue, "A name is lower-case letters, digits and hyphens, beginning with a letter.")
        }
        let aggregate = try object.optional("aggregate")?.one(of: FeatureRequest.Aggregate.allCases) ?? .last
        if aggregate.isDerived { return try derived(object, aggregate) }
        if let operands = object.optional("of") {
            throw operands.fail(.unknownKey, "Only a derived input is made of others.")
        }
        let codesNode = try object.required("loinc")
        var codes: [String] = []
        for code in try codesNode.array {
            let text = try code.string
            guard !codes.contains(text) else { throw code.fail(.duplicate, "The code is listed twice.") }
            codes.append(text)
        }
        guard !codes.isEmpty else { throw codesNode.fail(.missingKey, "At least one code is needed.") }
        let hours = try object.required("horizonHours")
        guard try hours.number > 0, try hours.number <= 24 * 366 else {
            throw hours.fail(.badValue, "A horizon is more than 0 hours and at most a year.")
        }
        let lag = object.optional("lagHours")
        if let lag, try !(0...24 * 366).contains(lag.number) {
            throw lag.fail(.badValue, "A lag is at least 0 hours and at most a year.")
        }
        let unit = try object.optional("unit")?.string
        var plausible: ClosedRange<Double>?
        if let node = object.optional("plausible") {
            let ends = try node.array
            guard ends.count == 2, try ends[0].number < ends[1].number else {
                throw node.fail(.badValue, "A plausible range is a lower and an upper number.")
            }
            plausible = try ends[0].number...ends[1].number
        }
        guard unit != nil || plausible == nil else { throw node.fail(.badValue, "A coded input has no plausible range.") }
        return FeatureRequest(
            name: try name.string, label: try object.required("label").string, loinc: codes, unit: unit,
            aggregate: aggregate,
            horizonSeconds: Int64((try hours.number * 3600).rounded()), plausible: plausible,
            concept: try object.optional("concept")?.string,
            lagSeconds: Int64((try lag?.number ?? 0) * 3600))
    }

    /// A ratio or difference of two other inputs has no codes, horizon or range of its own.
    private static func derived(
        _ object: ManifestNode.Object, _ aggregate: FeatureRequest.Aggregate
    ) throws(InferenceError) -> FeatureRequest {
        for key in ["loinc", "horizonHours", "plausible", "lagHours"] {
            if let node = object.optional(key) { throw node.fail(.unknownKey, "A derived input has none of its own.") }
        }
        let operandsNode = try object.required("of")
        var operands: [String] = []
        for operand in try operandsNode.array { operands.append(try operand.string) }
        guard operands.count == 2 else { throw operandsNode.fail(.badValue, "The names of two inputs are needed.") }
        return FeatureRequest(
            name: try object.required("name").string, label: try object.required("label").string, loinc: [],
            unit: try object.required("unit").string, aggregate: aggregate, horizonSeconds: 0,
            concept: try object.optional("concept")?.string, operands: operands)
    }
}
