/// How often moles, equivalents and osmoles stand above and below the line of a unit, and with what powers other things
/// that are counted do: microscope fields, turbidity and Hounsfield units, radioactive decays, dose equivalents.
///
/// For UCUM these are the same pure number; in a laboratory they are not: 1 meq of calcium is 0.5 mmol, 1 mmol/mol of
/// glycated haemoglobin is not 0.1 %, and a count per litre is not an amount per litre.
public struct SubstanceAmount: Hashable, Sendable {
    public internal(set) var moles = Count()
    public internal(set) var equivalents = Count()
    public internal(set) var osmoles = Count()
    /// Powers of what ``others`` names, in its order.
    private var counted = SIMD8<Int32>.zero

    /// Units without a dimension, or with one they share with something else, that do not turn into one another.
    private static let others = ["[HPF]", "[LPF]", "[NTU]", "[FNU]", "[hnsf'U]", "Bq", "Sv", "REM"]

    public struct Count: Hashable, Sendable {
        /// Power above the line.
        public internal(set) var above: Int32 = 0
        /// Power below the line.
        public internal(set) var below: Int32 = 0

        public init() {}

        init(above: Int32, below: Int32) {
            self.above = above
            self.below = below
        }

        fileprivate func adding(_ other: Count) -> Count {
            Count(above: above &+ other.above, below: below &+ other.below)
        }

        fileprivate func power(_ exponent: Int) -> Count {
            let size = Int32(clamping: exponent.magnitude)
            let raised = Count(above: above &* size, below: below &* size)
            return exponent < 0 ? Count(above: raised.below, below: raised.above) : raised
        }
    }

    public static let none = SubstanceAmount()

    init() {}

    init?(atom code: String) {
        switch code {
        case "mol": moles.above = 1
        case "eq": equivalents.above = 1
        case "osm": osmoles.above = 1
        default:
            guard let index = Self.others.firstIndex(of: code) else { return nil }
            // A rem is a dose equivalent as a sievert is.
            counted[min(index, 6)] = 1
        }
    }

    func adding(_ other: SubstanceAmount) -> SubstanceAmount {
        var sum = self
        sum.moles = moles.adding(other.moles)
        sum.equivalents = equivalents.adding(other.equivalents)
        sum.osmoles = osmoles.adding(other.osmoles)
        sum.counted = counted &+ other.counted
        return sum
    }

    func power(_ exponent: Int) -> SubstanceAmount {
        var raised = self
        raised.moles = moles.power(exponent)
        raised.equivalents = equivalents.power(exponent)
        raised.osmoles = osmoles.power(exponent)
        raised.counted = counted &* SIMD8(repeating: Int32(clamping: exponent))
        return raised
    }
}
