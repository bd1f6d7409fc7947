public import Clinical

extension PatientTimeline {
    /// The inputs of a model as numbers, NaN where there is none, a bound such as `<5` by its limit.
    ///
    /// The same values as ``features(_:asOf:conversion:)`` gives, without what explains them.
    public func vector(
        _ plan: FeaturePlan, asOf: AsOf, conversion: some UnitConverting = UCUMConverting()
    ) -> [Double] {
        read(plan, asOf: asOf, conversion: conversion)
    }

    private func read(_ plan: FeaturePlan, asOf: AsOf, conversion: any UnitConverting) -> [Double] {
        var vector = Array(repeating: Double.nan, count: plan.requests.count)
        var values: [WindowValue] = []
        let series = series(of: plan)
        for group in plan.groups {
            values.removeAll(keepingCapacity: true)
            let asOf = asOf.earlier(seconds: group.request.lagSeconds)
            let reader = WindowReader(self, group, series: series, asOf: asOf, conversion: conversion)
            if group.longest >= 0 { reader.collect(horizon: group.longest, into: &values, in: self) }
            for member in group.members {
                let (position, horizon) = (member.position, member.horizon)
                switch member.aggregate {
                case .last:
                    if let value = reader.lastNumber(horizon: horizon, in: self) {
                        vector[position] = value
                    } else if case .number(let age)? = age(plan.requests[position], asOf: asOf)?.content,
                        reader.isEmpty(in: self)
                    {
                        vector[position] = age
                    }
                default:
                    if let found = reader.aggregate(member.aggregate, horizon: horizon, values: values, in: self) {
                        vector[position] = found.value
                    }
                }
            }
        }
        plan.derived.fill(&vector)
        return vector
    }

    /// Age in completed years, where a request asks for it and the date of birth is known.
    func age(_ request: FeatureRequest, asOf: AsOf) -> Reading? {
        guard let birthDate, request.unit == "a", let rank = request.loinc.firstIndex(of: Self.ageCode) else { return nil }
        let days = Int((asOf.effective.microseconds / 86_400_000_000) - (asOf.effective.microseconds < 0 ? 1 : 0))
        let today = CivilDate(daysSinceEpoch: days)
        var years = today.year - birthDate.year
        if (today.month, today.day) < (birthDate.month, birthDate.day) { years -= 1 }
        guard years >= 0, request.plausible?.contains(Double(years)) ?? true else { return nil }
        return Reading(content: .number(Double(years)), rank: rank)
    }

    /// Whether a request may be answered by an age.
    static func isAge(_ request: FeatureRequest) -> Bool {
        request.unit == "a" && request.loinc.contains(ageCode)
    }

    private static let ageCode = "30525-0"
}
