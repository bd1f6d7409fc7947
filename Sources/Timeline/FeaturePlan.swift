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
    ///
    /// A class, so that handing it on counts one reference and not those of everything in it.
    final class Group: Sendable {
        struct Member: Sendable {
            /// In the vector.
            var position: Int
            var aggregate: FeatureRequest.Aggregate
            /// In microseconds.
            var horizon: Int64
            /// As ``FeatureRequest/takesUnitOfFinding``.
            var takesUnit: Bool
        }

        /// The first of them; the others differ in aggregate, horizon and name.
        let request: FeatureRequest
        /// Of each code of the request: its place among the ``FeaturePlan/keys``.
        let keys: [Int]
        let members: [Member]
        /// Longest horizon of those that need every value in it; negative without any.
        let longest: Int64
        /// The age stands for a value where there is none.
        let mayBeAge: Bool
        /// Positions of those that are 0, not missing, where nothing was ever measured.
        let zeros: [Int]
        let plausible: ClosedRange<Double>

        init(_ request: FeatureRequest, keys: [Int], members: [Member] = []) {
            self.request = request
            self.keys = keys
            self.members = members
            longest = members.filter(\.aggregate.needsWindow).map(\.horizon).max() ?? -1
            mayBeAge = PatientTimeline.isAge(request)
            zeros = members.filter { $0.aggregate == .count || $0.aggregate == .ever }.map(\.position)
            plausible = request.plausible ?? -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        }
    }

    public let requests: [FeatureRequest]
    let groups: [Group]
    let derived: DerivedFeatures
    /// Keys of all series that it reads, each once, with its place.
    let keys: [String: Int]

    public init(_ requests: [FeatureRequest]) {
        self.requests = requests
        derived = DerivedFeatures(requests)
        var groups: [(request: FeatureRequest, members: [Group.Member])] = []
        for (position, request) in requests.enumerated() where !request.aggregate.isDerived {
            let member = Group.Member(
                position: position, aggregate: request.aggregate, horizon: Self.microseconds(request),
                takesUnit: request.takesUnitOfFinding)
            let match = groups.firstIndex { group in
                group.request.loinc == request.loinc && group.request.unit == request.unit
                    && group.request.plausible == request.plausible && group.request.lagSeconds == request.lagSeconds
            }
            if let match {
                groups[match].members.append(member)
            } else {
                groups.append((request, [member]))
            }
        }
        var keys: [String: Int] = [:]
        self.groups = groups.map { request, members in
            let own = request.loinc.map { key in
                let place = keys[key] ?? keys.count
                keys[key] = place
                return place
            }
            return Group(request, keys: own, members: members)
        }
        self.keys = keys
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
