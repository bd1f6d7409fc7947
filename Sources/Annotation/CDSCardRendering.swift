public import Clinical
public import FHIR

/// A decision as a CDS Hooks 2.0 card (https://cds-hooks.hl7.org/2.0/#card-attributes).
public enum CDSCardRendering {
    /// Who the card says it is from.
    public struct Source: Sendable, Hashable {
        public var label: String
        public var url: String?

        public init(label: String, url: String? = nil) {
            self.label = label
            self.url = url
        }
    }

    /// CDS Hooks asks for fewer than 140 characters.
    static let summaryLimit = 139

    public static func render(_ decision: Decision, source: Source) -> JSON {
        let summary = DecisionSummary(decision)
        var card = JSONObject()
        card.append("uuid", uuid(decision))
        card.append("summary", shortened(headline(summary)))
        card.append("detail", detail(decision, summary: summary))
        card.append("indicator", indicator(decision))
        var origin = JSONObject()
        origin.append("label", source.label)
        origin.append("url", source.url)
        origin.append(
            "topic", Coding(system: ScoreCode.modelSystem, code: decision.model.name, display: decision.model.title))
        card.append("source", JSON(origin))
        card.append("overrideReasons", overrideReasons.map { JSON($0) })
        return JSON(card)
    }

    /// The same card for the same decision: the client can tell that the user has seen it. A version 8 UUID (RFC 9562
    /// section 5.8) from the decision's id.
    public static func uuid(_ decision: Decision) -> String {
        var digits = Array(ContentDigest.identifier("CDSCard", decision.id).utf8)
        if digits.count == 32 {
            digits[12] = UInt8(ascii: "8")
            digits[16] = UInt8(ascii: "a")
        }
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.unicodeScalars.append(UnicodeScalar(digit))
        }
        return text
    }

    /// `critical` for red, `warning` for orange and yellow, `info` otherwise. A range never is `critical`: that it could
    /// be that high is not that it is.
    public static func indicator(_ decision: Decision) -> String {
        guard case .estimate(let estimate) = decision.result else { return "info" }
        switch decision.level.colour {
        case .red: return estimate.value == nil && estimate.low < estimate.high ? "warning" : "critical"
        case .orange, .yellow: return "warning"
        case .green, .none: return "info"
        }
    }

    private static func headline(_ summary: DecisionSummary) -> String {
        var text = summary.headline
        if let first = summary.reasons.first { text += ": " + first.text }
        if summary.reasons.count > 1 { text += ", " + summary.reasons[1].text }
        if !summary.missing.isEmpty { text += "; \(summary.missing.count) missing" }
        return text
    }

    private static func shortened(_ text: String) -> String {
        guard text.unicodeScalars.count > summaryLimit else { return text }
        var short = ""
        for scalar in text.unicodeScalars.prefix(summaryLimit - 1) { short.unicodeScalars.append(scalar) }
        return short + "…"
    }

    /// GitHub Flavored Markdown.
    private static func detail(_ decision: Decision, summary: DecisionSummary) -> String {
        var lines = ["**" + escaped(summary.headline) + "**, as of " + decision.asOf.effective.description, ""]
        if let insufficient = summary.insufficient { lines += [escaped(insufficient), ""] }
        if !summary.reasons.isEmpty {
            lines += ["| Points | Reason |", "|---|---|"]
            lines += summary.reasons.map { "| \(escaped($0.points)) | \(escaped($0.text)) |" }
            lines.append("")
        }
        if !summary.missing.isEmpty {
            lines.append("Missing, not taken as normal:")
            lines.append("")
            lines += summary.missing.map { "- \(escaped($0.label)): \(escaped($0.reason))" }
            lines.append("")
        }
        if !decision.level.action.isEmpty { lines += [escaped(decision.level.action), ""] }
        let notes = decision.lateNotes + decision.notes
        lines += notes.map { "- " + escaped($0) }
        if !notes.isEmpty { lines.append("") }
        lines.append("Model \(escaped(decision.model.name)) \(escaped(decision.model.version))")
        return lines.joined(separator: "\n")
    }

    /// Texts may carry what a sender wrote (the display of a code): nothing of it becomes markup.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "|", "#", "!": result += "\\"; result.unicodeScalars.append(scalar)
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\n", "\r": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let overrideReasons = [
        Coding(system: "urn:headwall:override-reasons", code: "managed", display: "Already being treated"),
        Coding(system: "urn:headwall:override-reasons", code: "measurement", display: "A measurement is wrong or too old"),
        Coding(system: "urn:headwall:override-reasons", code: "baseline", display: "Usual for this patient"),
        Coding(system: "urn:headwall:override-reasons", code: "ceiling", display: "Treatment limits are agreed"),
    ]
}
