import Clinical

/// Reads the `score` part of a manifest and checks that every table is complete and every name has a meaning.
struct ScoreReader {
    let inputs: [FeatureRequest]
    private var states: [ScoreModel.State] = []
    /// Which part or state uses an input, by position: an input that two of them used would make the possible results
    /// of a missing value look wider than they are.
    private var users: [String?]

    /// Tables, states and choices are few in any published score; the bounds keep evaluation cheap.
    private static let maximumTables = 16
    private static let maximumStateCombinations = 64

    static func read(_ node: ManifestNode, inputs: [FeatureRequest]) throws(InferenceError) -> ScoreModel {
        var reader = ScoreReader(inputs: inputs)
        return try reader.model(node)
    }

    private init(inputs: [FeatureRequest]) {
        self.inputs = inputs
        users = Array(repeating: nil, count: inputs.count)
    }

    private mutating func model(_ node: ManifestNode) throws(InferenceError) -> ScoreModel {
        let body = try node.object("aggregate", "states", "parts", "levels", "minimumParts")
        for state in try body.optional("states")?.array ?? [] { try read(state: state) }
        guard states.reduce(1, { $0 * $1.values.count }) <= Self.maximumStateCombinations else {
            throw node.fail(.badValue, "The states combine in more than \(Self.maximumStateCombinations) ways.")
        }
        let aggregateNode = try body.required("aggregate")
        let aggregate = try aggregateNode.object("kind", "numerator", "denominator", "decimals")
        var parts: [ScoreModel.Part] = []
        for part in try body.optional("parts")?.array ?? [] {
            let part = try read(part: part, existing: parts)
            parts.append(part)
        }
        let kind: ScoreModel.Aggregate
        switch try aggregate.required("kind").one(of: AggregateKind.allCases) {
        case .sum:
            guard !parts.isEmpty else { throw node.fail(.missingKey, "A sum needs `parts`.") }
            guard ["numerator", "denominator", "decimals"].allSatisfy({ aggregate.optional($0) == nil }) else {
                throw aggregateNode.fail(.badValue, "A sum has no numerator, denominator or decimals.")
            }
            kind = .sum(
                minimum: parts.reduce(0) { $0 + bounds(of: $1).lowerBound },
                maximum: parts.reduce(0) { $0 + bounds(of: $1).upperBound })
        case .ratio:
            guard parts.isEmpty, states.isEmpty else { throw node.fail(.badValue, "A ratio has neither parts nor states.") }
            kind = .ratio(
                numerator: try numericInput(aggregate.required("numerator"), user: "the numerator"),
                denominator: try numericInput(aggregate.required("denominator"), user: "the denominator"),
                decimals: try aggregate.required("decimals").integer(in: 0...6))
        }
        if let unused = users.firstIndex(where: { $0 == nil }) {
            throw InferenceError(.unresolved, at: "/inputs/\(unused)", "No part of the score uses this input.")
        }
        let minimumParts = try body.optional("minimumParts")?.integer(in: 1...max(1, parts.count)) ?? 1
        return ScoreModel(
            inputs: inputs, aggregate: kind, states: states, parts: parts,
            levels: try LevelReader.read(body.required("levels"), allowsAnyPart: !parts.isEmpty), minimumParts: minimumParts
        )
    }

    private enum AggregateKind: String, CaseIterable { case sum, ratio }

    // MARK: - States

    private mutating func read(state node: ManifestNode) throws(InferenceError) {
        let object = try node.object("name", "label", "values", "tables", "combine", "default")
        let name = try object.required("name").string
        guard !states.contains(where: { $0.name == name }) else {
            throw node.fail(.duplicate, "Another state has this name.")
        }
        let valuesNode = try object.required("values")
        var values: [String] = []
        for value in try valuesNode.array {
            let text = try value.string
            guard !values.contains(text) else { throw value.fail(.duplicate, "The value is named twice.") }
            values.append(text)
        }
        guard (2...8).contains(values.count) else { throw valuesNode.fail(.badValue, "A state has 2 to 8 values.") }
        let tables = try self.tables(in: object, user: "state \(name)", states: values)
        var fallback: (value: Int, note: String)?
        if let node = object.optional("default") {
            let object = try node.object("value", "note")
            fallback = (
                try Self.position(of: object.required("value"), in: values), try object.required("note").string
            )
        }
        let label = try object.required("label").string
        states.append(ScoreModel.State(name: name, label: label, values: values, tables: tables, fallback: fallback))
    }

    private static func position(of node: ManifestNode, in names: [String]) throws(InferenceError) -> Int {
        let name = try node.string
        guard let position = names.firstIndex(of: name) else {
            throw node.fail(
                .unresolved, "Nothing has this name; known are \(names.map { "`\($0)`" }.joined(separator: ", ")).")
        }
        return position
    }

    // MARK: - Parts

    private mutating func read(part node: ManifestNode, existing: [ScoreModel.Part]) throws(InferenceError)
        -> ScoreModel.Part
    {
        let object = try node.object("name", "label", "tables", "combine", "choices", "state", "points")
        let name = try object.required("name").string
        guard !existing.contains(where: { $0.name == name }) else {
            throw node.fail(.duplicate, "Another part has this name.")
        }
        let label = try object.required("label").string
        let ways = ["tables", "choices", "state"].filter { object.optional($0) != nil }
        guard ways.count == 1 else { throw node.fail(.badValue, "A part has one of `tables`, `choices` and `state`.") }
        let user = "part \(name)"
        let content: ScoreModel.Content
        if object.optional("tables") != nil {
            content = .choices([ScoreModel.Choice(conditions: [], tables: try tables(in: object, user: user, states: nil))])
        } else if let choices = object.optional("choices") {
            content = .choices(try read(choices: choices, user: user))
        } else {
            let state = try Self.position(of: object.required("state"), in: states.map(\.name))
            content = .state(state, points: try points(object.required("points"), for: states[state]))
        }
        let used = inputs(of: content)
        return ScoreModel.Part(
            name: name, label: label, inputs: used, inputNames: used.map { inputs[$0].name },
            divisors: divisors(of: content), content: content)
    }

    private func points(_ node: ManifestNode, for state: ScoreModel.State) throws(InferenceError) -> [Double] {
        var points: [Double?] = Array(repeating: nil, count: state.values.count)
        for (key, value) in try node.entries() {
            guard let position = state.values.firstIndex(of: key) else {
                throw value.fail(.unresolved, "The state `\(state.name)` has no such value.")
            }
            points[position] = try value.number
        }
        let known = points.compactMap { $0 }
        guard known.count == points.count else {
            throw node.fail(.missingKey, "Every value of the state needs its points.")
        }
        return known
    }

    private mutating func read(choices node: ManifestNode, user: String) throws(InferenceError) -> [ScoreModel.Choice] {
        var choices: [ScoreModel.Choice] = []
        for choice in try node.array {
            let object = try choice.object("when", "tables", "combine")
            var conditions: [(state: Int, value: Int)] = []
            for (key, value) in try object.required("when").entries() {
                guard let state = states.firstIndex(where: { $0.name == key }) else {
                    throw value.fail(.unresolved, "No state has this name.")
                }
                conditions.append((state, try Self.position(of: value, in: states[state].values)))
            }
            let tables = try tables(in: object, user: user, states: nil)
            if let first = choices.first, first.tables.inputs != tables.inputs {
                throw choice.fail(.badValue, "All choices of a part are over the same inputs in the same order.")
            }
            choices.append(ScoreModel.Choice(conditions: conditions, tables: tables))
        }
        for combination in StateCombinations(counts: states.map(\.values.count)) {
            let fitting = choices.count { choice in choice.conditions.allSatisfy { combination[$0.state] == $0.value } }
            guard fitting == 1 else {
                throw node.fail(.bands, "For each combination of states exactly one choice holds; here \(fitting) do.")
            }
        }
        return choices
    }

    private func inputs(of content: ScoreModel.Content) -> [Int] {
        switch content {
        case .choices(let choices): choices.first?.tables.inputs ?? []
        case .state(let state, _): states[state].tables.inputs
        }
    }

    private func divisors(of content: ScoreModel.Content) -> [Int] {
        switch content {
        case .choices(let choices): choices.first?.tables.tables.compactMap { $0.divisor?.input } ?? []
        case .state: []
        }
    }

    private func bounds(of part: ScoreModel.Part) -> ClosedRange<Double> {
        switch part.content {
        case .state(_, let points): return (points.min() ?? 0)...(points.max() ?? 0)
        case .choices(let choices):
            let tables = choices.flatMap(\.tables.tables)
            let low = tables.reduce(Double.infinity) { min($0, $1.lowest) }
            return low...tables.reduce(low) { max($0, $1.highest) }
        }
    }

    // MARK: - Tables

    /// - Parameter states: Names that the rows of a state's tables refer to; `nil` for rows with points.
    private mutating func tables(
        in object: ManifestNode.Object, user: String, states: [String]?
    ) throws(InferenceError) -> ScoreTables {
        let node = try object.required("tables")
        var tables: [ScoreTable] = []
        for table in try node.array { tables.append(try read(table: table, user: user, states: states)) }
        guard (1...Self.maximumTables).contains(tables.count) else {
            throw node.fail(.badValue, "There are 1 to \(Self.maximumTables) tables.")
        }
        let used = tables.map(\.input) + tables.compactMap { $0.divisor?.input }
        guard Set(used).count == used.count else {
            throw node.fail(.duplicate, "Two tables are over the same input.")
        }
        let combination = try object.optional("combine")?.one(of: ScoreTables.Combination.allCases)
        guard tables.count == 1 || combination != nil else {
            throw node.fail(.missingKey, "Several tables need `combine`: which of them decides.")
        }
        return ScoreTables(tables: tables, combination: combination ?? .latest)
    }

    private mutating func read(
        table node: ManifestNode, user: String, states: [String]?
    ) throws(InferenceError) -> ScoreTable {
        let object = try node.object("input", "divisor", "decimals", "absence", "rows")
        let input = try use(object.required("input"), user: user)
        var divisor: (input: Int, scale: Double)?
        if let node = object.optional("divisor") {
            let object = try node.object("input", "scale")
            divisor = (
                try numericInput(object.required("input"), user: user), try object.optional("scale")?.number ?? 1
            )
        }
        let rowsNode = try object.required("rows")
        var rows: [ScoreTable.Row] = []
        var limits: [(limits: NumericBands.Limits, node: ManifestNode)] = []
        var codes = CodedRows()
        var isCoded: Bool?
        for row in try rowsNode.array {
            let object = try row.object("from", "above", "to", "below", "codes", "row", "points", "is")
            let codesNode = object.optional("codes")
            guard isCoded.map({ $0 == (codesNode != nil) }) ?? true else {
                throw row.fail(.bands, "A table has rows over numbers or rows over codes, not both.")
            }
            isCoded = codesNode != nil
            var label: String
            if let codesNode {
                for code in try codesNode.array where !codes.add(try Self.meaning(code), row: rows.count) {
                    throw code.fail(.duplicate, "The code already has a row.")
                }
                label = ""
            } else {
                let found = NumericBands.Limits(
                    from: try object.optional("from")?.number, above: try object.optional("above")?.number,
                    to: try object.optional("to")?.number, below: try object.optional("below")?.number)
                limits.append((found, row))
                label = found.text
            }
            if let own = object.optional("row") { label = try own.string }
            guard !label.isEmpty else { throw row.fail(.missingKey, "A row over codes needs a `row` text.") }
            let points = try value(of: object, states: states)
            rows.append(ScoreTable.Row(label: label, low: points.lowerBound, high: points.upperBound))
        }
        guard !rows.isEmpty else { throw rowsNode.fail(.bands, "A table has at least one row.") }
        let axis: ScoreTable.Axis
        if isCoded == true {
            axis = .coded(codes)
        } else {
            let decimals = try object.optional("decimals")?.integer(in: 0...3)
            axis = .numeric(
                try NumericBands(limits, decimals: decimals, plausible: divisor == nil ? inputs[input].plausible : nil))
        }
        if isCoded == true, object.optional("decimals") != nil {
            throw node.fail(.badValue, "Rows over codes have no `decimals`.")
        }
        let absence = try object.optional("absence")?.one(of: ScoreTable.Absence.allCases) ?? .open
        return ScoreTable(input: input, axis: axis, rows: rows, absence: absence, divisor: divisor)
    }

    private func value(of row: ManifestNode.Object, states: [String]?) throws(InferenceError) -> ClosedRange<Double> {
        if let states {
            guard row.optional("points") == nil else { throw row.fail(.badValue, "A row of a state has `is`, not points.") }
            let position = Double(try Self.position(of: row.required("is"), in: states))
            return position...position
        }
        guard row.optional("is") == nil else { throw row.fail(.badValue, "A row of a part has points, not `is`.") }
        let node = try row.required("points")
        if case .array = node.value {
            let ends = try node.array
            guard ends.count == 2 else { throw node.fail(.badValue, "Open points are a lowest and a highest number.") }
            let (low, high) = (try ends[0].number, try ends[1].number)
            guard low < high else { throw node.fail(.badValue, "The lowest points come first.") }
            return low...high
        }
        let points = try node.number
        return points...points
    }

    /// A code is a bare text, which matches in any system, or an object with its system.
    static func meaning(_ node: ManifestNode) throws(InferenceError) -> CodedRows.Meaning {
        if case .string = node.value { return CodedRows.Meaning(system: nil, code: try node.string) }
        let object = try node.object("system", "code", "display")
        _ = try object.optional("display")?.string
        return CodedRows.Meaning(system: try object.required("system").string, code: try object.required("code").string)
    }

    private mutating func use(_ node: ManifestNode, user: String) throws(InferenceError) -> Int {
        let input = try Self.position(of: node, in: inputs.map(\.name))
        guard users[input] == nil || users[input] == user else {
            throw node.fail(.duplicate, "Another part or state uses this input.")
        }
        users[input] = user
        return input
    }

    private mutating func numericInput(_ node: ManifestNode, user: String) throws(InferenceError) -> Int {
        let input = try use(node, user: user)
        guard inputs[input].unit != nil else { throw node.fail(.badValue, "A ratio needs an input with a unit.") }
        return input
    }
}

/// All combinations of the values of several states, the first state changing fastest.
struct StateCombinations: Sequence, IteratorProtocol {
    private let counts: [Int]
    private var next0: [Int]?

    init(counts: [Int]) {
        self.counts = counts
        next0 = counts.contains(0) ? nil : Array(repeating: 0, count: counts.count)
    }

    mutating func next() -> [Int]? {
        guard let current = next0 else { return nil }
        var following = current
        var index = 0
        while index < counts.count {
            following[index] += 1
            if following[index] < counts[index] { break }
            following[index] = 0
            index += 1
        }
        next0 = index == counts.count ? nil : following
        return current
    }
}
