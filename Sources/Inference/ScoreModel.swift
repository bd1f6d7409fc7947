import Clinical

/// A published score as the manifest declares it, with all names resolved.
struct ScoreModel: Sendable {
    enum Aggregate: Sendable {
        /// Points of the parts added up; the bounds follow from the tables.
        case sum(minimum: Double, maximum: Double)
        /// One input divided by another, rounded to so many decimals.
        case ratio(numerator: Int, denominator: Int, decimals: Int)
    }

    /// Something about the patient that chooses between tables: breathing air or oxygen, the scale in use.
    struct State: Sendable {
        var name: String
        var label: String
        /// Names of what it can be, in the order of the tables' row values.
        var values: [String]
        var tables: ScoreTables
        /// What holds when nothing arrived; with the note that says so.
        var fallback: (value: Int, note: String)?
    }

    /// Tables that hold in certain states.
    struct Choice: Sendable {
        var conditions: [(state: Int, value: Int)]
        var tables: ScoreTables
    }

    enum Content: Sendable {
        case choices([Choice])
        /// Points for each value of a state.
        case state(Int, points: [Double])
    }

    struct Part: Sendable {
        var name: String
        var label: String
        /// Positions of the inputs that it rests on, one for each of its tables and in their order,
        /// then those that tables divide by.
        var inputs: [Int]
        var inputNames: [String]
        /// Those of the inputs that tables divide by.
        var divisors: [Int]
        var content: Content
    }

    struct Level: Sendable {
        var level: RiskLevel
        /// Holds from this result on …
        var from: Double?
        /// … or when any part alone has so many points.
        var anyPart: Double?
    }

    var inputs: [FeatureRequest]
    var aggregate: Aggregate
    var states: [State]
    var parts: [Part]
    var levels: [Level]
    /// Fewer parts with a value than this give no result.
    var minimumParts: Int

    /// All tables of states and parts.
    var tables: [ScoreTable] {
        states.flatMap(\.tables.tables)
            + parts.flatMap { part -> [ScoreTable] in
                guard case .choices(let choices) = part.content else { return [] }
                return choices.flatMap(\.tables.tables)
            }
    }

    /// The level of a result whose largest part is given.
    func level(_ result: Double, largestPart: Double) -> Int {
        var index = levels.count - 1
        while index > 0 {
            if let from = levels[index].from, result >= from { break }
            if let anyPart = levels[index].anyPart, largestPart >= anyPart { break }
            index -= 1
        }
        return index
    }
}
