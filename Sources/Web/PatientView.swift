public import Clinical

/// A patient's own page: every input with where it came from, every model with its reasons, and "what if".
public struct PatientView: Sendable, Hashable {
    /// Something that models ask for, as it stands.
    public struct Input: Sendable, Hashable {
        /// Name of its field in the form.
        public var field: String
        public var label: String
        public var value: String?
        public var unit: String?
        public var effective: Instant?
        /// `lab-a, message 812, OBX[3]-5`.
        public var source: String?
        /// Why there is no value.
        public var missing: String?
        /// What was typed for "what if".
        public var assumed: String?
        /// Whether the value is a number; otherwise a code such as `A` for alert.
        public var isNumber: Bool

        public init(
            field: String, label: String, value: String?, unit: String?, effective: Instant?, source: String?,
            missing: String?, assumed: String?, isNumber: Bool
        ) {
            self.field = field
            self.label = label
            self.value = value
            self.unit = unit
            self.effective = effective
            self.source = source
            self.missing = missing
            self.assumed = assumed
            self.isNumber = isNumber
        }
    }

    public struct Model: Sendable, Hashable {
        public var score: ScoreView
        /// The answer had the inputs just been measured as typed.
        public var hypothetical: ScoreView?
        /// What would have to be normal for a lower level, a sentence each.
        public var counterfactuals: [String]

        public init(score: ScoreView, hypothetical: ScoreView?, counterfactuals: [String]) {
            self.score = score
            self.hypothetical = hypothetical
            self.counterfactuals = counterfactuals
        }
    }

    public var row: WardRow
    public var clock: Instant
    public var isRecordedClock: Bool
    public var inputs: [Input]
    public var models: [Model]
    /// Which fields could not be read as a number or a code.
    public var problem: String?

    public init(
        row: WardRow, clock: Instant, isRecordedClock: Bool, inputs: [Input], models: [Model], problem: String? = nil
    ) {
        self.row = row
        self.clock = clock
        self.isRecordedClock = isRecordedClock
        self.inputs = inputs
        self.models = models
        self.problem = problem
    }
}
