/// The words of labels and names for suggestions: `units/synonyms.tsv` and a few rules.
struct SuggestionWords: Sendable {
    /// Term of one or more words → words of LOINC names.
    private var synonyms: [String: [String]] = [:]
    private var longest = 1

    static let columns = ["term", "words"]

    init() {}

    init(_ file: TerminologyFile, limits: Terminology.Limits, problems: inout [TerminologyError.Problem]) {
        var reader = TableReader(file, required: Self.columns, optional: ["comment"], limits: limits)
        for row in reader.rows {
            guard let term = reader.required("term", of: row), let words = reader.required("words", of: row) else {
                continue
            }
            let parts = Self.split(term)
            longest = max(longest, parts.count)
            if synonyms.updateValue(Self.split(words), forKey: parts.joined(separator: " ")) != nil {
                reader.report(.duplicateRow, row.line, "This term has a row already.")
            }
        }
        problems += reader.problems
    }

    /// The words of a name of LOINC.
    func tokens(_ text: String) -> [String] {
        Self.split(text).filter { !Self.empty.contains($0) }
    }

    /// The words of a label with their importance, abbreviations spelled out.
    func query(_ label: String) -> [String: Double] {
        let parts = Self.split(label)
        var found: [String: Double] = [:]
        var index = 0
        while index < parts.count {
            var taken = 1
            var words = [parts[index]]
            for length in stride(from: min(longest, parts.count - index), through: 1, by: -1) {
                if let known = synonyms[parts[index..<index + length].joined(separator: " ")] {
                    (taken, words) = (length, known)
                    break
                }
            }
            for word in words where !Self.empty.contains(word) {
                found[word] = max(found[word] ?? 0, Self.weak.contains(word) ? 0.35 : 1)
            }
            index += taken
        }
        return found
    }

    /// The LOINC systems that a specimen may be.
    struct Systems {
        var preferred: [String]

        /// `nil` where the specimen is not known.
        func fit(_ system: String) -> Double? {
            guard !preferred.isEmpty else { return nil }
            guard let place = preferred.firstIndex(where: { system.hasPrefix($0) }) else { return 0.55 }
            return [1.06, 1.03, 1].indices.contains(place) ? [1.06, 1.03, 1][place] : 0.96
        }
    }

    func systems(_ specimen: String?, label: String) -> Systems {
        let words = Set(Self.split((specimen ?? "") + " " + label))
        for (word, systems) in Self.specimens where words.contains(word) { return Systems(preferred: systems) }
        return Systems(preferred: [])
    }

    /// In the order in which they are looked for: the more special first.
    private static let specimens: [(String, [String])] = [
        ("urine", ["urine"]), ("csf", ["cerebral spinal fluid"]), ("cerebrospinal", ["cerebral spinal fluid"]),
        ("ascites", ["peritoneal fluid", "body fluid"]), ("peritoneal", ["peritoneal fluid", "body fluid"]),
        ("pleural", ["pleural fluid", "body fluid"]), ("joint", ["synovial fluid", "body fluid"]),
        ("synovial", ["synovial fluid", "body fluid"]), ("stool", ["stool"]), ("feces", ["stool"]),
        ("marrow", ["bone marrow"]), ("arterial", ["arterial blood", "blood"]), ("venous", ["venous blood", "blood"]),
        ("fluid", ["body fluid", "specimen"]), ("serum", ["serum", "blood"]),
        ("plasma", ["serum or plasma", "platelet", "blood"]),
        ("blood", ["serum", "blood", "platelet poor", "red blood", "arterial", "venous", "capillary"]),
    ]

    private static let weak: Set<String> = [
        "total", "count", "calculated", "measured", "screen", "blood", "serum", "plasma", "urine", "whole", "level",
        "fluid",
        "body", "estimated", "other", "other", "direct", "test", "automated", "quantitative",
    ]

    private static let empty: Set<String> = ["in", "of", "by", "or", "and", "the", "for", "with", "100", "a", "an"]

    /// Lower case words of letters and digits.
    static func split(_ text: String) -> [String] {
        text.lowercased().utf8.split { byte in
            !(byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
                || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                || byte >= 128)
        }.map { String(Substring($0)) }
    }

    /// One is the beginning of the other, or they differ by their ending.
    static func areNear(_ left: String, _ right: String) -> Bool {
        let shorter = min(left.utf8.count, right.utf8.count)
        guard shorter >= 4 else { return false }
        var same = 0
        for (one, two) in zip(left.utf8, right.utf8) {
            if one != two { break }
            same += 1
        }
        return same >= max(4, max(left.utf8.count, right.utf8.count) - 3)
    }

    /// Binary logarithm without Foundation: exponent and a linear remainder are exact enough to weigh words.
    static func log2(_ value: Double) -> Double {
        guard value.isNormal, value > 0 else { return 0 }
        return Double(value.exponent) + (value.significand - 1)
    }
}
