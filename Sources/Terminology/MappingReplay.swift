public import Clinical

/// What two versions of a set of mappings make of the same traffic.
///
/// Values are added one by one, or with a count; nothing of a value is kept but its code.
public struct MappingReplay: Sendable {
    public enum Effect: String, Sendable, CaseIterable {
        /// Mapped to the same code by both.
        case same
        /// Mapped by both, to different codes.
        case retargeted
        case newlyMapped = "newly-mapped"
        case lost
        /// Mapped by neither.
        case unmapped
    }

    private let old: Index
    private let new: Index
    /// Values by effect.
    public private(set) var counts: [Effect: Int] = [:]
    /// Local codes whose values are not the same, with their number.
    public private(set) var changed: [Effect: [String: Int]] = [:]

    public init(from old: [CodeMapping], to new: [CodeMapping]) {
        self.old = Index(old)
        self.new = Index(new)
    }

    public mutating func add(_ request: TranslationRequest, count: Int = 1) {
        let (before, after) = (old.target(request), new.target(request))
        let effect: Effect =
            switch (before, after) {
            case (nil, nil): .unmapped
            case (nil, _): .newlyMapped
            case (_, nil): .lost
            default: before == after ? .same : .retargeted
            }
        counts[effect, default: 0] += count
        if effect != .same, effect != .unmapped { changed[effect, default: [:]][request.code.code, default: 0] += count }
    }

    /// Approved mappings by code.
    private struct Index: Sendable {
        private var mappings:
            [Code: [(conditions: MappingRow.Conditions, from: Instant?, until: Instant?, target: Code?)]] =
                [:]

        init(_ all: [CodeMapping]) {
            for mapping in all where mapping.status == .approved {
                let key = Code(system: mapping.system, code: mapping.code)
                let asked = mapping.conditions
                mappings[key, default: []].append(
                    (
                        MappingRow.Conditions(
                            unit: asked.unit, specimen: asked.specimen, method: asked.method, device: asked.device),
                        mapping.validFrom.flatMap { MappingRow.day($0) },
                        mapping.validTo.flatMap { MappingRow.day($0)?.adding(seconds: 86_400) },
                        mapping.target.map { Code(system: $0.system, code: $0.code) }
                    ))
            }
        }

        /// The target of the one mapping that the request meets; `nil` where none or several do.
        func target(_ request: TranslationRequest) -> Code? {
            let key = Code(system: request.code.system, code: request.code.code)
            let met = (mappings[key] ?? []).filter {
                MappingRow.isValid($0.from, $0.until, at: request.effective) && $0.conditions.matches(request) == true
            }
            return met.count == 1 ? met.first?.target : nil
        }
    }
}
