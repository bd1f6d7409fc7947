import Clinical

/// A usable value in a window.
struct WindowValue {
    var effective: Int64
    var value: Double
    var version: Int32
    /// Position of its code in the request.
    var rank: Int
}

/// The values of one request, kept for the next ones that are made of the same.
struct WindowCache {
    private var request: FeatureRequest?
    private var reader: WindowReader?
    var values: [WindowValue] = []
    /// The longest horizon that `values` covers; negative when they were not read.
    var collected: Int64 = -1

    mutating func reader(for request: FeatureRequest, make: () -> WindowReader) -> WindowReader {
        if let reader, let known = self.request, known.loinc == request.loinc, known.unit == request.unit,
            known.plausible == request.plausible, known.lagSeconds == request.lagSeconds
        {
            return reader
        }
        let fresh = make()
        (self.request, reader, collected) = (request, fresh, -1)
        values.removeAll(keepingCapacity: true)
        return fresh
    }
}

/// Reads the values of one request as of a moment, and of every other that differs in aggregate and horizon only.
///
/// It does not hold the timeline, which would count a reference to each of its parts; every method is handed the one that the
/// reader was made for.
struct WindowReader {
    /// A series of the request.
    private struct Source {
        var rank: Int
        var series: Int
        var order: [Int32]
        /// Number of versions up to the moment.
        var end: Int
    }

    private let group: FeaturePlan.Group
    private let conversion: any UnitConverting
    private let asOf: AsOf
    private let known: Int64
    /// Windows end here.
    private let until: Int64
    /// Times are told from here: a moment that allows for a sender's fast clock is later than now.
    private let moment: Int64
    private let sources: [Source]

    /// - Parameter series: Of each key that the group names by its place: its series in the timeline, −1 without one.
    init(
        _ timeline: PatientTimeline, _ group: FeaturePlan.Group, series: [Int], asOf: AsOf, conversion: any UnitConverting
    ) {
        self.group = group
        self.conversion = conversion
        self.asOf = asOf
        known = asOf.known.microseconds
        until = asOf.effective.microseconds
        moment = min(until, known)
        var sources: [Source] = []
        for (rank, key) in group.keys.enumerated() where series[key] >= 0 {
            let order = timeline.table[series[key]].order
            let end = timeline.upperBound(order, effective: until)
            if end > 0 { sources.append(Source(rank: rank, series: series[key], order: order, end: end)) }
        }
        self.sources = sources
    }

    /// Whether nothing at all was true by the moment, known or not.
    var hasNoSource: Bool { sources.isEmpty }

    /// Whether nothing at all arrived by the moment, of any use or none.
    func isEmpty(in timeline: PatientTimeline) -> Bool {
        sources.allSatisfy { source in
            !source.order[..<source.end].contains { timeline.moments[Int($0)].isVisible(known: known) }
        }
    }

    private func start(_ horizon: Int64) -> Int64 {
        let (start, overflow) = until.subtractingReportingOverflow(horizon)
        return overflow ? .min : start
    }

    // MARK: - One input

    /// What an input says.
    ///
    /// - Parameters:
    ///   - values: All usable values of a window at least as long, for the aggregates that need them.
    func reading(
        _ aggregate: FeatureRequest.Aggregate, horizon: Int64, values: [WindowValue], in timeline: PatientTimeline
    ) -> Reading {
        switch aggregate {
        case .last: return last(horizon: horizon, in: timeline)
        case .minimum, .maximum: return extreme(aggregate, horizon: horizon, in: timeline)
        case .mean, .slope, .variability, .count, .timeSinceLast, .timeSinceFirst, .ever:
            guard let found = self.aggregate(aggregate, horizon: horizon, values: values, in: timeline) else {
                return Reading(content: .missing(.notMeasured))
            }
            return Reading(
                content: .number(found.value), version: found.source?.version ?? -1, rank: found.source?.rank ?? -1)
        // Worked out of other inputs, when all of them are there.
        case .ratio, .difference: return Reading(content: .missing(.notMeasured))
        }
    }

    private func last(horizon: Int64, in timeline: PatientTimeline) -> Reading {
        let since = start(horizon)
        var valued: (version: Int32, effective: Int64, source: Source)?
        var missing: (version: Int32, effective: Int64, source: Source)?
        for source in sources {
            var index = source.end
            while index > 0 {
                index -= 1
                let version = source.order[index]
                let entry = timeline.moments[Int(version)]
                if let valued, entry.effective <= valued.effective { break }
                guard entry.isVisible(known: known) else { continue }
                if entry.isMissing {
                    if missing.map({ entry.effective > $0.effective }) ?? true {
                        missing = (version, entry.effective, source)
                    }
                } else {
                    valued = (version, entry.effective, source)
                    break
                }
            }
        }
        if let valued, valued.effective >= since {
            return Reading(
                content: content(of: valued.version, from: valued.source, in: timeline), version: valued.version,
                rank: valued.source.rank)
        }
        if let missing, missing.effective >= since {
            return Reading(
                content: content(of: missing.version, from: missing.source, in: timeline), version: missing.version,
                rank: missing.source.rank)
        }
        if valued == nil, missing == nil, let age = timeline.age(group.request, asOf: asOf) { return age }
        guard let old = valued else { return Reading(content: .missing(.notMeasured)) }
        return Reading(content: .missing(.stale), version: old.version, rank: old.source.rank)
    }

    private func extreme(
        _ aggregate: FeatureRequest.Aggregate, horizon: Int64, in timeline: PatientTimeline
    ) -> Reading {
        let since = start(horizon)
        // The maximum is the minimum of the negated values.
        let sign: Double = aggregate == .maximum ? -1 : 1
        var lowest: (value: Double, version: Int32, rank: Int)?
        var bounded = Extent()
        var unusable: (version: Int32, rank: Int, content: FeatureValue.Content)?
        for source in sources {
            var index = source.end
            while index > 0 {
                index -= 1
                let version = source.order[index]
                let entry = timeline.moments[Int(version)]
                guard entry.effective >= since else { break }
                guard entry.isVisible(known: known) else { continue }
                let content = content(of: version, from: source, in: timeline)
                let candidate: Double
                switch content {
                case .number(let number):
                    candidate = sign * number
                    bounded.add(candidate, comparator: nil)
                case .bound(let number, let comparator):
                    candidate = sign * number
                    bounded.add(candidate, comparator: sign < 0 ? comparator.mirrored : comparator)
                case .coded: continue
                case .missing:
                    if unusable.map({ timeline.moments[Int($0.version)].effective < entry.effective }) ?? true {
                        unusable = (version, source.rank, content)
                    }
                    continue
                }
                if lowest.map({ candidate < $0.value }) ?? true { lowest = (candidate, version, source.rank) }
            }
        }
        if let lowest {
            return Reading(content: bounded.content(sign: sign), version: lowest.version, rank: lowest.rank)
        }
        if let unusable { return Reading(content: unusable.content, version: unusable.version, rank: unusable.rank) }
        // Nothing within the horizon: stale or never measured, as for the last value.
        return last(horizon: horizon, in: timeline)
    }

    /// What a version says to the request. The usual case is looked at first: a plain number in the unit that is asked for.
    @inline(__always)
    private func content(
        of version: Int32, from source: Source, in timeline: PatientTimeline
    ) -> FeatureValue.Content {
        let entry = timeline.moments[Int(version)]
        if !entry.number.isNaN, !entry.isBound, let unit = group.request.unit, group.plausible.contains(entry.number),
            timeline.table[source.series].contexts[Int(entry.context)].unit == unit
        {
            return .number(entry.number)
        }
        return timeline.content(
            of: version, under: group.request.loinc[source.rank], for: group.request, conversion: conversion)
    }

    // MARK: - Windows

    /// Visits the usable values of a series from the newest back to `since`, until `visit` says to stop.
    @inline(__always)
    private func scan(
        _ source: Source, since: Int64, in timeline: PatientTimeline, _ visit: (Int64, Double, Int32) -> Bool
    ) {
        let (unit, plausible) = (group.request.unit, group.plausible)
        timeline.moments.withUnsafeBufferPointer { moments in
            var index = source.end
            var checked = UInt32.max
            var isSame = false
            while index > 0 {
                index -= 1
                let version = source.order[index]
                let entry = moments[Int(version)]
                if entry.effective < since { return }
                guard entry.isVisible(known: known) else { continue }
                if entry.context != checked {
                    checked = entry.context
                    isSame =
                        unit != nil && timeline.table[source.series].contexts[Int(checked)].unit == unit
                }
                // The usual case: the number stands in the unit that is asked for.
                if isSame, !entry.number.isNaN {
                    guard plausible.contains(entry.number) else { continue }
                    if !visit(entry.effective, entry.number, version) { return }
                } else if let number = number(version, in: source, of: timeline) {
                    if !visit(entry.effective, number, version) { return }
                }
            }
        }
    }

    /// The number of a version, a bound by its limit; `nil` when it cannot be used. Where values are only counted or timed
    /// and no unit is asked for, any value is of use.
    private func number(_ version: Int32, in source: Source, of timeline: PatientTimeline) -> Double? {
        if group.request.unit == nil { return timeline.moments[Int(version)].isMissing ? nil : 0 }
        switch timeline.content(
            of: version, under: group.request.loinc[source.rank], for: group.request, conversion: conversion)
        {
        case .number(let number), .bound(let number, _): return number
        case .coded, .missing: return nil
        }
    }

    /// All usable values of the window, newest first.
    func collect(horizon: Int64, into values: inout [WindowValue], in timeline: PatientTimeline) {
        let since = start(horizon)
        for source in sources {
            scan(source, since: since, in: timeline) { effective, number, version in
                values.append(WindowValue(effective: effective, value: number, version: version, rank: source.rank))
                return true
            }
        }
        if sources.count > 1 {
            values.sort { a, b in a.effective == b.effective ? a.rank < b.rank : a.effective > b.effective }
        }
    }

    private func newest(horizon: Int64, in timeline: PatientTimeline) -> WindowValue? {
        let since = start(horizon)
        var best: WindowValue?
        for source in sources {
            scan(source, since: since, in: timeline) { effective, number, version in
                if let best, effective <= best.effective { return false }
                best = WindowValue(effective: effective, value: number, version: version, rank: source.rank)
                return false
            }
        }
        return best
    }

    private func oldest(horizon: Int64, in timeline: PatientTimeline) -> WindowValue? {
        let since = start(horizon)
        var best: WindowValue?
        for source in sources {
            var index = since == .min ? 0 : timeline.upperBound(source.order, effective: since - 1)
            while index < source.end {
                let version = source.order[index]
                let entry = timeline.moments[Int(version)]
                index += 1
                if let best, entry.effective >= best.effective { break }
                guard entry.isVisible(known: known), let number = number(version, in: source, of: timeline) else {
                    continue
                }
                best = WindowValue(effective: entry.effective, value: number, version: version, rank: source.rank)
                break
            }
        }
        return best
    }

    /// The newest value, as `last` has it: one that cannot be used hides older ones.
    func lastNumber(horizon: Int64, in timeline: PatientTimeline) -> Double? {
        let since = start(horizon)
        var best: (effective: Int64, version: Int32, source: Source)?
        for source in sources {
            var index = source.end
            while index > 0 {
                index -= 1
                let version = source.order[index]
                let entry = timeline.moments[Int(version)]
                if entry.effective < since { break }
                if let best, entry.effective <= best.effective { break }
                guard entry.isVisible(known: known), !entry.isMissing else { continue }
                best = (entry.effective, version, source)
                break
            }
        }
        return best.flatMap { number($0.version, in: $0.source, of: timeline) }
    }

    /// - Parameter values: All usable values of a window at least as long, for the aggregates that need them.
    func aggregate(
        _ aggregate: FeatureRequest.Aggregate, horizon: Int64, values: [WindowValue], in timeline: PatientTimeline
    ) -> (value: Double, source: WindowValue?)? {
        switch aggregate {
        case .last, .ratio, .difference: return nil
        case .timeSinceLast: return newest(horizon: horizon, in: timeline).map { (hours(since: $0), $0) }
        case .timeSinceFirst: return oldest(horizon: horizon, in: timeline).map { (hours(since: $0), $0) }
        case .ever:
            let found = newest(horizon: horizon, in: timeline)
            return (found == nil ? 0 : 1, found)
        case .minimum, .maximum, .mean, .slope, .variability, .count: break
        }
        let since = start(horizon)
        var count = values.count
        while count > 0, values[count - 1].effective < since { count -= 1 }
        let inside = values[..<count]
        switch aggregate {
        case .count: return (Double(count), inside.first)
        case .minimum: return inside.min { $0.value < $1.value }.map { ($0.value, $0) }
        case .maximum: return inside.max { $0.value < $1.value }.map { ($0.value, $0) }
        default: break
        }
        guard let first = inside.first else { return nil }
        // Oldest first, so that sums are those of the training.
        var sum = 0.0
        for value in inside.reversed() { sum += value.value }
        let mean = sum / Double(count)
        if aggregate == .mean { return (mean, first) }
        guard count >= 2 else { return nil }
        if aggregate == .variability {
            var squares = 0.0
            for value in inside.reversed() { squares += (value.value - mean) * (value.value - mean) }
            return ((squares / Double(count - 1)).squareRoot(), first)
        }
        var middle = 0.0
        for value in inside.reversed() { middle -= hours(since: value) }
        middle /= Double(count)
        var (products, squares) = (0.0, 0.0)
        for value in inside.reversed() {
            let time = -hours(since: value) - middle
            products += time * (value.value - mean)
            squares += time * time
        }
        return squares > 0 ? (products / squares, first) : nil
    }

    private func hours(since value: WindowValue) -> Double {
        max(0, Double(moment - value.effective) / 3_600_000_000)
    }
}
