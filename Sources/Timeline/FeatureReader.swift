public import Clinical

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
    ///   ``FeaturePlan``.
    ///
    /// A value that is a text or a code where a number is needed is `not-usable`, one in a unit that does not convert
    /// is `unit`, one outside the plausible range is `implausible`: the input is then missing, no older value stands in.
    /// The horizon includes its end: a value exactly that old still counts.
    public func features(
        _ requests: [FeatureRequest], asOf: AsOf, conversion: some UnitConverting = UCUMConverting()
    ) -> [FeatureValue] {
        var cache = WindowCache()
        return requests.map { request in
            switch request.aggregate {
            case .last: last(request, asOf: asOf, conversion: conversion)
            case .minimum, .maximum: extreme(request, asOf: asOf, conversion: conversion)
            case .mean, .slope, .variability, .count, .timeSinceLast, .timeSinceFirst, .ever:
                window(request, asOf: asOf, conversion: conversion, cache: &cache)
            }
        }
    }

    // MARK: - last

    private struct Candidate {
        var version: Int32
        var effective: Int64
        var rank: Int
    }

    private func last(_ request: FeatureRequest, asOf: AsOf, conversion: some UnitConverting) -> FeatureValue {
        let (until, known) = (asOf.effective.microseconds, asOf.known.microseconds)
        let since = asOf.effective.adding(seconds: -max(0, request.horizonSeconds)).microseconds
        var valued: Candidate?
        var missing: Candidate?
        for (rank, key) in request.loinc.enumerated() {
            guard let series = positions[key] else { continue }
            let order = table[Int(series)].order
            var index = upperBound(order, effective: until)
            while index > 0 {
                index -= 1
                let version = order[index]
                let effective = moments[Int(version)].effective
                if let valued, effective <= valued.effective { break }
                guard moments[Int(version)].isVisible(known: known) else { continue }
                if moments[Int(version)].isMissing {
                    if missing.map({ effective > $0.effective }) ?? true {
                        missing = Candidate(version: version, effective: effective, rank: rank)
                    }
                } else {
                    valued = Candidate(version: version, effective: effective, rank: rank)
                    break
                }
            }
        }
        if let valued, valued.effective >= since {
            return value(of: valued.version, loinc: request.loinc[valued.rank], for: request, conversion: conversion)
        }
        if let missing, missing.effective >= since {
            return value(of: missing.version, loinc: request.loinc[missing.rank], for: request, conversion: conversion)
        }
        if valued == nil, missing == nil, let age = age(request, asOf: asOf) { return age }
        guard let old = valued else { return FeatureValue(name: request.name, content: .missing(.notMeasured)) }
        return describe(old.version, loinc: request.loinc[old.rank], content: .missing(.stale), for: request)
    }

    // MARK: - minimum, maximum

    private func extreme(_ request: FeatureRequest, asOf: AsOf, conversion: some UnitConverting) -> FeatureValue {
        let known = asOf.known.microseconds
        let since = asOf.effective.adding(seconds: -max(0, request.horizonSeconds)).microseconds
        // The maximum is the minimum of the negated values.
        let sign: Double = request.aggregate == .maximum ? -1 : 1
        var lowest: (value: Double, version: Int32, key: String)?
        var bounded = Extent()
        var unusable: (version: Int32, key: String, content: FeatureValue.Content)?
        for key in request.loinc {
            guard let series = positions[key] else { continue }
            let order = table[Int(series)].order
            var index = upperBound(order, effective: asOf.effective.microseconds)
            while index > 0 {
                index -= 1
                let version = order[index]
                guard moments[Int(version)].effective >= since else { break }
                guard moments[Int(version)].isVisible(known: known) else { continue }
                let content = content(of: version, for: request, conversion: conversion)
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
                    let effective = moments[Int(version)].effective
                    if unusable.map({ moments[Int($0.version)].effective < effective }) ?? true {
                        unusable = (version, key, content)
                    }
                    continue
                }
                if lowest.map({ candidate < $0.value }) ?? true { lowest = (candidate, version, key) }
            }
        }
        if let lowest {
            return describe(lowest.version, loinc: lowest.key, content: bounded.content(sign: sign), for: request)
        }
        if let unusable { return describe(unusable.version, loinc: unusable.key, content: unusable.content, for: request) }
        // Nothing within the horizon: stale or never measured, as for the last value.
        return last(request, asOf: asOf, conversion: conversion)
    }

    /// What is known of the smallest of several numbers, some of which are only bounds.
    private struct Extent {
        /// The smallest is at most this …
        private var upper = Double.infinity
        private var upperIsStrict = false
        /// … and at least this, unless nothing is known below.
        private var lower = Double.infinity
        private var lowerIsStrict = false

        mutating func add(_ value: Double, comparator: Quantity.Comparator?) {
            switch comparator {
            case nil:
                limitAbove(value, strict: false)
                limitBelow(value, strict: false)
            case .less:
                limitAbove(value, strict: true)
                limitBelow(-.infinity, strict: false)
            case .lessOrEqual:
                limitAbove(value, strict: false)
                limitBelow(-.infinity, strict: false)
            case .greater: limitBelow(value, strict: true)
            case .greaterOrEqual: limitBelow(value, strict: false)
            }
        }

        private mutating func limitAbove(_ value: Double, strict: Bool) {
            if value < upper || (value == upper && strict) { (upper, upperIsStrict) = (value, strict) }
        }

        private mutating func limitBelow(_ value: Double, strict: Bool) {
            if value < lower || (value == lower && !strict) { (lower, lowerIsStrict) = (value, strict) }
        }

        /// Two-sided knowledge that is no single number is given by its lower side, where the smallest may hide.
        func content(sign: Double) -> FeatureValue.Content {
            if lower == upper, !lowerIsStrict, !upperIsStrict { return .number(sign * upper) }
            let comparator: Quantity.Comparator
            let limit: Double
            if lower == -.infinity {
                (limit, comparator) = (upper, upperIsStrict ? .less : .lessOrEqual)
            } else {
                (limit, comparator) = (lower, lowerIsStrict ? .greater : .greaterOrEqual)
            }
            return .bound(sign * limit, sign < 0 ? comparator.mirrored : comparator)
        }
    }

    // MARK: - One value

    private func value(
        of version: Int32, loinc: String, for request: FeatureRequest, conversion: some UnitConverting
    ) -> FeatureValue {
        let content = content(of: version, for: request, conversion: conversion)
        return describe(version, loinc: loinc, content: content, for: request)
    }

    func content(
        of version: Int32, for request: FeatureRequest, conversion: some UnitConverting
    ) -> FeatureValue.Content {
        switch versions[Int(version)].value {
        case .missing(let reason): return .missing(reason)
        case .number(let coefficient, let scale, let comparator):
            let value = ExactDecimal(coefficient: Int128(coefficient), scale: Int(scale))
            return number(value, comparator: comparator, unit: unit(of: version), for: request, conversion: conversion)
        case .other(let box):
            switch box.value {
            case .quantity(let quantity):
                return number(
                    quantity.value, comparator: quantity.comparator, unit: quantity.unit, for: request,
                    conversion: conversion)
            case .coded(let code): return request.unit == nil ? .coded(code) : .missing(.notUsable)
            case .text(let text): return plainAnswer(text.exposed, for: request)
            case .missing(let reason): return .missing(reason)
            }
        }
    }

    func describe(
        _ version: Int32, loinc: String, content: FeatureValue.Content, for request: FeatureRequest
    ) -> FeatureValue {
        let isNumber =
            switch content {
            case .number, .bound: true
            case .coded, .missing: false
            }
        return FeatureValue(
            name: request.name, content: content, unit: isNumber ? request.unit ?? unit(of: version) : nil, loinc: loinc,
            effective: Instant(microseconds: moments[Int(version)].effective),
            known: Instant(microseconds: versions[Int(version)].known), finding: versions[Int(version)].id.text,
            late: lateMapping(of: version))
    }

    /// A version that came with the same message as an older one without a value came late: nobody sent it again, its code
    /// or unit has been mapped since.
    private func lateMapping(of version: Int32) -> LateMapping? {
        let own = versions[Int(version)]
        var older = own.older
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

    private func number(
        _ decimal: ExactDecimal, comparator: Quantity.Comparator?, unit: String?, for request: FeatureRequest,
        conversion: some UnitConverting
    ) -> FeatureValue.Content {
        var decimal = decimal
        if let wanted = request.unit, unit != wanted {
            // A count or score (`{score}`, `1`) is often sent without any unit.
            guard let converted = conversion.convert(decimal, from: unit ?? "1", to: wanted) else { return .missing(.unit) }
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

extension Quantity.Comparator {
    /// The comparator after both sides change sign.
    fileprivate var mirrored: Quantity.Comparator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
