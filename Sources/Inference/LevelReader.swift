import Clinical

/// Reads the levels of risk of a manifest, lowest first.
enum LevelReader {
    private static let colours: [RiskLevel.Colour] = [.none, .green, .yellow, .orange, .red]
    private static let shapes: [RiskLevel.Shape] = [.none, .circle, .triangle, .diamond, .octagon]

    static func read(_ node: ManifestNode, allowsAnyPart: Bool) throws(InferenceError) -> [ScoreModel.Level] {
        var levels: [ScoreModel.Level] = []
        var threshold = -Double.infinity
        for (rank, entry) in try node.array.enumerated() {
            let object = try entry.object("name", "from", "anyPart", "colour", "shape", "action")
            let level = RiskLevel(
                rank: rank, name: try object.required("name").string,
                colour: try object.required("colour").one(of: Self.colours),
                shape: try object.required("shape").one(of: Self.shapes),
                action: try object.required("action").string)
            if levels.contains(where: { $0.level.name == level.name || $0.level.shape == level.shape }) {
                throw entry.fail(.duplicate, "Each level has a name and a shape of its own: colour is never the only cue.")
            }
            let from = try object.optional("from")?.number
            let anyPart = try object.optional("anyPart")?.number
            if rank == 0 {
                guard from == nil, anyPart == nil else {
                    throw entry.fail(.bands, "The lowest level holds for whatever no other level does; it has no limit.")
                }
            } else {
                guard from != nil || anyPart != nil else {
                    throw entry.fail(.missingKey, "The level needs `from` or `anyPart`.")
                }
                guard anyPart == nil || allowsAnyPart else { throw entry.fail(.badValue, "There are no parts.") }
                if let from {
                    guard from > threshold else { throw entry.fail(.bands, "Levels come in rising order.") }
                    threshold = from
                }
            }
            levels.append(ScoreModel.Level(level: level, from: from, anyPart: anyPart))
        }
        guard !levels.isEmpty else { throw node.fail(.badValue, "There is at least one level.") }
        return levels
    }
}
