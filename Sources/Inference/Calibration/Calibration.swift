/// How a margin reads as a probability.
enum Calibration: Sendable {
    case isotonic(IsotonicFit)
    case platt(PlattFit)
    /// The Venn-Abers pair made one probability.
    case vennAbers(VennAbers)

    func callAsFunction(_ margin: Double) -> Double {
        switch self {
        case .isotonic(let fit): fit(margin)
        case .platt(let fit): fit(margin)
        case .vennAbers(let pair): pair.merged(margin)
        }
    }
}
