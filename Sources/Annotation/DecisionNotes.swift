import Clinical

/// The sentences that go into `note` and NTE: what is missing, why there is no result, what to know.
enum DecisionNotes {
    static func notes(_ decision: Decision, summary: DecisionSummary) -> [String] {
        var notes: [String] = []
        if let insufficient = summary.insufficient { notes.append("No result: " + insufficient) }
        if !summary.reasons.isEmpty {
            notes.append(
                "Reasons: " + summary.reasons.map { "\($0.text) (\($0.points))" }.joined(separator: "; "))
        }
        for missing in summary.missing { notes.append("Missing input: \(missing.label), \(missing.reason)") }
        return notes + decision.lateNotes + decision.notes
    }
}
