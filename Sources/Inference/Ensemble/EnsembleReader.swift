import Clinical

/// Reads the `ensemble` of a manifest and the model files that it names.
struct EnsembleReader {
    private let inputs: [FeatureRequest]
    private let files: [String: [UInt8]]

    static func read(
        _ node: ManifestNode, inputs: [FeatureRequest], references: ManifestNode?, files: [String: [UInt8]]
    ) throws(InferenceError) -> EnsembleModel {
        try EnsembleReader(inputs: inputs, files: files).read(node, references: references)
    }

    private func read(_ node: ManifestNode, references: ManifestNode?) throws(InferenceError) -> EnsembleModel {
        let object = try node.object(
            "members", "combine", "sufficient", "calibration", "conformal", "outliers", "levels")
        let combine = try object.required("combine")
        guard try combine.string == "mean-margin" else {
            throw combine.fail(.unsupported, "Members are combined by `mean-margin`.")
        }
        let membersNode = try object.required("members")
        var members: [EnsembleMember] = []
        for member in try membersNode.array { members.append(try self.member(member)) }
        guard !members.isEmpty else { throw membersNode.fail(.missingKey, "At least one member is needed.") }
        let (calibration, vennAbers) = try calibration(object.required("calibration"))
        return EnsembleModel(
            inputs: inputs, members: members, calibration: calibration, vennAbers: vennAbers,
            groups: try object.optional("conformal").map(groups) ?? [],
            outliers: try object.optional("outliers").map(outliers),
            references: try self.references(references), sufficient: try sufficient(object.required("sufficient")),
            levels: try levels(object.required("levels")), sheet: DecisionSheet(inputs))
    }

    private func position(_ node: ManifestNode) throws(InferenceError) -> Int {
        let name = try node.string
        guard let position = inputs.firstIndex(where: { $0.name == name }) else {
            throw node.fail(.unresolved, "No input has this name.")
        }
        return position
    }

    private func positions(_ node: ManifestNode) throws(InferenceError) -> [Int] {
        var positions: [Int] = []
        for entry in try node.array { positions.append(try position(entry)) }
        return positions
    }

    private static func numbers(_ node: ManifestNode) throws(InferenceError) -> [Double] {
        var numbers: [Double] = []
        for entry in try node.array { numbers.append(try entry.number) }
        return numbers
    }

    // MARK: - Members

    private enum Format: String, CaseIterable { case xgboost, lightgbm, linear, scorecard, network, recurrent, onnx }

    /// A member takes each input once, in order, or those that its `inputs` name.
    private func member(_ node: ManifestNode) throws(InferenceError) -> EnsembleMember {
        let object = try node.object(
            "format", "file", "inputs", "intercept", "terms", "activation", "mean", "deviation", "mask", "steps",
            "stepHours", "input", "output")
        let chosen = try object.optional("inputs").map(positions)
        let width = chosen?.count ?? inputs.count
        let format = try object.required("format").one(of: Format.allCases)
        let member: EnsembleMember
        switch format {
        case .linear: member = .linear(try linear(object))
        case .scorecard: member = .scorecard(try scorecard(object))
        case .xgboost, .lightgbm, .network, .recurrent, .onnx:
            let fileNode = try object.required("file")
            let file = try fileNode.string
            guard let bytes = files[file] else { throw fileNode.fail(.layout, ModelPackage.noSuchFile) }
            do {
                switch format {
                case .xgboost: member = .trees(try TreeEnsemble(xgboost: bytes))
                case .lightgbm: member = .trees(try TreeEnsemble(lightgbm: bytes))
                case .network: member = .network(try network(object, TensorFile(bytes)))
                case .onnx: member = try onnx(object, bytes)
                default: member = .recurrent(try recurrent(object, TensorFile(bytes)))
                }
            } catch let error where error.cause == .modelFile || error.cause == .unsupported {
                throw InferenceError(error.cause, at: "\(file)#\(error.place)", error.reason)
            }
        }
        switch member {
        case .trees(let trees):
            guard trees.featureCount == width, trees.outputCount == 1, trees.link == .logistic else {
                throw node.fail(.modelFile, "The model has one logistic output and takes each input once, in order.")
            }
        case .network(let network): try Self.require(network.featureCount == width, object)
        case .recurrent(let network): try Self.require(network.featureCount == width, object)
        #if ONNX
            case .onnx(let model): try Self.require(model.featureCount == width, object)
        #endif
        case .linear, .scorecard:
            if let place = object.optional("inputs") {
                throw place.fail(.badValue, "The terms of this format name their inputs.")
            }
        case .part: break
        }
        return chosen.map { .part(inputs: $0, member) } ?? member
    }

    private static func require(_ fits: Bool, _ object: ManifestNode.Object) throws(InferenceError) {
        guard fits else {
            throw object.fail(.badValue, "The net takes each input once, in order: one mean an input or channel.")
        }
    }

    private func onnx(_ object: ManifestNode.Object, _ bytes: [UInt8]) throws(InferenceError) -> EnsembleMember {
        #if ONNX
            return .onnx(
                try ONNXModel(
                    bytes, input: object.required("input").string, output: object.required("output").string,
                    means: Self.numbers(object.required("mean")), deviations: Self.numbers(object.required("deviation")),
                    hasMask: mask(object)))
        #else
            throw InferenceError(.unsupported, at: "", "This build has no ONNX Runtime: build with `--traits ONNX`.")
        #endif
    }

    private func mask(_ object: ManifestNode.Object) throws(InferenceError) -> Bool {
        guard let mask = object.optional("mask") else { return false }
        guard case .bool(let flag) = mask.value else { throw mask.fail(.badValue, "`true` or `false` is needed here.") }
        return flag
    }

    private func network(
        _ object: ManifestNode.Object, _ tensors: TensorFile
    ) throws(InferenceError) -> FeedForwardNetwork {
        try FeedForwardNetwork(
            tensors, activation: object.required("activation").one(of: FeedForwardNetwork.Activation.allCases),
            means: Self.numbers(object.required("mean")), deviations: Self.numbers(object.required("deviation")),
            hasMask: mask(object))
    }

    private func recurrent(
        _ object: ManifestNode.Object, _ tensors: TensorFile
    ) throws(InferenceError) -> RecurrentNetwork {
        try RecurrentNetwork(
            tensors, steps: object.required("steps").integer(in: 1...1024),
            stepHours: object.required("stepHours").number, means: Self.numbers(object.required("mean")),
            deviations: Self.numbers(object.required("deviation")))
    }

    private func linear(_ object: ManifestNode.Object) throws(InferenceError) -> LinearModel {
        var model = LinearModel(
            intercept: try object.required("intercept").number, coefficients: inputs.map { _ in 0 },
            means: inputs.map { _ in 0 })
        for term in try object.required("terms").array {
            let entry = try term.object("input", "coefficient", "mean")
            let input = try position(entry.required("input"))
            model.coefficients[input] = try entry.required("coefficient").number
            model.means[input] = try entry.required("mean").number
        }
        return model
    }

    private func scorecard(_ object: ManifestNode.Object) throws(InferenceError) -> Scorecard {
        var terms: [Scorecard.Term] = []
        for term in try object.required("terms").array {
            let entry = try term.object("input", "limits", "points", "missing", "mean")
            let limits = try Self.numbers(entry.required("limits"))
            let points = try Self.numbers(entry.required("points"))
            guard points.count == limits.count + 1, zip(limits, limits.dropFirst()).allSatisfy(<) else {
                throw term.fail(.bands, "Limits rise, and there is one number of points below, between and above them.")
            }
            terms.append(
                Scorecard.Term(
                    input: try position(entry.required("input")), limits: limits, points: points,
                    missing: try entry.required("missing").number, mean: try entry.required("mean").number))
        }
        return Scorecard(intercept: try object.required("intercept").number, terms: terms, inputCount: inputs.count)
    }

    // MARK: - Calibration and limits

    private enum CalibrationKind: String, CaseIterable {
        case isotonic, platt
        case vennAbers = "venn-abers"
    }

    private func calibration(_ node: ManifestNode) throws(InferenceError) -> (Calibration, VennAbers) {
        let object = try node.object("kind", "bins", "platt")
        let table = try table(object)
        let vennAbers = VennAbers(table)
        switch try object.required("kind").one(of: CalibrationKind.allCases) {
        case .isotonic: return (.isotonic(IsotonicFit(table)), vennAbers)
        case .vennAbers: return (.vennAbers(vennAbers), vennAbers)
        case .platt:
            let curve = try object.required("platt").object("slope", "intercept")
            let fit = PlattFit(
                slope: try curve.required("slope").number, intercept: try curve.required("intercept").number)
            return (.platt(fit), vennAbers)
        }
    }

    private func table(_ object: ManifestNode.Object) throws(InferenceError) -> CalibrationTable {
        let bins = try object.required("bins")
        let entries = try bins.object("margin", "count", "positive")
        let table = CalibrationTable(
            scores: try Self.numbers(entries.required("margin")), counts: try Self.numbers(entries.required("count")),
            positives: try Self.numbers(entries.required("positive")))
        let count = table.scores.count
        guard count > 1, table.counts.count == count, table.positives.count == count,
            zip(table.scores, table.scores.dropFirst()).allSatisfy(<),
            zip(table.positives, table.counts).allSatisfy({ $0 >= 0 && $0 <= $1 && $1 > 0 })
        else { throw bins.fail(.badValue, "Bins are rising margins, each with rows and no more positive ones than rows.") }
        return table
    }

    private func groups(_ node: ManifestNode) throws(InferenceError) -> [EnsembleModel.Group] {
        let object = try node.object("levels", "groups")
        var groups: [EnsembleModel.Group] = []
        for entry in try object.required("groups").array {
            let group = try entry.object("group", "when", "hours", "septicHours", "limits", "rows", "positiveRows")
            var rules: [(input: Int, from: Double, below: Double)] = []
            for rule in try group.optional("when")?.array ?? [] {
                let range = try rule.object("input", "from", "below")
                rules.append(
                    (
                        try position(range.required("input")), try range.optional("from")?.number ?? -.infinity,
                        try range.optional("below")?.number ?? .infinity
                    ))
            }
            var limits: [EnsembleModel.Limit] = []
            for limit in try group.required("limits").array {
                let values = try limit.object("level", "septicFrom", "otherTo", "positiveFrom", "negativeTo")
                limits.append(
                    EnsembleModel.Limit(
                        level: try values.required("level").number,
                        positiveFrom: try Self.limit(values, "septicFrom", "positiveFrom") ?? -.infinity,
                        negativeTo: try Self.limit(values, "otherTo", "negativeTo") ?? .infinity))
            }
            groups.append(EnsembleModel.Group(name: try group.required("group").string, rules: rules, limits: limits))
        }
        return groups
    }

    /// Null where there were too few rows for the level: the label is then always in the set.
    private static func limit(_ object: ManifestNode.Object, _ names: String...) throws(InferenceError) -> Double? {
        for name in names {
            guard let node = object.optional(name) else { continue }
            if case .null = node.value { return nil }
            return try node.number
        }
        return nil
    }

    private func outliers(_ node: ManifestNode) throws(InferenceError) -> EnsembleModel.Outliers {
        let object = try node.object("inputs", "mean", "deviation", "correlation", "limit", "abstain", "isolation")
        let inputs = try positions(object.required("inputs"))
        var rows: [[Double]] = []
        for row in try object.required("correlation").array { rows.append(try Self.numbers(row)) }
        let distance = MahalanobisDistance(
            means: try Self.numbers(object.required("mean")), deviations: try Self.numbers(object.required("deviation")),
            correlations: rows)
        guard let distance, distance.means.count == inputs.count else {
            throw node.fail(.badValue, "One mean, one positive deviation and one row of correlations an input.")
        }
        let flag = try object.required("limit").number
        var isolation: (forest: IsolationForest, limit: Double)?
        if let node = object.optional("isolation") {
            let object = try node.object("file", "limit")
            let fileNode = try object.required("file")
            guard let bytes = files[try fileNode.string] else {
                throw fileNode.fail(.layout, ModelPackage.noSuchFile)
            }
            let forest = try IsolationForest(json: bytes)
            guard forest.featureCount == inputs.count else {
                throw node.fail(.modelFile, "The forest takes the inputs of the outliers, in order.")
            }
            isolation = (forest, try object.required("limit").number)
        }
        return EnsembleModel.Outliers(
            inputs: inputs, distance: distance, flag: flag, abstain: try object.optional("abstain")?.number ?? .infinity,
            isolation: isolation)
    }

    /// The lowest and highest of the seven quantiles of each input.
    private func references(_ node: ManifestNode?) throws(InferenceError) -> [Int: EnsembleModel.Reference] {
        var found: [Int: EnsembleModel.Reference] = [:]
        for entry in try node?.array ?? [] {
            let object = try entry.object("input", "missing", "quantiles")
            let quantiles = try Self.numbers(object.required("quantiles"))
            let input = try position(object.required("input"))
            guard let low = quantiles.first, let high = quantiles.last else { continue }
            found[input] = EnsembleModel.Reference(low: low, high: high)
        }
        return found
    }

    private func sufficient(_ node: ManifestNode) throws(InferenceError) -> (inputs: [Int], minimum: Int) {
        let object = try node.object("inputs", "minimum")
        let inputs = try positions(object.required("inputs"))
        return (inputs, try object.required("minimum").integer(in: 0...inputs.count))
    }

    private func levels(_ node: ManifestNode) throws(InferenceError) -> [ScoreModel.Level] {
        try LevelReader.read(node, allowsAnyPart: false)
    }
}
