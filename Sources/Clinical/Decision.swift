/// Which model, exactly.
public struct ModelReference: Hashable, Sendable, Codable {
    public var name: String
    public var version: String
    /// SHA-256 over the package, hexadecimal.
    public var digest: String
    /// What it is called on a page: `NEWS2`.
    public var title: String

    public init(name: String, version: String, digest: String, title: String) {
        self.name = name
        self.version = version
        self.digest = digest
        self.title = title
    }
}

/// What a model says about a patient at a moment, with what it rests on.
public struct Decision: Hashable, Sendable, Codable {
    /// What kind of number the result is.
    public enum Scale: Hashable, Sendable, Codable {
        /// Points of a published score between the two bounds.
        case points(minimum: Double, maximum: Double)
        /// A ratio or index without bounds.
        case index
        /// A calibrated probability, 0…1.
        case probability
    }

    /// The result. `low` and `high` are equal for a score with every input; with inputs missing they are the lowest
    /// and highest it can be; for a probability they are its interval.
    public struct Estimate: Hashable, Sendable, Codable {
        /// `nil` when inputs are missing (then only the range is known).
        public var value: Double?
        public var low: Double
        public var high: Double

        public init(value: Double?, low: Double, high: Double) {
            self.value = value
            self.low = low
            self.high = high
        }
    }

    public enum Result: Hashable, Sendable, Codable {
        case estimate(Estimate)
        /// Not enough inputs for any statement; the sentence says which rule of the package said so.
        case insufficient(String)
    }

    /// Deterministic: model digest, patient, input values with their times.
    public var id: String
    public var model: ModelReference
    public var patient: PatientKey
    public var asOf: AsOf
    public var scale: Scale
    public var result: Result
    /// Risk level of the result (of the highest possible result where it is a range).
    public var level: RiskLevel
    private var grounds: Grounds

    /// What it rests on: written out, or as numbers from which the same is written when somebody reads it.
    private enum Grounds: Sendable {
        case written(Written)
        case numbers(DecisionNumbers)
    }

    private struct Written: Sendable {
        var reasons: [Reason]
        var inputs: [FeatureValue]
        var notes: [String]
    }

    public init(
        id: String, model: ModelReference, patient: PatientKey, asOf: AsOf, scale: Scale, result: Result, level: RiskLevel,
        reasons: [Reason], inputs: [FeatureValue], notes: [String]
    ) {
        self.id = id
        self.model = model
        self.patient = patient
        self.asOf = asOf
        self.scale = scale
        self.result = result
        self.level = level
        grounds = .written(Written(reasons: reasons, inputs: inputs, notes: notes))
    }

    /// A trained model's decision, whose words are written when they are read.
    public init(
        id: String, model: ModelReference, patient: PatientKey, asOf: AsOf, scale: Scale, result: Result, level: RiskLevel,
        numbers: DecisionNumbers
    ) {
        self.id = id
        self.model = model
        self.patient = patient
        self.asOf = asOf
        self.scale = scale
        self.result = result
        self.level = level
        grounds = .numbers(numbers)
    }

    /// The numbers that reasons, inputs and notes are written from; `nil` where they stand as they are.
    public var numbers: DecisionNumbers? {
        if case .numbers(let numbers) = grounds { numbers } else { nil }
    }

    /// One per part of the score, in the order of the published table.
    public var reasons: [Reason] {
        get {
            switch grounds {
            case .written(let written): written.reasons
            case .numbers(let numbers): numbers.reasons
            }
        }
        set { write { $0.reasons = newValue } }
    }

    /// Every input with its value and age, missing ones with why.
    public var inputs: [FeatureValue] {
        get {
            switch grounds {
            case .written(let written): written.inputs
            case .numbers(let numbers): numbers.inputs
            }
        }
        set { write { $0.inputs = newValue } }
    }

    /// Sentences a reader needs to judge the result (`SpO₂ scale 2 in use`, `2 inputs missing`).
    public var notes: [String] {
        get {
            switch grounds {
            case .written(let written): written.notes
            case .numbers(let numbers): numbers.notes
            }
        }
        set { write { $0.notes = newValue } }
    }

    private mutating func write(_ change: (inout Written) -> Void) {
        var written =
            switch grounds {
            case .written(let written): written
            case .numbers(let numbers):
                Written(reasons: numbers.reasons, inputs: numbers.inputs, notes: numbers.notes)
            }
        change(&written)
        grounds = .written(written)
    }

    public var missingInputs: [FeatureValue] {
        inputs.filter { if case .missing = $0.content { true } else { false } }
    }
}

extension Decision {
    /// Two decisions are equal when they say the same, however they keep it.
    public static func == (left: Decision, right: Decision) -> Bool {
        guard left.id == right.id, left.asOf == right.asOf, left.result == right.result, left.level == right.level,
            left.patient == right.patient, left.model == right.model, left.scale == right.scale
        else { return false }
        if let one = left.numbers, let other = right.numbers, one == other { return true }
        return left.reasons == right.reasons && left.inputs == right.inputs && left.notes == right.notes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(asOf)
        hasher.combine(result)
    }

    private enum CodingKeys: String, CodingKey {
        case id, model, patient, asOf, scale, result, level, reasons, inputs, notes
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(String.self, forKey: .id),
            model: try container.decode(ModelReference.self, forKey: .model),
            patient: try container.decode(PatientKey.self, forKey: .patient),
            asOf: try container.decode(AsOf.self, forKey: .asOf),
            scale: try container.decode(Scale.self, forKey: .scale),
            result: try container.decode(Result.self, forKey: .result),
            level: try container.decode(RiskLevel.self, forKey: .level),
            reasons: try container.decode([Reason].self, forKey: .reasons),
            inputs: try container.decode([FeatureValue].self, forKey: .inputs),
            notes: try container.decode([String].self, forKey: .notes))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(model, forKey: .model)
        try container.encode(patient, forKey: .patient)
        try container.encode(asOf, forKey: .asOf)
        try container.encode(scale, forKey: .scale)
        try container.encode(result, forKey: .result)
        try container.encode(level, forKey: .level)
        try container.encode(reasons, forKey: .reasons)
        try container.encode(inputs, forKey: .inputs)
        try container.encode(notes, forKey: .notes)
    }
}

/// A named risk level with the cues that carry it: colour is never the only one.
public struct RiskLevel: Hashable, Sendable, Codable {
    public enum Colour: String, Sendable, Codable {
        case none, green, yellow, orange, red
    }
    public enum Shape: String, Sendable, Codable {
        case none, circle, triangle, diamond, octagon
    }

    /// Order of urgency, 0 lowest.
    public var rank: Int
    /// `low`, `low-medium`, `medium`, `high`, `unknown`.
    public var name: String
    public var colour: Colour
    public var shape: Shape
    /// What the publication says to do, one sentence.
    public var action: String

    public init(rank: Int, name: String, colour: Colour, shape: Shape, action: String) {
        self.rank = rank
        self.name = name
        self.colour = colour
        self.shape = shape
        self.action = action
    }

    /// No statement is possible.
    public static let unknown = RiskLevel(rank: 0, name: "unknown", colour: .none, shape: .none, action: "")
}

/// One part of a result: what an input added to it.
public struct Reason: Hashable, Sendable, Codable {
    /// Name of the part, that of the input where they are one to one.
    public var name: String
    public var label: String
    /// Names of the inputs it rests on.
    public var inputs: [String]
    /// Contribution; `low` < `high` when an input is missing.
    public var low: Double
    public var high: Double
    /// In clinical words and units: `Respiratory rate 26 /min`.
    public var text: String
    /// Row of the published table, `≥ 25`.
    public var band: String

    public init(name: String, label: String, inputs: [String], low: Double, high: Double, text: String, band: String) {
        self.name = name
        self.label = label
        self.inputs = inputs
        self.low = low
        self.high = high
        self.text = text
        self.band = band
    }
}
