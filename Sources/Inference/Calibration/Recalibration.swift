/// Calibration and prediction-set limits of a model at one hospital, from its own hours and their labels as they come in.
///
/// The members stay as they are; what is fitted anew is how their margins read as probabilities, and the margins from which
/// a label is in the prediction set. Both come from patients of the place, so that coverage holds there again.
public struct Recalibration: Sendable, Hashable {
    /// An answered hour whose label is known by now.
    public struct Hour: Sendable, Hashable {
        /// In log odds.
        public var margin: Double
        /// What the package's own calibration made of it.
        public var probability: Double
        /// The group whose limits hold for it; `nil` where the package has none for it.
        public var group: String?
        /// Whether the event came.
        public var label: Bool
        /// Number of the patient: hours of one patient are not independent of one another.
        public var patient: Int
        /// What the package's own limits made of it, by ascending level.
        public var sets: [ModelAnswer.PredictionSet]

        public init(answer: ModelAnswer, label: Bool, patient: Int) {
            margin = answer.margin
            probability = answer.probability
            group = answer.group
            self.label = label
            self.patient = patient
            sets = answer.sets
        }
    }

    /// Limits at one level of confidence.
    public struct Limit: Sendable, Hashable {
        public var level: Double
        /// The event is in the set from this margin on …
        public var positiveFrom: Double
        /// … and its absence up to this one.
        public var negativeTo: Double
    }

    /// The limits of a group, from its own hours where it has enough of them, otherwise from all.
    public struct Group: Sendable, Hashable {
        public var hours: Int
        public var positiveHours: Int
        public var limits: [Limit]
    }

    /// Shares of hours whose label was in its set.
    public struct Coverage: Sendable, Hashable {
        public var level: Double
        public var all: Double
        /// Of the hours with the event.
        public var positive: Double
    }

    /// A group with fewer patients who had the event takes the limits of all hours: its own would be chance.
    public static let minimumGroupPatients = 50

    public let table: CalibrationTable
    public let platt: PlattFit
    public let all: Group
    public let groups: [String: Group]

    public init(_ hours: [Hour], levels: [Double]) {
        table = CalibrationTable(scores: hours.map(\.margin), labels: hours.map(\.label)).binned(300)
        platt = PlattFit(table)
        let all = Self.group(hours, levels)
        var byGroup: [String: [Hour]] = [:]
        for hour in hours { if let group = hour.group { byGroup[group, default: []].append(hour) } }
        groups = byGroup.mapValues { own in
            let found = Self.group(own, levels)
            guard Self.patientsWithEvent(own) < Self.minimumGroupPatients else { return found }
            return Group(hours: found.hours, positiveHours: found.positiveHours, limits: all.limits)
        }
        self.all = all
    }

    public var calibration: IsotonicFit { IsotonicFit(table) }

    public static func patientsWithEvent(_ hours: [Hour]) -> Int {
        Set(hours.lazy.filter(\.label).map(\.patient)).count
    }

    private static func group(_ hours: [Hour], _ levels: [Double]) -> Group {
        let positive = hours.filter(\.label).map { -$0.margin }
        let negative = hours.filter { !$0.label }.map(\.margin)
        return Group(
            hours: hours.count, positiveHours: positive.count,
            limits: levels.map { level in
                Limit(
                    level: level, positiveFrom: -ConformalQuantile.upper(positive, level: level),
                    negativeTo: ConformalQuantile.upper(negative, level: level))
            })
    }

    // MARK: - What it changes

    /// Coverage of the package's own limits.
    public static func coverageBefore(_ hours: [Hour]) -> [Coverage] {
        let levels = hours.first?.sets.map(\.level) ?? []
        return levels.indices.map { index in
            coverage(hours, level: levels[index]) { hour in
                index < hour.sets.count && (hour.label ? hour.sets[index].positive : hour.sets[index].negative)
            }
        }
    }

    /// Coverage to be expected of new limits: every other patient's hours are judged by limits of the others.
    public static func coverageAfter(_ hours: [Hour], levels: [Double]) -> [Coverage] {
        let halves = [hours.filter { $0.patient % 2 == 0 }, hours.filter { $0.patient % 2 == 1 }]
        let fitted = [Recalibration(halves[1], levels: levels), Recalibration(halves[0], levels: levels)]
        return levels.indices.map { index in
            coverage(hours, level: levels[index]) { hour in
                let limits = fitted[abs(hour.patient % 2)]
                let limit = (hour.group.flatMap { limits.groups[$0] } ?? limits.all).limits[index]
                return hour.label ? hour.margin >= limit.positiveFrom : hour.margin <= limit.negativeTo
            }
        }
    }

    private static func coverage(_ hours: [Hour], level: Double, isCovered: (Hour) -> Bool) -> Coverage {
        var (covered, positive, positiveCovered) = (0, 0, 0)
        for hour in hours {
            let isInside = isCovered(hour)
            if isInside { covered += 1 }
            guard hour.label else { continue }
            positive += 1
            if isInside { positiveCovered += 1 }
        }
        return Coverage(
            level: level, all: Double(covered) / Double(max(1, hours.count)),
            positive: Double(positiveCovered) / Double(max(1, positive)))
    }
}

extension CalibrationTable {
    /// Neighbouring scores joined to at most so many bins of nearly equal size, each at its mean score.
    func binned(_ count: Int) -> CalibrationTable {
        guard scores.count > count, count > 0 else { return self }
        let size = counts.reduce(0, +) / Double(count)
        var binned = CalibrationTable(scores: [], counts: [], positives: [])
        var (sum, rows, positive) = (0.0, 0.0, 0.0)
        for index in scores.indices {
            sum += scores[index] * counts[index]
            rows += counts[index]
            positive += positives[index]
            guard rows >= size || index == scores.count - 1 else { continue }
            binned.scores.append(sum / rows)
            binned.counts.append(rows)
            binned.positives.append(positive)
            (sum, rows, positive) = (0, 0, 0)
        }
        return binned
    }
}
