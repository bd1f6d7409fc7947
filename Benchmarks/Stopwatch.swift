/// Times a body of work.
enum Stopwatch {
    /// The best of several rounds in seconds, after one to warm up.
    static func best(of rounds: Int, _ body: () throws -> Int) rethrows -> Double {
        try best(of: rounds) { _ in try body() }
    }

    /// The same for work that the compiler could take out of the loop: the body must depend on the number of the round.
    static func best(of rounds: Int, _ body: (Int) throws -> Int) rethrows -> Double {
        var best = Double.infinity
        var result = 0
        for round in 0...rounds {
            let start = ContinuousClock.now
            result &+= try body(round)
            let took = (ContinuousClock.now - start).inSeconds
            if round > 0 { best = min(best, took) }
        }
        // The result is used, so that the work is not optimised away.
        precondition(result >= 0, "counts are not negative")
        return best
    }

    /// The parts one after the other, round after round; the sum of the best time of each part.
    static func sumOfBest<Part>(of rounds: Int, _ parts: [Part], _ body: (Part) -> Int) -> Double {
        var best = Array(repeating: Double.infinity, count: parts.count)
        var result = 0
        for round in 0...rounds {
            for (index, part) in parts.enumerated() {
                let start = ContinuousClock.now
                result &+= body(part)
                let took = (ContinuousClock.now - start).inSeconds
                if round > 0 { best[index] = min(best[index], took) }
            }
        }
        precondition(result >= 0, "counts are not negative")
        return best.reduce(0, +)
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
