import Clinical

/// What is known of the smallest of several numbers, some of which are only bounds.
struct Extent {
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

extension Quantity.Comparator {
    /// The comparator after both sides change sign.
    var mirrored: Quantity.Comparator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}
