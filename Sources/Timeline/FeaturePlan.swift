public import Clinical

/// The inputs of a model, arranged so that each series is read once for all of them.
///
/// A window reaches from the horizon before the moment to the moment, both ends included. It sees what was true by
/// `effective` and known by `known`, and nothing else: values of the future change nothing, whatever they are. Values that
/// cannot be used (a text, another unit, outside the plausible range) are not in it.
///
/// - `mean`, `slope` (least squares, an hour) and `variability` (sample standard deviation) take every value, a bound such
///   as `<5` by its limit; `slope` and `variability` need two values, `slope` at different times. With fewer they are
///   missing.
/// - `count` and `ever` are never missing: no value is 0.
/// - `time-since-last` and `time-since-first` are hours to the moment, or to `known` if that is earlier.
/// - What only counts or times values may have no unit: then any value counts, so that several kinds of values can.
/// - `last`, `minimum` and `maximum` are those of ``PatientTimeline/features(_:asOf:conversion:)``.
///
/// A request with a lag has its window end so long before the moment; what is known of it by the moment counts.
///
/// Nothing is filled in. What is missing is NaN in a ``PatientTimeline/vector(_:asOf:conversion:)``, and the time since the
/// last value is an input of its own.
public struct FeaturePlan: Sendable {
    /// Requests over the same values.
    struct Group: Sendable {
        var request: FeatureRequest
        /// Position in the vector, aggregate and horizon in microseconds of each.
        var members: [(position: Int, aggregate: FeatureRequest.Aggregate, horizon: Int64)]
        /// Longest horizon of those that need every value in it.
        var longest: Int64
        /// The age stands for a value where there is none.
        var mayBeAge: Bool
    }

    public let requests: [FeatureRequest]
    let groups: [Group]
    let derived: DerivedFeatures

    public init(_ requests: [FeatureRequest]) {
        self.requests = requests
        derived = DerivedFeatures(requests)
        var groups: [Group] = []
        for (position, request) in requests.enumerated() where !request.aggregate.isDerived {
            let microseconds = Self.microseconds(request)
            let needsAll = request.aggregate.needsWindow
            let member = (position, request.aggregate, microseconds)
            let match = groups.firstIndex { group in
                group.request.loinc == request.loinc && group.request.unit == request.unit
                    && group.request.plausible == request.plausible && group.request.lagSeconds == request.lagSeconds
            }
            if let match {
                groups[match].members.append(member)
                if needsAll { groups[match].longest = max(groups[match].longest, microseconds) }
            } else {
                groups.append(
                    Group(
                        request: request, members: [member], longest: needsAll ? microseconds : -1,
                        mayBeAge: PatientTimeline.isAge(request)))
            }
        }
        self.groups = groups
    }

    /// The horizon in microseconds.
    static func microseconds(_ request: FeatureRequest) -> Int64 {
        let horizon = max(0, request.horizonSeconds).multipliedReportingOverflow(by: 1_000_000)
        return horizon.overflow ? .max : horizon.partialValue
    }
}

extension FeatureRequest.Aggregate {
    /// Whether every value of the window counts.
    var needsWindow: Bool {
        switch self {
        case .minimum, .maximum, .mean, .slope, .variability, .count: true
        case .last, .timeSinceLast, .timeSinceFirst, .ever, .ratio, .difference: false
        }
    }
}
