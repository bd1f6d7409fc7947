import Annotation
import Clinical

/// Which patient comes first, and when a change is worth an announcement.
enum RowOrder {
    /// Sorts in text order: most urgent level first, in a level those who have reached it before those who may have, then
    /// the higher result, then the bed. A patient about whom nothing can be said stands above the lowest level: unknown
    /// is not safe.
    static func key(_ row: WardRow) -> String {
        let chip = row.primaryScore?.chip
        let isKnown = chip?.low != nil
        let rank = isKnown ? min(max(chip?.rank ?? 0, 0), 499) * 2 : 1
        return [
            padded(999 - rank, digits: 3), chip?.isIncomplete == true ? "1" : "0",
            padded(999_999 - hundredths(chip?.high), digits: 6),
            padded(999_999 - hundredths(chip?.low), digits: 6), row.ward ?? "", naturalBed(row.bed), row.id,
        ].joined(separator: "|")
    }

    /// A sentence for screen readers when the primary score became more urgent; `nil` otherwise.
    static func announcement(_ row: WardRow) -> String? {
        guard let score = row.primaryScore, let previous = score.previous, score.chip.rank > previous.chip.rank else {
            return nil
        }
        let who = [row.bed.map { "Bed \($0)" }, row.name?.exposed].compactMap { $0 }.joined(separator: ", ")
        return (who.isEmpty ? "" : who + ": ") + "\(score.chip.accessibleLabel), was \(previous.chip.number)"
    }

    private static func hundredths(_ value: Double?) -> Int {
        guard let value, value.isFinite else { return 0 }
        return Int(min(max(value * 100, 0), 999_999))
    }

    private static func padded(_ value: Int, digits: Int) -> String {
        let text = String(max(0, value))
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Bed 9 before bed 10.
    private static func naturalBed(_ bed: String?) -> String {
        guard let bed, let number = Int(bed) else { return bed ?? "" }
        return padded(number, digits: 6)
    }
}
