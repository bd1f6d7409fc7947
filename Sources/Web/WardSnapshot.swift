public import Clinical

/// The ward at a moment.
public struct WardSnapshot: Sendable, Hashable {
    /// Heading of the page: name of the hospital or the service.
    public var title: String
    /// The moment that every age on the page counts from.
    public var clock: Instant
    /// The clock belongs to recorded data and does not move by itself; the page says so in a banner.
    public var isRecordedClock: Bool
    /// Names of all wards, for the choice at the top.
    public var wards: [String]
    /// The ward that was asked for, `nil` for all.
    public var ward: String?
    public var patients: [WardRow]
    public var counters: WardCounters

    public init(
        title: String, clock: Instant, isRecordedClock: Bool, wards: [String] = [],
        ward: String? = nil, patients: [WardRow], counters: WardCounters
    ) {
        self.title = title
        self.clock = clock
        self.isRecordedClock = isRecordedClock
        self.wards = wards
        self.ward = ward
        self.patients = patients
        self.counters = counters
    }
}

/// A patient on the page.
public struct WardRow: Sendable, Hashable {
    /// Logical id of the FHIR Patient; the only identifier that appears in a URL.
    public var id: String
    /// `Family, Given`.
    public var name: PHI<String>?
    public var birthYear: Int?
    /// Whole years at the snapshot's clock.
    public var age: Int?
    public var sex: PatientRecord.Sex?
    /// Medical record number.
    public var recordNumber: PHI<String>?
    public var ward: String?
    public var bed: String?
    /// In the order of the columns. Every row of a page should bring the same vitals (by name) in the same order.
    public var vitals: [VitalView]
    /// The primary score first or anywhere; the others follow it, smaller.
    public var scores: [ScoreView]
    /// When something about this row last changed.
    public var lastChange: Instant?

    public init(
        id: String, name: PHI<String>?, birthYear: Int? = nil, age: Int? = nil, sex: PatientRecord.Sex? = nil,
        recordNumber: PHI<String>? = nil, ward: String? = nil, bed: String? = nil, vitals: [VitalView], scores: [ScoreView],
        lastChange: Instant? = nil
    ) {
        self.id = id
        self.name = name
        self.birthYear = birthYear
        self.age = age
        self.sex = sex
        self.recordNumber = recordNumber
        self.ward = ward
        self.bed = bed
        self.vitals = vitals
        self.scores = scores
        self.lastChange = lastChange
    }

    /// The score that decides the order, `nil` when no model ran for this patient.
    public var primaryScore: ScoreView? {
        scores.first { $0.isPrimary } ?? scores.first
    }
}

/// A vital sign: its last value and the way there.
public struct VitalView: Sendable, Hashable {
    public struct Point: Sendable, Hashable {
        public var time: Instant
        public var value: Double

        public init(time: Instant, value: Double) {
            self.time = time
            self.value = value
        }
    }

    /// `respiratory-rate`; the same vital has the same name in every row.
    public var name: String
    /// `Respiratory rate`.
    public var label: String
    /// Column heading, `RR`.
    public var shortLabel: String
    /// `26`, `98.6`, `Alert`; `nil` when there is none.
    public var valueText: String?
    /// `/min`, as people write it.
    public var unit: String?
    /// When it was measured; its age counts from here.
    public var effective: Instant?
    /// Too old to stand for now. It is shown, marked.
    public var isStale: Bool
    /// Oldest first.
    public var points: [Point]
    /// Span of the value that adds nothing to the primary score, drawn as a band behind the line.
    public var band: ClosedRange<Double>?
    /// Points that this vital adds to the primary score; 0 or `nil` is not shown.
    public var contribution: Int?
    /// Why there is no value: `not measured`, `unit cannot be converted`.
    public var missing: String?

    public init(
        name: String, label: String, shortLabel: String, valueText: String?, unit: String?, effective: Instant?,
        isStale: Bool = false, points: [Point] = [], band: ClosedRange<Double>? = nil, contribution: Int? = nil,
        missing: String? = nil
    ) {
        self.name = name
        self.label = label
        self.shortLabel = shortLabel
        self.valueText = valueText
        self.unit = unit
        self.effective = effective
        self.isStale = isStale
        self.points = points
        self.band = band
        self.contribution = contribution
        self.missing = missing
    }
}
