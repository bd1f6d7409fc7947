internal import Clinical

/// What two versions of a table say differently: by meaning, not by lines.
///
/// Only what is approved translates, so that this is what is compared: a row that was proposed and is now approved is new,
/// one that lost its approval is retired.
public struct TableDifference: Hashable, Sendable {
    public struct Change: Hashable, Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            case new, retired
            /// Another target, or none instead of one.
            case retargeted
            /// The same target, and another relationship, unit, reading of a unit, or label.
            case revised
        }

        public var kind: Kind
        public var old: CodeMapping?
        public var new: CodeMapping?
        /// Names of models that read a code this change touches, ascending.
        public var models: [String]

        /// A re-target of what a model reads needs two reviewers.
        public var needsSecondReviewer: Bool {
            kind == .retargeted && !models.isEmpty && Set(new?.reviewers ?? []).count < 2
        }
    }

    /// In the order of system, code and conditions.
    public private(set) var changes: [Change] = []
    /// Keys that both have and say the same of.
    public private(set) var unchanged = 0
    /// Rows of the new version that do not count by their status.
    public private(set) var proposals = 0

    /// - Parameters:
    ///   - modelInputs: model name → LOINC codes it reads.
    ///   - statuses: which rows count; with all of them, what is proposed is compared as well.
    public init(
        from old: [CodeMapping], to new: [CodeMapping], modelInputs: [String: Set<String>] = [:],
        statuses: Set<CodeMapping.Status> = [.approved]
    ) {
        var before: [CodeMapping.Key: CodeMapping] = [:]
        for mapping in old where statuses.contains(mapping.status) { before[mapping.key] = mapping }
        var seen: Set<CodeMapping.Key> = []
        func models(_ mappings: CodeMapping?...) -> [String] {
            let codes = Set(mappings.compactMap { $0?.target?.code })
            return modelInputs.filter { !$0.value.isDisjoint(with: codes) }.map(\.key).sorted()
        }
        for mapping in new {
            guard statuses.contains(mapping.status) else {
                proposals += 1
                continue
            }
            seen.insert(mapping.key)
            guard let previous = before[mapping.key] else {
                changes.append(Change(kind: .new, old: nil, new: mapping, models: models(mapping)))
                continue
            }
            if previous.target?.code != mapping.target?.code || previous.target?.system != mapping.target?.system {
                changes.append(
                    Change(kind: .retargeted, old: previous, new: mapping, models: models(previous, mapping)))
            } else if previous.relationship != mapping.relationship || previous.unit != mapping.unit
                || previous.label != mapping.label || previous.unitIfAbsent != mapping.unitIfAbsent
                || previous.unitAliases != mapping.unitAliases
            {
                changes.append(Change(kind: .revised, old: previous, new: mapping, models: models(mapping)))
            } else {
                unchanged += 1
            }
        }
        for (key, mapping) in before where !seen.contains(key) {
            changes.append(Change(kind: .retired, old: mapping, new: nil, models: models(mapping)))
        }
        changes.sort { ($0.order, $0.kind.rawValue) < ($1.order, $1.kind.rawValue) }
    }

    public func count(_ kind: Change.Kind) -> Int { changes.count { $0.kind == kind } }
}

extension TableDifference.Change {
    fileprivate var order: String {
        guard let mapping = new ?? old else { return "" }
        let conditions = mapping.conditions
        return [
            mapping.system, mapping.code, conditions.unit, conditions.specimen, conditions.method, conditions.device,
            mapping.validFrom,
        ].map { $0 ?? "" }.joined(separator: "\t")
    }
}
