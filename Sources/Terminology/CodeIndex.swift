/// The codes of a mapping table, each with its first row and what its rows decide.
///
/// For most codes a lookup reads one slot of half a cache line and nothing else that is large: in a table of a million rows
/// it waits for memory once. Open addressing by the hash of code and system.
struct CodeIndex: Sendable {
    /// What a lookup needs of one approved row. Codes that are mapped in the same way share their rules, as they are few.
    struct Rule: Hashable, Sendable {
        /// As ``MappingTable/Entry``.
        var target: Int32
        var conditions: Int32
        var validity: Int32
        /// Number of the rule of the next approved row of the code; 0 for none.
        var next: Int32
    }

    private struct Slot: Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        /// Number of the first row of the code, plus one; 0 for a free slot.
        var row: UInt32 = 0
        /// Number in ``rules``; 0 for a code without an approved row.
        var rule: Int32 = 0
        var length: UInt32 = 0
        var system: UInt8 = 0
    }

    /// The first is of no row.
    private(set) var rules = [Rule(target: 0, conditions: 0, validity: 0, next: 0)]
    private var slots: LargeArray<Slot>

    /// An index of no codes.
    init() { slots = LargeArray(repeating: Slot(), count: 1) }

    /// - Parameter entries: sorted by code; those with the code of the one before are marked so.
    init(_ entries: inout [MappingTable.Entry], _ text: borrowing TableText) {
        let bytes = text.content.span
        var codes = 0
        for number in entries.indices {
            if number > 0, MappingTable.isSameCode(entries[number - 1], entries[number], bytes) {
                entries[number - 1].hasNext = true
            } else {
                codes += 1
            }
        }
        // Three quarters are taken: fewer would be more memory than the processor's caches hold, more a longer search.
        slots = LargeArray(repeating: Slot(), count: codes + codes / 3 + 2)
        var known: [Rule: Int32] = [:]
        var rule: Int32 = 0
        for (number, entry) in zip(entries.indices, entries).reversed() {
            if !entry.hasNext { rule = 0 }
            if entry.status == .approved {
                let own = Rule(
                    target: entry.target, conditions: entry.conditions, validity: entry.validity, next: rule)
                rule = known[own] ?? Int32(rules.count)
                if rule == rules.count {
                    known[own] = rule
                    rules.append(own)
                }
            }
            if number > 0, entries[number - 1].hasNext { continue }
            let code = PackedCode(bytes, Int(entry.code.start), Int(entry.code.end))
            var place = place(code, entry.system)
            while slots[place].row != 0 { place = after(place) }
            slots[place] = Slot(
                first: code.first, second: code.second, row: UInt32(number) + 1, rule: rule,
                length: entry.code.end - entry.code.start, system: entry.system)
        }
    }

    /// The first row of a code and the number of its first rule.
    @inline(__always)
    func find(
        _ code: borrowing Span<UInt8>, system: UInt8, _ entries: [MappingTable.Entry], _ text: borrowing TableText
    ) -> (row: Int, rule: Int)? {
        let packed = PackedCode(code, 0, code.count)
        var place = place(packed, system)
        while true {
            let slot = slots[place]
            if slot.row == 0 { return nil }
            if slot.first == packed.first, slot.second == packed.second, Int(slot.length) == code.count,
                slot.system == system, isCode(entries, text, Int(slot.row) - 1, code)
            {
                return (Int(slot.row) - 1, Int(slot.rule))
            }
            place = after(place)
        }
    }

    @inline(__always)
    private func place(_ code: PackedCode, _ system: UInt8) -> Int {
        let hash = code.hash &+ UInt64(system) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    @inline(__always)
    private func after(_ place: Int) -> Int { place + 1 == slots.count ? 0 : place + 1 }

    /// Whether a code with the length and the first sixteen bytes of a row's is that of the row.
    @inline(__always)
    private func isCode(
        _ entries: [MappingTable.Entry], _ text: borrowing TableText, _ number: Int, _ code: borrowing Span<UInt8>
    ) -> Bool {
        guard code.count > 16 else { return true }
        let start = Int(entries[number].code.start)
        let bytes = text.content.span
        for offset in 16..<code.count where bytes[start + offset] != code[offset] { return false }
        return true
    }
}
