public import Clinical

/// A model as it is shipped: what it asks for, what it is meant for, and how its result comes about.
///
/// `Models/<name>/<version>/manifest.json`, described in docs/model-package.md. A package that was loaded is complete:
/// every table tiles its axis, every name has a meaning, and its own golden cases come out as it says.
public struct ModelPackage: Sendable {
    /// Bounds on what is read.
    public struct Limits: Sendable {
        public var maximumBytes: Int
        public var maximumInputs: Int

        public init(maximumBytes: Int = 1 << 20, maximumInputs: Int = 512) {
            self.maximumBytes = maximumBytes
            self.maximumInputs = maximumInputs
        }
    }

    /// What a package says about itself, for people.
    public struct Description: Sendable, Hashable {
        /// One paragraph: what it computes and how.
        public var summary: String
        public var intendedUse: String
        /// Whom it may be used for, and whom not.
        public var population: String
        /// Publications that the tables and levels come from.
        public var citations: [String]
    }

    /// What was found when it was trained, as the manifest has it.
    public struct Facts: Sendable, Hashable {
        public var training: ModelFact?
        public var performance: ModelFact?
        /// Distribution of each input in training.
        public var reference: ModelFact?
        public var lineage: ModelFact?
        /// Digests of the mapping tables that the model was validated with, by name.
        public var maps: [String: String]
    }

    public let reference: ModelReference
    /// Names of the trusted keys that signed it; none where no key is trusted.
    public let signers: [String]
    public let facts: Facts
    public let kind: ModelKind
    public let about: Description
    /// The inputs, in the order in which ``evaluate(patient:asOf:inputs:)`` reports them.
    public let requests: [FeatureRequest]
    /// Those of them that are worked out of others.
    let derived: DerivedFeatures
    private let evaluator: any Evaluator
    /// The same, of a trained model.
    private let ensemble: EnsembleEvaluator?
    private let digestBytes: [UInt8]

    /// Reads a package and checks it.
    ///
    /// - Parameters:
    ///   - manifest: The bytes of `manifest.json`.
    ///   - files: All other files of the package by their path in it; they count for the digest.
    ///   - trusted: Keys of which one must have signed the package; without any, signatures are not looked at.
    ///   - substitutes: Codes of the same analyte that serve an input too, by code; the timeline converts their values.
    /// - Throws: ``InferenceError`` with a JSON pointer to what is wrong.
    public init(
        manifest: [UInt8], files: [String: [UInt8]] = [:], limits: Limits = Limits(),
        trusted: [Signature.PublicKey] = [], substitutes: [String: [String]] = [:]
    ) throws(InferenceError) {
        var files = files
        let signatures = files.removeValue(forKey: Signature.file)
        let root = try ManifestNode(parsing: manifest, maximumBytes: limits.maximumBytes)
        let object = try root.object(
            "schema", "kind", "name", "version", "title", "description", "intendedUse", "population", "citations", "inputs",
            "score", "formula", "ensemble", "cases", "digests", "maps", "golden", "reference", "training", "performance",
            "lineage")
        guard try object.required("schema").number == 1 else {
            throw try object.required("schema").fail(.unsupported, "This version reads schema 1.")
        }
        let kindNode = try object.required("kind")
        guard let kind = ModelKind(rawValue: try kindNode.string) else {
            throw kindNode.fail(.unsupported, "This version evaluates no model of this kind.")
        }
        let name = try object.required("name")
        guard try Self.isIdentifier(name.string) else {
            throw name.fail(.badValue, "A name is lower-case letters, digits and hyphens, beginning with a letter.")
        }
        let version = try object.required("version")
        guard SemanticVersion(try version.string) != nil else {
            throw version.fail(.badValue, "A version is `major.minor.patch` (Semantic Versioning 2.0.0).")
        }
        var citations: [String] = []
        for citation in try object.required("citations").array { citations.append(try citation.string) }
        about = Description(
            summary: try object.required("description").string, intendedUse: try object.required("intendedUse").string,
            population: try object.required("population").string, citations: citations)
        requests = try InputReader.read(
            object.required("inputs"), maximum: limits.maximumInputs, substitutes: substitutes)
        derived = DerivedFeatures(requests)
        let digested = try Self.check(digests: object.optional("digests"), files: files)
        var ensemble: EnsembleEvaluator?
        switch kind {
        case .score: evaluator = ScoreEvaluator(try ScoreReader.read(object.required("score"), inputs: requests))
        case .formula:
            evaluator = FormulaEvaluator(try FormulaReader.read(object.required("formula"), inputs: requests))
        case .ensemble:
            let model = try EnsembleReader.read(
                object.required("ensemble"), inputs: requests, references: object.optional("reference"), files: digested)
            let golden = try object.required("golden")
            guard let rows = digested[try golden.string] else { throw golden.fail(.layout, Self.noSuchFile) }
            try GoldenRows.check(rows, file: golden.string, model: model)
            let trained = EnsembleEvaluator(model)
            (evaluator, ensemble) = (trained, trained)
        }
        self.ensemble = ensemble
        facts = Facts(
            training: object.optional("training").map { ModelFact($0.value) },
            performance: object.optional("performance").map { ModelFact($0.value) },
            reference: object.optional("reference").map { ModelFact($0.value) },
            lineage: object.optional("lineage").map { ModelFact($0.value) }, maps: try Self.maps(object.optional("maps")))
        let digest = Self.digest(manifest: manifest, files: files)
        digestBytes = digest.bytes
        self.kind = kind
        reference = ModelReference(
            name: try name.string, version: try version.string, digest: digest.hex,
            title: try object.required("title").string)
        signers = try Signature.signers(of: reference, signatures: signatures, trusted: trusted)
        if kind == .ensemble, object.optional("cases") == nil { return }
        let cases = try object.required("cases")
        let golden = try GoldenCase.read(cases, inputs: requests)
        guard !golden.isEmpty else { throw cases.fail(.missingKey, "At least one golden case is needed.") }
        for goldenCase in golden { try goldenCase.check(self) }
    }

    /// What the model says about a patient.
    ///
    /// - Parameter inputs: Values by the names of ``requests``, in any order; an input without a value counts as not
    ///   measured. A value outside the plausible range, in another unit, or with a code that no table knows is missing
    ///   for that reason.
    /// - Parameter id: ``decisionID(patient:inputs:)`` of the same patient and inputs, where the caller has it already.
    public func evaluate(patient: PatientKey, asOf: AsOf, inputs: [FeatureValue], id: String? = nil) -> Decision {
        let id = id ?? decisionID(patient: patient, inputs: inputs)
        let checked = checked(aligned(inputs))
        if let ensemble {
            let (result, level, numbers) = ensemble.evaluate(FeatureRow(checked, requests: requests), asOf: asOf)
            return Decision(
                id: id, model: reference, patient: patient, asOf: asOf, scale: .probability, result: result, level: level,
                numbers: numbers)
        }
        let evaluation = evaluator.evaluate(checked, asOf: asOf)
        return Decision(
            id: id, model: reference, patient: patient, asOf: asOf, scale: evaluation.scale, result: evaluation.result,
            level: evaluation.level, reasons: evaluation.reasons, inputs: checked, notes: evaluation.notes)
    }

    /// What a model is asked: inputs without texts, one for each of ``requests`` and in their order.
    public struct Question: Sendable {
        public var patient: PatientKey
        public var asOf: AsOf
        public var row: FeatureRow
        /// ``ModelPackage/decisionID(patient:row:)`` of patient and row.
        public var id: String

        public init(patient: PatientKey, asOf: AsOf, row: FeatureRow, id: String) {
            self.patient = patient
            self.asOf = asOf
            self.row = row
            self.id = id
        }
    }

    /// The decisions about several patients: those of ``evaluate(patient:asOf:inputs:id:)`` for the same inputs, in less time
    /// than one after the other.
    public func evaluate(_ questions: [Question]) -> [Decision] {
        guard let ensemble else { return questions.map(inWords) }
        let plain = questions.filter { ensemble.isChecked($0.row) }
        var answers = ensemble.evaluate(plain.map { ($0.row, $0.asOf) }).makeIterator()
        return questions.map { question in
            guard ensemble.isChecked(question.row), let (result, level, numbers) = answers.next() else {
                return inWords(question)
            }
            return Decision(
                id: question.id, model: reference, patient: question.patient, asOf: question.asOf, scale: .probability,
                result: result, level: level, numbers: numbers)
        }
    }

    private func inWords(_ question: Question) -> Decision {
        let inputs = requests.enumerated().map { question.row.value($0, of: $1) }
        return evaluate(patient: question.patient, asOf: question.asOf, inputs: inputs, id: question.id)
    }

    /// The id of the decision that these inputs lead to: the same model, patient, values and times give the same id.
    public func decisionID(patient: PatientKey, inputs: [FeatureValue]) -> String {
        ContentDigest.identifier("Decision", patient.system, patient.value.exposed, cacheKey(inputs: inputs).hex)
    }

    /// The same id of inputs without texts.
    public func decisionID(patient: PatientKey, row: FeatureRow) -> String {
        ContentDigest.identifier("Decision", patient.system, patient.value.exposed, cacheKey(row: row).hex)
    }

    /// What a trained model says in numbers: members, prediction sets, distance from the training population, and the
    /// Shapley value of every input. `nil` for a score.
    public func answer(inputs: [FeatureValue]) -> ModelAnswer? {
        guard let ensemble else { return nil }
        return ensemble.answer(ensemble.model.row(checked(aligned(inputs))))
    }

    /// As ``answer(inputs:)``, of one number an input in the order of ``requests``, NaN where there is none.
    public func answer(vector: [Double]) -> ModelAnswer? {
        guard let ensemble, vector.count == requests.count else { return nil }
        return ensemble.answer(vector)
    }

    /// Whether a trained model may answer for these inputs, and which input is to blame where not; `nil` for a score.
    public func applicability(inputs: [FeatureValue]) -> Applicability? {
        guard let ensemble else { return nil }
        return ensemble.applicability(ensemble.model.row(checked(aligned(inputs))))
    }

    /// The same as a decision of this model says it, without working it out again; of the values outside the training range
    /// only those that it names.
    public func applicability(of decision: Decision) -> Applicability? {
        guard let ensemble else { return nil }
        guard let numbers = decision.numbers else { return applicability(inputs: decision.inputs) }
        guard let answer = numbers.answer else {
            return .insufficient(missing: ensemble.missing(numbers.row).map { requests[$0].name })
        }
        func name(_ input: Int) -> String? { requests.indices.contains(input) ? requests[input].name : nil }
        var outlier = ModelAnswer.Outlier(
            farthest: answer.farthest.flatMap(name), outside: answer.outside.compactMap(name), isFlagged: answer.isUnusual,
            isRefused: false)
        if case .insufficient = decision.result {
            outlier.isRefused = true
            return .unlike(outlier)
        }
        return answer.isUnusual ? .unusual(outlier) : .applies
    }

    /// The calibrated probability alone.
    func probability(vector: [Double]) -> Double? {
        guard let ensemble, vector.count == requests.count else { return nil }
        let margins = ensemble.model.margins(vector)
        return ensemble.model.calibration(margins.reduce(0, +) / Double(margins.count))
    }

    // MARK: - Inputs

    /// One value for each request, in the order of the requests.
    func aligned(_ inputs: [FeatureValue]) -> [FeatureValue] {
        // The timeline answers requests in their order.
        if inputs.count == requests.count, inputs.indices.allSatisfy({ inputs[$0].name == requests[$0].name }) {
            return inputs
        }
        var aligned: [FeatureValue] = []
        aligned.reserveCapacity(requests.count)
        for (index, request) in requests.enumerated() {
            if index < inputs.count, inputs[index].name == request.name {
                aligned.append(inputs[index])
            } else {
                aligned.append(
                    inputs.first { $0.name == request.name }
                        ?? FeatureValue(name: request.name, content: .missing(.notMeasured)))
            }
        }
        // Whoever names some inputs only gets what is made of them as well.
        derived.fill(&aligned, requests: requests)
        return aligned
    }

    private func checked(_ inputs: [FeatureValue]) -> [FeatureValue] {
        var inputs = inputs
        for (index, request) in requests.enumerated() {
            let reason: MissingReason?
            switch inputs[index].content {
            case .number(let number), .bound(let number, _):
                if let unit = inputs[index].unit, let wanted = request.resultUnit, unit != wanted {
                    reason = .unit
                } else if request.resultUnit == nil, !evaluator.recognizes(Self.code(number), input: index) {
                    reason = .notUsable
                } else if !number.isFinite || !(request.hasPlausibleValue(number)) {
                    reason = .implausible
                } else {
                    reason = nil
                }
            case .coded(let code):
                reason = request.unit == nil && evaluator.recognizes(code, input: index) ? nil : .notUsable
            case .missing: reason = nil
            }
            if let reason { inputs[index].content = .missing(reason) }
        }
        return inputs
    }

    /// A number in answer to a coded question stands for the code of that text.
    private static func code(_ number: Double) -> Code {
        Code(system: "", code: Int(exactly: number).map(String.init) ?? "")
    }

    // MARK: - Digests

    /// A key for everything that the result depends on: the model, and each input's exact value and time.
    ///
    /// Collisions are those of SHA-256, so it may be kept for as long as the model is. Times known and the ids of findings
    /// do not change a result and are not part of it.
    public func cacheKey(inputs: [FeatureValue]) -> ContentDigest {
        let aligned = aligned(inputs)
        // Trained models have many inputs, most of them missing: their key is made of the short form.
        if kind == .ensemble { return cacheKey(row: FeatureRow(aligned, requests: requests)) }
        var bytes = digestBytes
        bytes.reserveCapacity(32 + requests.count * 24)
        for (value, request) in zip(aligned, requests) { Self.append(value, unit: request.unit, to: &bytes) }
        return ContentDigest(of: bytes)
    }

    /// As ``cacheKey(inputs:)``.
    public func cacheKey(row: FeatureRow) -> ContentDigest {
        guard kind == .ensemble else {
            return cacheKey(inputs: requests.enumerated().map { row.value($0, of: $1) })
        }
        var bytes = digestBytes
        bytes.reserveCapacity(32 + row.entries.count * 18)
        for (position, entry) in row.entries.enumerated() {
            var state = entry.state
            if state == .other {
                guard let value = row.others[position] else { continue }
                // The same value says the same in either form.
                guard let short = FeatureRow.State(value, resultUnit: requests[position].resultUnit) else {
                    bytes.append(state.rawValue)
                    Self.append(value, unit: nil, to: &bytes)
                    continue
                }
                state = short
            }
            bytes.append(state.rawValue)
            if state.reason == nil { Self.append(entry.number.bitPattern, to: &bytes) }
            let effective = row.effective(position)
            bytes.append(effective == nil ? 0 : 1)
            if let effective { Self.append(UInt64(bitPattern: effective.microseconds), to: &bytes) }
            if let (late, known) = row.late(position) { Self.append(late, known: known, to: &bytes) }
        }
        return ContentDigest(of: bytes)
    }

    /// Each value takes a self-delimiting form, so that no two lists of values give the same bytes.
    private static func append(_ value: FeatureValue, unit: String?, to bytes: inout [UInt8]) {
        switch value.content {
        case .number(let number):
            bytes.append(1)
            append(number.bitPattern, to: &bytes)
        case .bound(let number, let comparator):
            bytes.append(2)
            append(number.bitPattern, to: &bytes)
            append(comparator.rawValue, to: &bytes)
        case .coded(let code):
            bytes.append(3)
            append(code.system, to: &bytes)
            append(code.code, to: &bytes)
        case .missing(let reason):
            bytes.append(4)
            append(reason.rawValue, to: &bytes)
        }
        if let own = value.unit, own != unit {
            bytes.append(1)
            append(own, to: &bytes)
        } else {
            bytes.append(0)
        }
        bytes.append(value.effective == nil ? 0 : 1)
        append(UInt64(bitPattern: value.effective?.microseconds ?? 0), to: &bytes)
        if let late = value.late { append(late, known: value.known, to: &bytes) }
    }

    /// A result that was mapped late is another statement than one that was known when it came.
    private static func append(_ late: LateMapping, known: Instant?, to bytes: inout [UInt8]) {
        bytes.append(5)
        append(UInt64(bitPattern: late.received.microseconds), to: &bytes)
        append(UInt64(bitPattern: known?.microseconds ?? 0), to: &bytes)
        append(late.table + "#" + late.row, to: &bytes)
    }

    static let noSuchFile = "The package has no such file, or the manifest no digest of it."

    /// The files that the manifest lists, each checked to be the one that the author saw. A trained model is read from no
    /// others.
    private static func check(
        digests: ManifestNode?, files: [String: [UInt8]]
    ) throws(InferenceError) -> [String: [UInt8]] {
        var digested: [String: [UInt8]] = [:]
        for (path, node) in try digests?.entries() ?? [] {
            guard let content = files[path] else { throw node.fail(.layout, "The package has no such file.") }
            guard try ContentDigest(of: content).hex == node.string else {
                throw node.fail(.digest, "The file is not the one that the manifest was written for.")
            }
            digested[path] = content
        }
        return digested
    }

    private static func maps(_ node: ManifestNode?) throws(InferenceError) -> [String: String] {
        var maps: [String: String] = [:]
        for (name, digest) in try node?.entries() ?? [] { maps[name] = try digest.string }
        return maps
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append(UInt64(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    /// SHA-256 over all files in the order of their paths, each with its path and both lengths in front.
    private static func digest(manifest: [UInt8], files: [String: [UInt8]]) -> ContentDigest {
        var all = files
        all["manifest.json"] = manifest
        var bytes: [UInt8] = []
        for (path, content) in all.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            append(path, to: &bytes)
            append(UInt64(content.count), to: &bytes)
            bytes.append(contentsOf: content)
        }
        return ContentDigest(of: bytes)
    }

    static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first) else { return false }
        return text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

extension FeatureRequest {
    /// Whether the plausible range of the values is that of the input as well; what counts or times values has none.
    var isBoundedByPlausibility: Bool {
        switch aggregate {
        case .last, .minimum, .maximum, .mean: true
        case .slope, .variability, .count, .timeSinceLast, .timeSinceFirst, .ever, .ratio, .difference: false
        }
    }

    /// Whether a number is possible.
    func hasPlausibleValue(_ number: Double) -> Bool {
        isBoundedByPlausibility ? plausible?.contains(number) ?? true : true
    }
}

extension FeatureRow.State {
    /// `nil` for a code, and for a number in another unit than that of the input.
    fileprivate init?(_ value: FeatureValue, resultUnit: String?) {
        switch value.content {
        case .number:
            guard value.unit == resultUnit else { return nil }
            self = .number
        case .bound(_, let comparator):
            guard value.unit == resultUnit else { return nil }
            self.init(comparator)
        case .missing(let reason):
            guard value.unit == nil else { return nil }
            self.init(reason)
        case .coded: return nil
        }
    }
}
