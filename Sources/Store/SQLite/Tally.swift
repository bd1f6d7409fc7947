/// Running counts that would be slow to count anew. Numbers are stored; never reuse one.
enum Tally: Int64 {
    case entries = 1
    case duplicates = 2
    case conflicting = 3
    case quarantined = 4
    /// Values whose code found no room in the queue of unmapped codes.
    case unmappedOverflow = 5
    /// The next three are kept for each destination.
    case waiting = 10
    case delivered = 11
    case dead = 12
}

/// A count and what it counts: 0, or the number of a destination.
struct TallyKey: Hashable {
    var tally: Tally
    var subject: Int64
}
