/// A moment on both axes of the timeline: only what was true by `effective` and known by `known` may be seen.
public struct AsOf: Hashable, Sendable, Codable {
    public var effective: Instant
    public var known: Instant

    public init(effective: Instant, known: Instant) {
        self.effective = effective
        self.known = known
    }

    public init(_ moment: Instant) {
        self.init(effective: moment, known: moment)
    }

    /// What was true so much earlier, as it is known by the same moment.
    public func earlier(seconds: Int64) -> AsOf {
        AsOf(effective: effective.adding(seconds: -max(0, seconds)), known: known)
    }
}

/// One input that a model asks for.
public struct FeatureRequest: Hashable, Sendable, Codable {
    /// What is made of the values within the horizon.
    public enum Aggregate: String, Sendable, Codable, CaseIterable {
        case last, minimum, maximum, mean
        /// Least-squares slope, an hour.
        case slope
        /// Sample standard deviation.
        case variability
        /// How many values there are; none is 0, not missing.
        case count
        /// Hours since the last value.
        case timeSinceLast = "time-since-last"
        /// Hours since the first value within the horizon.
        case timeSinceFirst = "time-since-first"
        /// 1 if there is a value, otherwise 0.
        case ever
        /// The first of two other inputs divided by the second; ``FeatureRequest/operands``.
        case ratio
        /// The first of two other inputs less the second.
        case difference

        /// Whether it is worked out of other inputs, not of findings.
        public var isDerived: Bool { self == .ratio || self == .difference }
    }

    /// Name inside the model package, `respiratory-rate`.
    public var name: String
    /// What a clinician calls it, `Respiratory rate`.
    public var label: String
    /// LOINC codes that can serve, best first only where two values are equally recent.
    public var loinc: [String]
    /// UCUM unit the model was built with; `nil` for coded inputs.
    public var unit: String?
    public var aggregate: Aggregate
    /// How long a value may stand for now, in seconds.
    public var horizonSeconds: Int64
    /// How long before the moment the window ends, in seconds: the steps of a series are inputs with growing lags.
    public var lagSeconds: Int64
    /// Values outside are taken as ``MissingReason/implausible``.
    public var plausible: ClosedRange<Double>?
    /// Names of the two inputs that a derived one is made of; otherwise none.
    public var operands: [String]
    /// What the input is about where several inputs are about the same, `lactate`; reasons are grouped by it.
    public var concept: String?

    public init(
        name: String, label: String, loinc: [String], unit: String?, aggregate: Aggregate = .last, horizonSeconds: Int64,
        plausible: ClosedRange<Double>? = nil, concept: String? = nil, operands: [String] = [],
        lagSeconds: Int64 = 0
    ) {
        self.name = name
        self.label = label
        self.loinc = loinc
        self.unit = unit
        self.aggregate = aggregate
        self.horizonSeconds = horizonSeconds
        self.plausible = plausible
        self.concept = concept
        self.operands = operands
        self.lagSeconds = lagSeconds
    }

    /// UCUM unit of the feature, which differs from that of the values it is made of where they are counted or timed.
    public var resultUnit: String? {
        switch aggregate {
        case .last, .minimum, .maximum, .mean, .variability, .ratio, .difference: unit
        case .slope: unit.map { $0 + "/h" }
        case .timeSinceLast, .timeSinceFirst: "h"
        case .count, .ever: "1"
        }
    }
}

/// One input as it stood at a moment: a value with its time, or the reason there is none.
public struct FeatureValue: Hashable, Sendable, Codable {
    public enum Content: Hashable, Sendable, Codable {
        case number(Double)
        /// A bound only (`<0.01`): the number and which side.
        case bound(Double, Quantity.Comparator)
        case coded(Code)
        case missing(MissingReason)
    }

    public var name: String
    public var content: Content
    /// UCUM unit of the number.
    public var unit: String?
    /// LOINC code that served.
    public var loinc: String?
    /// When it was true; also set for stale values, so that the age can be shown.
    public var effective: Instant?
    public var known: Instant?
    /// Id of the finding that it came from.
    public var finding: String?
    /// Set where the value could not be used when it came.
    public var late: LateMapping?

    public init(
        name: String, content: Content, unit: String? = nil, loinc: String? = nil, effective: Instant? = nil,
        known: Instant? = nil, finding: String? = nil, late: LateMapping? = nil
    ) {
        self.name = name
        self.content = content
        self.unit = unit
        self.loinc = loinc
        self.effective = effective
        self.known = known
        self.finding = finding
        self.late = late
    }
}

/// Why a value is known only since some time after its message came: its code or unit had no mapping until then.
///
/// ``FeatureValue/known`` is the moment from which the mapping was in use.
public struct LateMapping: Hashable, Sendable, Codable {
    /// When the message came.
    public var received: Instant
    /// The sender's code.
    public var code: String
    /// Table and version, `lab-a/1.0.1`.
    public var table: String
    /// Content hash of the row.
    public var row: String
    /// Who approved the row.
    public var reviewer: String?

    public init(received: Instant, code: String, table: String, row: String, reviewer: String?) {
        self.received = received
        self.code = code
        self.table = table
        self.row = row
        self.reviewer = reviewer
    }
}
