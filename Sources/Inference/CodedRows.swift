import Clinical

/// The rows of a table over a coded answer.
struct CodedRows: Sendable {
    /// A code that means a row; without a system it matches the bare code in any system.
    struct Meaning: Hashable, Sendable {
        var system: String?
        var code: String
    }

    private var meanings: [(meaning: Meaning, row: Int)] = []

    /// - Returns: `false` when the code already means a row.
    mutating func add(_ meaning: Meaning, row: Int) -> Bool {
        guard !meanings.contains(where: { $0.meaning == meaning }) else { return false }
        meanings.append((meaning, row))
        return true
    }

    /// The row of a code; `nil` when the code is not in the table.
    func row(of code: Code) -> Int? {
        row { $0.code == code.code && ($0.system == nil || $0.system == code.system) }
    }

    /// The row of a number that stands for a code, as `1` does in a list of scales.
    func row(of number: Double) -> Int? {
        guard let whole = Int(exactly: number) else { return nil }
        let text = String(whole)
        return row { $0.system == nil && $0.code == text }
    }

    private func row(where matches: (Meaning) -> Bool) -> Int? {
        for entry in meanings where matches(entry.meaning) { return entry.row }
        return nil
    }
}
