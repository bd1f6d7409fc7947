internal import Clinical

/// Decisions by the exact inputs that led to them, so that the same inputs are never scored twice.
///
/// A decision's id names its model's digest, its patient and the inputs with their times, so it is the key.
/// Bounded; the oldest half goes when it is full. What was evicted is found in the store again after a restart, when a
/// patient is loaded.
struct PredictionCache: Sendable {
    private var recent: [String: Decision] = [:]
    private var older: [String: Decision] = [:]
    /// What `recent` weighs: one for a score, more for a model with more inputs.
    private var weight = 0
    private let capacity: Int
    private(set) var hits = 0
    private(set) var misses = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func find(_ id: String) -> Decision? {
        if let found = recent[id] {
            hits += 1
            return found
        }
        guard let found = older[id] else { return nil }
        hits += 1
        insert(found, for: id)
        return found
    }

    /// A decision that was not here was made: once for all who asked for it meanwhile.
    mutating func made(_ decision: Decision, askedAgain: Int) {
        misses += 1
        hits += askedAgain
        insert(decision, for: decision.id)
    }

    mutating func insert(_ decision: Decision, for id: String) {
        guard capacity > 0 else { return }
        recent[id] = decision
        weight += max(1, (decision.numbers?.row.entries.count ?? 0) / Self.inputsOfAScore)
        if weight > capacity / 2 {
            older = recent
            recent = [:]
            weight = 0
        }
    }

    private static let inputsOfAScore = 16
}
