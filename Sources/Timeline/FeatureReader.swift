public import Clinical

/// What is made of the values of one request.
struct Reading {
    var content: FeatureValue.Content
    /// The version that it ends at; −1 where there is none.
    var version: Int32 = -1
    /// Position of its code in the request; −1 where none served.
    var rank = -1
}

extension PatientTimeline {
    /// The inputs of a model as they stood at a moment, one for each request and in the same order.
    ///
    /// - `last` is the most recent result that has a value, over all codes of the request. If none has one within the
    ///   horizon, a result without a value within the horizon gives its reason (`unmapped-code`, `ambiguous`, …); an
    ///   older value is reported as `stale` with its time; otherwise the input is `not-measured`.
    /// - `minimum` and `maximum` take all values within the horizon. A bound (`<5`) makes the result a bound where it
    ///   could hide a lower or higher value.
    ///
    /// - `mean`, `slope`, `variability`, `count`, `time-since-last`, `time-since-first` and `ever` are described at
    ///   ``FeaturePlan``; `ratio` and `difference` at ``DerivedFeatures``.
    ///
    /// A value that is a text or a code where a number is needed is `not-usable`, one in a unit that does not convert
    /// is `unit`, one outside the plausible range is `implausible`: the input is then missing, no older value stands in.
    /// The horizon includes its end: a value exactly that old still counts.
    public func features(
        _ requests: [FeatureRequest], asOf: AsOf, conversion: some UnitConverting = UCUMConverting()
    ) -> [FeatureValue] {
        var cache = WindowCache()
        var features = requests.map { request in
            feature(
                read(request, asOf: asOf.earlier(seconds: request.lagSeconds), conversion: conversion, cache: &cache),
                of: request)
        }
        if requests.contains(where: \.aggregate.isDerived) {
            DerivedFeatures(requests).fill(&features, requests: requests)
        }
        return features
    }

    /// The inputs of a model, as ``features(_:asOf:conversion:)`` gives them, in a form without texts.
    public func row(_ plan: FeaturePlan, asOf: AsOf, conversion: some UnitConverting = UCUMConverting()) -> FeatureRow {
        var row = FeatureRow(
            entries: Array(repeating: .missing, count: plan.requests.count), origins: [])
        /// The version of each origin.
        var versions: [Int32] = []
        row.origins.reserveCapacity(plan.groups.count)
        versions.reserveCapacity(plan.groups.count)
        var values: [WindowValue] = []
        let series = series(of: plan)
        for group in plan.groups {
            // Of most that a trained model asks for there is no series, and all that can be said is known.
            guard group.mayBeAge || group.keys.contains(where: { series[$0] >= 0 }) else {
                for position in group.zeros { row.entries[position] = FeatureRow.Entry(number: 0, state: .number) }
                continue
            }
            let asOf = asOf.earlier(seconds: group.request.lagSeconds)
            let reader = WindowReader(self, group, series: series, asOf: asOf, conversion: conversion)
            if reader.hasNoSource, !group.mayBeAge {
                for position in group.zeros { row.entries[position] = FeatureRow.Entry(number: 0, state: .number) }
                continue
            }
            values.removeAll(keepingCapacity: true)
            if group.longest >= 0 { reader.collect(horizon: group.longest, into: &values, in: self) }
            for member in group.members {
                let reading = reader.reading(member.aggregate, horizon: member.horizon, values: values, in: self)
                guard let entry = entry(reading, takesUnit: member.takesUnit, &versions, &row.origins) else {
                    row.entries[member.position] = FeatureRow.Entry(number: number(reading), state: .other)
                    row.others[member.position] = feature(reading, of: plan.requests[member.position])
                    continue
                }
                row.entries[member.position] = entry
            }
        }
        plan.derived.fill(&row)
        return row
    }

    /// The series of each key of a plan; −1 where there is none.
    func series(of plan: FeaturePlan) -> [Int] {
        var series = Array(repeating: -1, count: plan.keys.count)
        // A patient mostly has fewer series than a trained model asks for.
        if positions.count < plan.keys.count {
            for (key, own) in positions {
                if let place = plan.keys[key] { series[place] = Int(own) }
            }
        } else {
            for (key, place) in plan.keys {
                if let own = positions[key] { series[place] = Int(own) }
            }
        }
        return series
    }

    private func read(
        _ request: FeatureRequest, asOf: AsOf, conversion: some UnitConverting, cache: inout WindowCache
    ) -> Reading {
        let reader = cache.reader(for: request) {
            WindowReader(
                self, FeaturePlan.Group(request, keys: Array(request.loinc.indices)),
                series: request.loinc.map { positions[$0].map(Int.init) ?? -1 }, asOf: asOf, conversion: conversion)
        }
        let reach = FeaturePlan.microseconds(request)
        if request.aggregate.needsWindow, reach > cache.collected {
            cache.values.removeAll(keepingCapacity: true)
            reader.collect(horizon: reach, into: &cache.values, in: self)
            cache.collected = reach
        }
        return reader.reading(request.aggregate, horizon: reach, values: cache.values, in: self)
    }

    private func number(_ reading: Reading) -> Double {
        switch reading.content {
        case .number(let number), .bound(let number, _): number
        case .coded, .missing: .nan
        }
    }

    /// `nil` for what a row has no short form of.
    /// - Parameter takesUnit: As ``FeatureRequest/takesUnitOfFinding``.
    private func entry(
        _ reading: Reading, takesUnit: Bool, _ versions: inout [Int32], _ origins: inout [FeatureRow.Origin]
    ) -> FeatureRow.Entry? {
        guard reading.rank < Int(FeatureRow.Entry.noCode) else { return nil }
        var entry: FeatureRow.Entry
        switch reading.content {
        case .number(let number):
            entry = FeatureRow.Entry(number: number, state: .number)
        case .bound(let number, let comparator):
            entry = FeatureRow.Entry(number: number, state: FeatureRow.State(comparator))
        case .coded: return nil
        case .missing(let reason): entry = FeatureRow.Entry(number: .nan, state: FeatureRow.State(reason))
        }
        if reading.rank >= 0 { entry.code = UInt8(reading.rank) }
        guard reading.version >= 0 else { return entry }
        if takesUnit, entry.state.reason == nil { return nil }
        if let known = versions.lastIndex(of: reading.version) {
            entry.origin = UInt16(truncatingIfNeeded: known)
            return entry
        }
        guard versions.count < Int(FeatureRow.Entry.none) else { return nil }
        entry.origin = UInt16(truncatingIfNeeded: versions.count)
        versions.append(reading.version)
        let version = Int(reading.version)
        origins.append(
            FeatureRow.Origin(
                effective: Instant(microseconds: self.versions[version].effective),
                known: Instant(microseconds: self.versions[version].known), finding: self.versions[version].id,
                late: lateMapping(of: reading.version)))
        return entry
    }

    private func feature(_ reading: Reading, of request: FeatureRequest) -> FeatureValue {
        var value = FeatureValue(name: request.name, content: reading.content)
        if request.loinc.indices.contains(reading.rank) { value.loinc = request.loinc[reading.rank] }
        let isNumber =
            switch reading.content {
            case .number, .bound: true
            case .coded, .missing: false
            }
        if isNumber { value.unit = request.resultUnit }
        guard reading.version >= 0 else { return value }
        let version = versions[Int(reading.version)]
        if isNumber, request.takesUnitOfFinding { value.unit = unit(of: reading.version) }
        value.effective = Instant(microseconds: version.effective)
        value.known = Instant(microseconds: version.known)
        value.finding = version.id.text
        value.late = lateMapping(of: reading.version)
        return value
    }

    /// A version that came with the same message as an older one without a value came late: nobody sent it again, its code
    /// or unit has been mapped since.
    private func lateMapping(of version: Int32) -> LateMapping? {
        var older = versions[Int(version)].older
        // Most have no older version.
        guard older >= 0 else { return nil }
        let own = versions[Int(version)]
        var received: Int64?
        while older >= 0 {
            let earlier = versions[Int(older)]
            if earlier.messageID == own.messageID, earlier.path == own.path, earlier.known < own.known,
                case .missing(let reason) = earlier.value, reason.isOfMapping
            {
                received = min(received ?? earlier.known, earlier.known)
            }
            older = earlier.older
        }
        let context = table[Int(own.series)].contexts[Int(own.context)]
        guard own.messageID > 0, let received, let mapping = context.mapping else { return nil }
        return LateMapping(
            received: Instant(microseconds: received), code: context.rawCode.code, table: mapping.table, row: mapping.row,
            reviewer: mapping.reviewer)
    }

    // MARK: - One value

    /// - Parameter loinc: The code of the version's series.
    func content(
        of version: Int32, under loinc: String, for request: FeatureRequest, conversion: any UnitConverting
    ) -> FeatureValue.Content {
        switch versions[Int(version)].value {
        case .missing(let reason): return .missing(reason)
        case .number(let coefficient, let scale, let comparator):
            let value = ExactDecimal(coefficient: Int128(coefficient), scale: Int(scale))
            return number(
                value, comparator: comparator, unit: unit(of: version), under: loinc, for: request, conversion: conversion)
        case .other(let box):
            switch box.value {
            case .quantity(let quantity):
                return number(
                    quantity.value, comparator: quantity.comparator, unit: quantity.unit, under: loinc, for: request,
                    conversion: conversion)
            case .coded(let code): return request.unit == nil ? .coded(code) : .missing(.notUsable)
            case .text(let text): return plainAnswer(text.exposed, for: request)
            case .missing(let reason): return .missing(reason)
            }
        }
    }

    private func number(
        _ decimal: ExactDecimal, comparator: Quantity.Comparator?, unit: String?, under loinc: String,
        for request: FeatureRequest, conversion: any UnitConverting
    ) -> FeatureValue.Content {
        var decimal = decimal
        if let wanted = request.unit, unit != wanted {
            // A count or score (`{score}`, `1`) is often sent without any unit.
            guard let converted = conversion.convert(decimal, of: loinc, from: unit ?? "1", to: wanted) else {
                return .missing(.unit)
            }
            decimal = converted
        }
        let value = decimal.doubleValue
        guard value.isFinite else { return .missing(.implausible) }
        if let plausible = request.plausible, !plausible.contains(value) { return .missing(.implausible) }
        return comparator.map { .bound(value, $0) } ?? .number(value)
    }

    /// A single word in answer to a coded question (`A` for alert) stands as a code without a system. Longer text could
    /// hold anything and stays where it is.
    private func plainAnswer(_ text: String, for request: FeatureRequest) -> FeatureValue.Content {
        guard request.unit == nil, (1...16).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 | 32 >= UInt8(ascii: "a") && $0 | 32 <= UInt8(ascii: "z") })
        else { return .missing(.notUsable) }
        return .coded(Code(system: "", code: text))
    }
}

extension FeatureRequest {
    /// A number has the unit that it was sent in where none is asked for.
    var takesUnitOfFinding: Bool {
        switch aggregate {
        case .last, .minimum, .maximum: unit == nil
        case .mean, .slope, .variability, .count, .timeSinceLast, .timeSinceFirst, .ever, .ratio, .difference: false
        }
    }
}
