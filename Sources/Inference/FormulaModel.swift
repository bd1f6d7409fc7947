import Clinical

/// A published formula: a constant plus products of variables, as MELD is.
struct FormulaModel: Sendable {
    struct Variable: Sendable {
        enum Source: Sendable {
            /// The input, kept within the clamp, its natural logarithm where asked for, or what it lacks of a number.
            case number(clamp: ClosedRange<Double>, isLogarithm: Bool, from: Double?)
            /// A number for each code.
            case codes(CodedRows, values: [Double])
        }

        var name: String
        var label: String
        var input: Int
        var source: Source
        /// Another input that decides: with one of these codes the variable has this value before clamping.
        var override: (input: Int, codes: CodedRows, value: Double)?

        /// The value of the variable for a number of its input.
        func value(_ number: Double) -> Double {
            guard case .number(let clamp, let isLogarithm, let from) = source else { return number }
            let kept = min(max(number, clamp.lowerBound), clamp.upperBound)
            if let from { return from - kept }
            return isLogarithm ? Elementary.log(kept) : kept
        }
    }

    /// A coefficient times variables; the first of them owns it in the reasons.
    struct Term: Sendable {
        var coefficient: Double
        var factors: [Int]
        /// Whether the result so far is another factor.
        var usesResult: Bool
    }

    var inputs: [FeatureRequest]
    var variables: [Variable]
    var constant: Double
    var terms: [Term]
    /// Terms that are added where the rounded result is above a limit.
    var then: (above: Double, terms: [Term])?
    var range: ClosedRange<Double>
    var minimumInputs: Int
    var levels: [ScoreModel.Level]

    /// The result, rounded to a whole number, for values of the variables.
    func result(_ values: [Double]) -> Double {
        var sum = constant
        for term in terms { sum += product(term, values, result: 0) }
        sum = sum.rounded()
        if let then, sum > then.above {
            let base = sum
            for term in then.terms { sum += product(term, values, result: base) }
            sum = sum.rounded()
        }
        return min(max(sum, range.lowerBound), range.upperBound)
    }

    func product(_ term: Term, _ values: [Double], result: Double) -> Double {
        var product = term.usesResult ? term.coefficient * result : term.coefficient
        for factor in term.factors { product *= values[factor] }
        return product
    }
}
