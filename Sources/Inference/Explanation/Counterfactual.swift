public import Clinical

/// The smallest change of inputs with which a model would say something else: "what would have to be normal".
public struct Counterfactual: Sendable, Hashable {
    /// What may change, and how.
    public struct Constraint: Sendable, Hashable {
        public enum Direction: String, Sendable {
            case any, up, down
        }

        /// Name of an input.
        public var input: String
        /// Values to try; those outside the plausible range are left out.
        public var candidates: [Double]
        public var direction: Direction
        /// What a change by one unit of the input costs.
        public var cost: Double

        public init(input: String, candidates: [Double], direction: Direction = .any, cost: Double = 1) {
            self.input = input
            self.candidates = candidates
            self.direction = direction
            self.cost = cost
        }
    }

    /// New values by input.
    public var changes: [String: Double]
    public var cost: Double
    /// Probability with the changes.
    public var probability: Double

    /// Searches for changes of at most three inputs that bring the probability below a limit, the cheapest first.
    ///
    /// Inputs without a constraint never change: age, sex, and what is past. The search keeps the twenty most promising
    /// changes at each step, so that it may miss a cheaper one; every one that it gives does what it says.
    public static func search(
        _ package: ModelPackage, inputs: [FeatureValue], below limit: Double, constraints: [Constraint], count: Int = 3
    ) -> [Counterfactual] {
        let vector = package.aligned(inputs).map { value -> Double in
            switch value.content {
            case .number(let number), .bound(let number, _): number
            case .coded, .missing: .nan
            }
        }
        var beam = [Counterfactual(changes: [:], cost: 0, probability: 1)]
        var found: [Counterfactual] = []
        for _ in 0..<3 {
            var next: [Counterfactual] = []
            for start in beam {
                for constraint in constraints where start.changes[constraint.input] == nil {
                    for step in steps(constraint, from: start, package, vector) {
                        if next.contains(where: { $0.changes == step.changes }) { continue }
                        if step.probability < limit { found.append(step) } else { next.append(step) }
                    }
                }
            }
            // A larger change that contains one found is no nearer.
            next.removeAll { candidate in found.contains { $0.changes.allSatisfy { candidate.changes[$0] == $1 } } }
            next.sort { $0.probability == $1.probability ? $0.cost < $1.cost : $0.probability < $1.probability }
            beam = Array(next.prefix(20))
            if found.count >= count { break }
        }
        return Array(
            found.sorted { $0.cost == $1.cost ? $0.probability < $1.probability : $0.cost < $1.cost }.prefix(count))
    }

    private static func steps(
        _ constraint: Constraint, from start: Counterfactual, _ package: ModelPackage, _ vector: [Double]
    ) -> [Counterfactual] {
        guard let position = package.requests.firstIndex(where: { $0.name == constraint.input }), !vector[position].isNaN
        else { return [] }
        let now = vector[position]
        var steps: [Counterfactual] = []
        for candidate in constraint.candidates where package.requests[position].hasPlausibleValue(candidate) {
            switch constraint.direction {
            case .any: if candidate == now { continue }
            case .up: if candidate <= now { continue }
            case .down: if candidate >= now { continue }
            }
            var changed = start
            changed.changes[constraint.input] = candidate
            changed.cost += abs(candidate - now) * constraint.cost
            var row = vector
            for (input, value) in changed.changes {
                if let index = package.requests.firstIndex(where: { $0.name == input }) { row[index] = value }
            }
            package.derived.fill(&row)
            guard let probability = package.probability(vector: row) else { return [] }
            changed.probability = probability
            steps.append(changed)
        }
        return steps
    }
}
