public import Clinical
internal import UCUM

/// Proposes LOINC codes for a local code, offline: by its words, specimen, unit and values. A proposal is for a person to
/// approve; nothing here translates.
public struct Suggester: Sendable {
    /// What is known of a local code that no table has.
    public struct Query: Hashable, Sendable {
        /// The name at the sender; where there is none, the code itself.
        public var label: String
        public var unit: String?
        public var specimen: String?
        /// Name of the source, whose unit aliases apply.
        public var source: String
        /// Some of its values.
        public var values: [Double]

        public init(
            label: String, unit: String? = nil, specimen: String? = nil, source: String = "*", values: [Double] = []
        ) {
            self.label = label
            self.unit = unit
            self.specimen = specimen
            self.source = source
            self.values = values
        }
    }

    public struct Suggestion: Hashable, Sendable {
        public var target: Code
        /// From 0 to 1; comparable between suggestions for one query only.
        public var score: Double
        /// What spoke for it and against it, for the person who decides: `words 0.92, unit fits, specimen fits`.
        public var reasons: String

        public init(target: Code, score: Double, reasons: String) {
            self.target = target
            self.score = score
            self.reasons = reasons
        }
    }

    /// A LOINC code that may be proposed.
    public struct Candidate: Hashable, Sendable {
        public var loinc: String
        public var display: String
        /// UCUM; `nil` where values are no numbers or the unit is not known.
        public var unit: String?
        /// Bounds of plausible values in ``unit``.
        public var low: Double?
        public var high: Double?

        public init(loinc: String, display: String, unit: String? = nil, low: Double? = nil, high: Double? = nil) {
            self.loinc = loinc
            self.display = display
            self.unit = unit
            self.low = low
            self.high = high
        }
    }

    private struct Entry: Sendable {
        var candidate: Candidate
        var name: LOINCName
        var component: Set<String>
        var rest: Set<String>
        var exemplars: [UnitAliases.Reading]
        var unit: UnitAliases.Reading?
    }

    private let entries: [Entry]
    private let weights: [String: Double]
    private let words: SuggestionWords
    private let aliases: UnitAliases

    init(_ candidates: [Candidate], words: SuggestionWords, aliases: UnitAliases) {
        self.words = words
        self.aliases = aliases
        var counts: [String: Int] = [:]
        entries = candidates.map { candidate in
            let name = LOINCName(candidate.display)
            let component = Set(words.tokens(name.component))
            let rest = Set(words.tokens([name.system, name.method].compactMap { $0 }.joined(separator: " ")))
                .subtracting(component)
            for token in component { counts[token, default: 0] += 1 }
            return Entry(
                candidate: candidate, name: name, component: component, rest: rest,
                exemplars: name.exemplars.compactMap { try? UnitAliases.Reading($0) },
                unit: candidate.unit.flatMap { try? UnitAliases.Reading($0) })
        }
        // Rare words tell more (inverse document frequency).
        let total = Double(max(1, candidates.count))
        weights = counts.mapValues { 1 + SuggestionWords.log2(total / Double($0)) }
    }

    /// The likeliest codes, best first.
    public func suggestions(for query: Query, limit: Int = 5) -> [Suggestion] {
        let wanted = words.query(query.label)
        guard !wanted.isEmpty else { return [] }
        let specimens = words.systems(query.specimen, label: query.label)
        let unit = query.unit.flatMap { try? aliases.read($0, source: query.source) }
        var found: [Suggestion] = []
        for entry in entries {
            guard let lexical = lexical(wanted, entry) else { continue }
            var score = lexical
            var reasons = "words \((lexical * 100).rounded() / 100)"
            if let system = entry.name.system?.lowercased(), let fit = specimens.fit(system) {
                score *= fit
                reasons += fit >= 1 ? ", specimen fits" : ", another specimen"
            }
            if let unit {
                let fit = unitFit(unit, entry)
                score *= fit
                reasons += fit >= 1 ? ", unit fits" : fit < 0.5 ? ", unit measures something else" : ""
            } else if query.unit == nil || query.unit?.isEmpty == true, let property = entry.name.property {
                if property == "Presence" || property.hasPrefix("Type") { score *= 1.02 }
            }
            if let fit = valueFit(query.values, unit, entry) {
                score *= fit
                reasons += fit >= 1 ? ", values fit" : ", values are unlikely"
            }
            score *= methodFit(entry, wanted)
            let target = Code(system: CodeSystem.loinc, code: entry.candidate.loinc, display: entry.candidate.display)
            found.append(Suggestion(target: target, score: min(1, score), reasons: reasons))
        }
        found.sort { $0.score != $1.score ? $0.score > $1.score : $0.target.code < $1.target.code }
        return Array(found.prefix(limit))
    }

    /// Weighted share of words that both have; `nil` where they have none.
    private func lexical(_ wanted: [String: Double], _ entry: Entry) -> Double? {
        var shared = 0.0
        var asked = 0.0
        var covered: Set<String> = []
        for (token, importance) in wanted {
            let weight = importance * (weights[token] ?? 3)
            asked += weight
            if entry.component.contains(token) {
                shared += weight
                covered.insert(token)
            } else if let near = entry.component.first(where: { SuggestionWords.areNear($0, token) }) {
                shared += weight * 0.85
                covered.insert(near)
            } else if entry.rest.contains(token) {
                shared += weight * 0.7
            }
        }
        guard shared > 0, asked > 0 else { return nil }
        let own = entry.component.reduce(0) { $0 + (weights[$1] ?? 1) }
        let ownCovered = covered.reduce(0) { $0 + (weights[$1] ?? 1) }
        let recall = shared / asked
        let precision = own > 0 ? ownCovered / own : 0
        return recall + precision > 0 ? 2 * recall * precision / (recall + precision) * 0.6 + recall * 0.4 : nil
    }

    private func unitFit(_ unit: UnitAliases.Reading, _ entry: Entry) -> Double {
        func same(_ other: UnitAliases.Reading) -> Bool {
            unit.unit.isCommensurable(with: other.unit) && unit.unit.amount == other.unit.amount
        }
        if let own = entry.unit, same(own) { return own.unit == unit.unit ? 1.06 : 1.04 }
        if entry.exemplars.isEmpty { return entry.unit == nil ? 0.8 : 0.35 }
        return entry.exemplars.contains(where: same) ? 1.02 : 0.35
    }

    private func valueFit(_ values: [Double], _ unit: UnitAliases.Reading?, _ entry: Entry) -> Double? {
        guard !values.isEmpty, let low = entry.candidate.low, let high = entry.candidate.high, let unit,
            let own = entry.unit,
            let conversion = try? unit.unit.conversion(to: own.unit)
        else { return nil }
        var inside = 0
        for value in values {
            guard let decimal = ExactDecimal(shortest: value), let converted = conversion.apply(decimal)?.doubleValue else {
                continue
            }
            if converted >= low, converted <= high { inside += 1 }
        }
        return inside * 10 >= values.count * 9 ? 1.05 : inside * 2 >= values.count ? 1 : 0.5
    }

    /// A method that the label does not name speaks a little against a code; counting by machine is the usual one.
    private func methodFit(_ entry: Entry, _ wanted: [String: Double]) -> Double {
        guard let method = entry.name.method else { return 1 }
        let tokens = words.tokens(method)
        if tokens.contains(where: { wanted[$0] != nil }) { return 1.05 }
        return method == "Automated count" ? 1.035 : 0.95
    }
}

extension Terminology {
    /// Over the codes of `units/canonical.tsv`, those of `units/names.tsv`, and any others.
    ///
    /// - Parameter more: further candidates; a code that is there already is not repeated.
    public func suggester(with more: [Suggester.Candidate] = []) -> Suggester {
        var candidates = concepts.values.map {
            Suggester.Candidate(
                loinc: $0.loinc, display: $0.display, unit: $0.unit, low: $0.low?.doubleValue, high: $0.high?.doubleValue)
        }
        var seen = Set(candidates.map(\.loinc))
        for candidate in names + more where seen.insert(candidate.loinc).inserted { candidates.append(candidate) }
        candidates.sort { $0.loinc < $1.loinc }
        return Suggester(candidates, words: suggestionWords, aliases: aliases)
    }
}
