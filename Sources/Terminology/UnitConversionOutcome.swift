public import Clinical
internal import UCUM

/// What became of a number that was to be in another unit.
public enum UnitConversionOutcome: Hashable, Sendable {
    case converted(ConvertedValue)
    case refused(MissingReason, explanation: String)
}

public struct ConvertedValue: Hashable, Sendable {
    public var value: ExactDecimal
    /// UCUM code of ``value``.
    public var unit: String
    /// UCUM code that the given unit was read as.
    public var unitRead: String
    /// As in `MappingRecord.conversion`: `none`, `ucum`, `affine: …`, `valence: …`, `molar: …`.
    public var conversion: String
    /// Exact text of the factor; `nil` when the number was not changed, or by a function.
    public var factor: String?
}

extension Terminology {
    /// A number in one unit as a number in another; with a LOINC code also through molar mass or charge.
    ///
    /// - Parameters:
    ///   - from: a raw unit: UCUM, or an alias of `source` or of every source.
    ///   - to: a UCUM code, or an alias.
    public func convert(
        value: ExactDecimal, from: String, to: String, loinc: String? = nil, source: String = "*"
    ) -> UnitConversionOutcome {
        let concept = loinc.flatMap { concepts[$0] }
        // Without a code or a source the caller speaks of units as such, and means what it writes.
        let trusted = loinc == nil && source == "*"
        let targetReading: UnitAliases.Reading
        do throws(UnitAliases.Refusal) {
            targetReading = try aliases.read(to, source: source, trusted: true)
        } catch {
            return Self.refused(error, "target")
        }
        do throws(UnitAliases.Refusal) {
            let reading = try aliases.read(from, source: source, trusted: trusted)
            let target = UnitBinding.Target(unit: targetReading.code, of: loinc, concept, clinical)
            switch UnitBinding(reading: reading, target: target, into: targetReading) {
            case .refused(let reason, let explanation): return .refused(reason, explanation: explanation)
            case .converts(let conversion):
                guard let converted = conversion.arithmetic.apply(value) else {
                    return .refused(.notUsable, explanation: "The value has no equivalent in the target unit.")
                }
                return .converted(
                    ConvertedValue(
                        value: converted, unit: conversion.unit, unitRead: conversion.unitRead,
                        conversion: conversion.description, factor: conversion.factor))
            }
        } catch {
            return Self.refused(error, "source")
        }
    }

    private static func refused(_ refusal: UnitAliases.Refusal, _ which: String) -> UnitConversionOutcome {
        switch refusal {
        case .homograph(let explanation):
            .refused(.ambiguous, explanation: "The \(which) unit has two meanings: \(explanation)")
        case .invalid(let error):
            .refused(.unit, explanation: "The \(which) unit is not understood: \(error.reason)")
        }
    }

    /// What is wrong with a UCUM code, with the byte where it is; `nil` when it is valid.
    public func validate(unit: String) -> Issue? {
        UCUM.validate(unit).map { Issue(.error, code: $0.code, place: "byte \($0.place)", $0.reason) }
    }
}

/// What a raw unit string is taken for.
public enum UnitReading: Hashable, Sendable {
    /// A UCUM code as it stands.
    case ucum
    /// Another way to write this UCUM code, by a row of `units/aliases.tsv`.
    case alias(String)
    /// Nothing is converted; the explanation names no input.
    case refused(MissingReason, explanation: String)
}

extension Terminology {
    /// What a raw unit of a source is taken for: the alias of the source, else that of every source, else UCUM, unless it
    /// is UCUM for something that senders do not mean.
    public func readUnit(_ raw: String, source: String) -> UnitReading {
        do throws(UnitAliases.Refusal) {
            let reading = try aliases.read(raw, source: source)
            return aliases.alias(raw, source: source) == nil || reading.code == raw ? .ucum : .alias(reading.code)
        } catch {
            switch error {
            case .homograph(let explanation): return .refused(.ambiguous, explanation: explanation)
            case .invalid(let fault):
                return .refused(.unit, explanation: "not UCUM at byte \(fault.place): \(fault.reason)")
            }
        }
    }
}
