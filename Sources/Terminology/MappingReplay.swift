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
        /// Mapped by both to the same code, with another value or unit.
        case revalued
        case newlyMapped = "newly-mapped"
        case lost
        /// Mapped by neither.
        case unmapped
    }

    private let old: @Sendable (TranslationRequest) -> Outcome?
    private let new: @Sendable (TranslationRequest) -> Outcome?
    /// Values by effect.
    public private(set) var counts: [Effect: Int] = [:]
    /// Local codes whose values are not the same, with their number.
    public private(set) var changed: [Effect: [String: Int]] = [:]

    /// Compares the codes; what becomes of a value is left out.
    public init(from old: [CodeMapping], to new: [CodeMapping]) {
        let (before, after) = (Index(old), Index(new))
        self.old = { before.target($0).map { Outcome(code: $0) } }
        self.new = { after.target($0).map { Outcome(code: $0) } }
    }

    /// Compares what becomes of each value, unit and conversion included.
    public init(from old: Terminology, to new: Terminology) {
        self.old = { Outcome(old.translate($0)) }
        self.new = { Outcome(new.translate($0)) }
    }

    private struct Outcome: Hashable, Sendable {
        var code: Code
        var quantity: Quantity?

        init(code: Code) {
            self.code = code
        }

        init?(_ outcome: TranslationOutcome) {
            guard case .mapped(let translation) = outcome else { return nil }
            code = Code(system: translation.target.system, code: translation.target.code)
            quantity = translation.quantity
        }
    }

    public mutating func add(_ request: TranslationRequest, count: Int = 1) {
        let (before, after) = (old(request), new(request))
        let effect: Effect =
            switch (before, after) {
            case (nil, nil): .unmapped
            case (nil, _): .newlyMapped
            case (_, nil): .lost
            default: before == after ? .same : before?.code == after?.code ? .revalued : .retargeted
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
