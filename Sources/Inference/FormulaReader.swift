import Clinical

/// Reads the `formula` of a manifest.
struct FormulaReader {
    private let inputs: [FeatureRequest]
    private var users: Set<Int> = []

    static func read(_ node: ManifestNode, inputs: [FeatureRequest]) throws(InferenceError) -> FormulaModel {
        var reader = FormulaReader(inputs: inputs)
        return try reader.read(node)
    }

    private init(inputs: [FeatureRequest]) { self.inputs = inputs }

    private mutating func read(_ node: ManifestNode) throws(InferenceError) -> FormulaModel {
        let object = try node.object("variables", "constant", "terms", "then", "range", "minimumInputs", "levels")
        var variables: [FormulaModel.Variable] = []
        for entry in try object.required("variables").array {
            let variable = try read(variable: entry)
            guard !variables.contains(where: { $0.name == variable.name }) else {
                throw entry.fail(.duplicate, "Another variable has this name.")
            }
            variables.append(variable)
        }
        // Every missing variable doubles the corners that are worked through.
        guard (1...10).contains(variables.count) else { throw node.fail(.badValue, "There are 1 to 10 variables.") }
        if let unused = inputs.indices.first(where: { !users.contains($0) }) {
            throw InferenceError(.unresolved, at: "/inputs/\(unused)", "No variable uses this input.")
        }
        var then: (above: Double, terms: [FormulaModel.Term])?
        if let node = object.optional("then") {
            let object = try node.object("above", "terms")
            then = (
                try object.required("above").number,
                try terms(object.required("terms"), variables: variables, allowsResult: true)
            )
        }
        return FormulaModel(
            inputs: inputs, variables: variables, constant: try object.required("constant").number,
            terms: try terms(object.required("terms"), variables: variables, allowsResult: false), then: then,
            range: try Self.range(object.required("range")),
            minimumInputs: try object.optional("minimumInputs")?.integer(in: 1...variables.count) ?? 1,
            levels: try LevelReader.read(object.required("levels"), allowsAnyPart: false))
    }

    private static func range(_ node: ManifestNode) throws(InferenceError) -> ClosedRange<Double> {
        let ends = try node.array
        guard ends.count == 2, try ends[0].number < ends[1].number else {
            throw node.fail(.badValue, "A range is a lower and an upper number.")
        }
        return try ends[0].number...ends[1].number
    }

    private mutating func read(variable node: ManifestNode) throws(InferenceError) -> FormulaModel.Variable {
        let object = try node.object("name", "input", "clamp", "transform", "from", "codes", "override")
        let input = try use(object.required("input"))
        let source: FormulaModel.Variable.Source
        if let codes = object.optional("codes") {
            guard inputs[input].unit == nil else { throw codes.fail(.badValue, "An input with a unit has no codes.") }
            let (rows, values) = try self.codes(codes)
            source = .codes(rows, values: values)
        } else {
            guard inputs[input].unit != nil else { throw node.fail(.missingKey, "An input without a unit needs `codes`.") }
            let clamp = try Self.range(object.required("clamp"))
            let transform = object.optional("transform")
            if let transform {
                guard try transform.string == "ln", clamp.lowerBound > 0 else {
                    throw node.fail(.badValue, "The only transform is `ln`, of a clamp above zero.")
                }
            }
            source = .number(clamp: clamp, isLogarithm: transform != nil, from: try object.optional("from")?.number)
        }
        var override: (input: Int, codes: CodedRows, value: Double)?
        if let node = object.optional("override") {
            let object = try node.object("input", "codes", "value")
            var rows = CodedRows()
            for code in try object.required("codes").array { _ = rows.add(try ScoreReader.meaning(code), row: 0) }
            override = (try use(object.required("input")), rows, try object.required("value").number)
        }
        return FormulaModel.Variable(
            name: try object.required("name").string, label: inputs[input].label, input: input, source: source,
            override: override)
    }

    private func codes(_ node: ManifestNode) throws(InferenceError) -> (CodedRows, [Double]) {
        var rows = CodedRows()
        var values: [Double] = []
        for entry in try node.array {
            let object = try entry.object("codes", "value")
            for code in try object.required("codes").array where !rows.add(try ScoreReader.meaning(code), row: values.count)
            {
                throw code.fail(.duplicate, "The code already has a value.")
            }
            values.append(try object.required("value").number)
        }
        guard values.count > 1 else { throw node.fail(.badValue, "There are at least two values.") }
        return (rows, values)
    }

    private mutating func use(_ node: ManifestNode) throws(InferenceError) -> Int {
        let name = try node.string
        guard let input = inputs.firstIndex(where: { $0.name == name }) else {
            throw node.fail(.unresolved, "No input has this name.")
        }
        guard users.insert(input).inserted else { throw node.fail(.duplicate, "Another variable uses this input.") }
        return input
    }

    private func terms(
        _ node: ManifestNode, variables: [FormulaModel.Variable], allowsResult: Bool
    ) throws(InferenceError) -> [FormulaModel.Term] {
        var terms: [FormulaModel.Term] = []
        for entry in try node.array {
            let object = try entry.object("coefficient", "factors")
            var term = FormulaModel.Term(
                coefficient: try object.required("coefficient").number, factors: [], usesResult: false)
            for factor in try object.required("factors").array {
                let name = try factor.string
                if name == "result", allowsResult, !term.usesResult {
                    term.usesResult = true
                    continue
                }
                guard let index = variables.firstIndex(where: { $0.name == name }) else {
                    throw factor.fail(.unresolved, "No variable has this name.")
                }
                // The square of a variable has its extremes elsewhere than at the ends of its range.
                guard !term.factors.contains(index) else { throw factor.fail(.duplicate, "A term has a factor once.") }
                term.factors.append(index)
            }
            guard !term.factors.isEmpty else { throw entry.fail(.missingKey, "A term needs a variable.") }
            terms.append(term)
        }
        return terms
    }
}
