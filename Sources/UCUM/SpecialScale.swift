import Clinical

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The function behind a special unit (UCUM section 21): how a reading on its scale relates to a proper unit.
enum SpecialScale: Hashable, Sendable {
    /// Reading + offset is a proper quantity; the offset is exact.
    case offset(ExactDecimal)
    case function(Function)

    enum Function: String, Sendable {
        case naturalLogarithm = "ln"
        case commonLogarithm = "lg"
        case twiceCommonLogarithm = "2lg"
        case binaryLogarithm = "ld"
        case negativeLogarithm = "ph"
        case homeopathic10 = "hp10"
        case homeopathic100 = "hp100"
        case homeopathic1000 = "hp1000"
        case homeopathic50000 = "hp50000"
        case tangent = "tan100"
        case squareRoot = "sqrt"

        /// The proper quantity for a reading.
        func toProper(_ reading: Double) -> Double {
            switch self {
            case .naturalLogarithm: exp(reading)
            case .commonLogarithm: pow(10, reading)
            case .twiceCommonLogarithm: pow(10, reading / 2)
            case .binaryLogarithm: exp2(reading)
            case .negativeLogarithm, .homeopathic10: pow(10, -reading)
            case .homeopathic100: pow(100, -reading)
            case .homeopathic1000: pow(1000, -reading)
            case .homeopathic50000: pow(50_000, -reading)
            case .tangent: atan(reading / 100)
            case .squareRoot: reading * reading
            }
        }

        /// The reading for a proper quantity; not finite where there is none.
        func fromProper(_ quantity: Double) -> Double {
            switch self {
            case .naturalLogarithm: log(quantity)
            case .commonLogarithm: log10(quantity)
            case .twiceCommonLogarithm: 2 * log10(quantity)
            case .binaryLogarithm: log2(quantity)
            case .negativeLogarithm, .homeopathic10: -log10(quantity)
            case .homeopathic100: -log10(quantity) / 2
            case .homeopathic1000: -log10(quantity) / 3
            case .homeopathic50000: -log(quantity) / log(50_000)
            // Beyond a right angle the tangent is that of another angle.
            case .tangent: abs(quantity) < .pi / 2 ? tan(quantity) * 100 : .nan
            case .squareRoot: quantity.squareRoot()
            }
        }
    }

    var isNeper: Bool { self == .function(.naturalLogarithm) }

    /// A logarithmic ratio without a dimension of its own.
    var isLevel: Bool { self == .function(.commonLogarithm) || isNeper }

    /// By the name the table uses.
    init?(tableName: some StringProtocol) {
        switch tableName {
        case "cel": self = .offset(ExactDecimal(coefficient: 27_315, scale: 2))
        case "degf": self = .offset(ExactDecimal(coefficient: 45_967, scale: 2))
        case "degre": self = .offset(ExactDecimal(coefficient: 21_852, scale: 2))
        default:
            guard let function = Function(rawValue: String(tableName)) else { return nil }
            self = .function(function)
        }
    }
}
