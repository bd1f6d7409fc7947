import Clinical
import Foundation

/// Whether a result is the expected one at the precision in which that is written, up to that of a double.
func agrees(_ result: ExactDecimal, _ expected: String) -> Bool {
    guard let value = Double(expected) else { return false }
    let half = 0.5000001 * pow(10, -Double(significantDigits(expected) - 1))
    return abs(result.doubleValue - value) <= pow(10, floor(log10(abs(value)))) * max(half, 4e-16)
}

/// Significant digits of a literal.
func significantDigits(_ literal: String) -> Int {
    max(1, literal.prefix { $0 != "e" && $0 != "E" }.filter(\.isNumber).drop { $0 == "0" }.count)
}

/// Files that lie beside the repository and are no part of it.
enum SharedData {
    static let ucum = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/terminology/ucum").path
}

/// Steele, Lea and Flood 2014: a small generator with a fixed sequence.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
