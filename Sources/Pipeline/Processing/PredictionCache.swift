internal import Clinical

/// Decisions by the exact inputs that led to them, so that the same inputs are never scored twice.
///
/// A decision's id names its model's digest, its patient and the inputs with their times, so it is the key.
/// Bounded; the oldest half goes when it is full. What was evicted is found in the store again after a restart, when a
/// patient is loaded.
struct PredictionCache: Sendable {
    private var recent: [String: Decision] = [:]
    private var older: [String: Decision] = [:]
    private let capacity: Int
    private(set) var hits = 0
    private(set) var misses = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func decision(_ id: String, otherwise evaluate: () -> Decision) -> Decision {
        if let found = recent[id] {
            hits += 1
            return found
        }
        if let found = older[id] {
            hits += 1
            insert(found, for: id)
            return found
        }
        misses += 1
        let decision = evaluate()
        insert(decision, for: id)
        return decision
    }

    mutating func insert(_ decision: Decision, for id: String) {
        guard capacity > 0 else { return }
        recent[id] = decision
        if recent.count > capacity / 2 {
            older = recent
            recent = [:]
        }
    }
}
