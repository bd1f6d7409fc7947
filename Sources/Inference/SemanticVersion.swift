/// A version by Semantic Versioning 2.0.0, without build metadata.
struct SemanticVersion: Hashable, Sendable {
    let numbers: [Int]
    let prerelease: [String]

    /// `nil` unless the text is `major.minor.patch`, optionally followed by `-` and dot-separated identifiers.
    init?(_ text: String) {
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let core = halves.first else { return nil }
        let parts = core.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Self.number($0) }
        guard parts.count == 3, numbers.count == 3 else { return nil }
        self.numbers = numbers
        guard halves.count == 2 else {
            prerelease = []
            return
        }
        let identifiers = halves[1].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let allowed = identifiers.allSatisfy { identifier in
            !identifier.isEmpty && identifier.utf8.allSatisfy { Self.isIdentifierByte($0) }
        }
        guard allowed else { return nil }
        prerelease = identifiers
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != 48
        else { return nil }
        return Int(text)
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
    }
}

extension SemanticVersion: Comparable {
    /// Precedence by section 11 of the specification.
    static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        for (a, b) in zip(left.prerelease, right.prerelease) where a != b {
            switch (Int(a), Int(b)) {
            case (let a?, let b?): return a < b
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): return a < b
            }
        }
        return left.prerelease.count < right.prerelease.count
    }
}
