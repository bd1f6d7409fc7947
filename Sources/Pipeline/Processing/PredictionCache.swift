internal import Clinical
internal import Store

/// Decisions by the exact inputs that led to them, so that the same inputs are never scored twice.
///
/// Bounded; the oldest half goes when it is full. What was evicted is found in the store again after a restart, when a
/// patient is loaded.
struct PredictionCache: Sendable {
    private var recent: [PredictionQuery: Decision] = [:]
    private var older: [PredictionQuery: Decision] = [:]
    private let capacity: Int
    private(set) var hits = 0
    private(set) var misses = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func decision(_ query: PredictionQuery, otherwise evaluate: () -> Decision) -> Decision {
        if let found = recent[query] {
            hits += 1
            return found
        }
        if let found = older[query] {
            hits += 1
            insert(found, for: query)
            return found
        }
        misses += 1
        let decision = evaluate()
        insert(decision, for: query)
        return decision
    }

    mutating func insert(_ decision: Decision, for query: PredictionQuery) {
        guard capacity > 0 else { return }
        recent[query] = decision
        if recent.count > capacity / 2 {
            older = recent
            recent = [:]
        }
    }
}
