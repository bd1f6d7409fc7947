import Clinical
import FHIR

/// What translation made of a result's code and number.
struct TranslatedResult {
    /// The sender's code that was translated, or the first where none could be.
    var raw: Code
    /// The unit text that was read.
    var unit: String?
    var translation: Translation?
    /// Why there is no translation.
    var reason: MissingReason = .unmappedCode
}

extension MessageDraft {
    /// Translates the first code that has a mapping, with the first unit text that fits.
    ///
    /// What finds no mapping is reported and added to ``unmapped``.
    mutating func translate(
        _ codes: [Code], number: RawNumber?, conditions: ResultConditions, path: String, codePath: String
    ) -> TranslatedResult {
        var failure: (result: TranslatedResult, explanation: String, candidates: [String])?
        for code in codes {
            var request = TranslationRequest(
                source: profile.name, code: code, unit: number?.units.first, value: number?.value,
                specimen: conditions.specimen, method: conditions.method, device: conditions.device,
                effective: conditions.effective)
            switch Self.attempt(&request, units: number?.units ?? [], by: translator) {
            case .mapped(let translation):
                return TranslatedResult(raw: code, unit: request.unit, translation: translation)
            case .unmapped(let reason, let explanation, let candidates):
                // A code that is known but whose unit or conditions do not fit says more than one that is not known.
                if failure == nil || failure?.result.reason == .unmappedCode && reason != .unmappedCode {
                    let result = TranslatedResult(raw: code, unit: request.unit, translation: nil, reason: reason)
                    failure = (result, explanation, candidates)
                }
            }
        }
        guard let failure else {
            return TranslatedResult(raw: Code(system: profile.localCodes, code: ""), translation: nil)
        }
        // What a person decided is no work item any more.
        guard failure.result.reason != .noMap else {
            note(.information, IssueCode.unmapped, codePath, failure.explanation)
            return failure.result
        }
        unmapped.append(
            UnmappedCode(
                source: profile.name, code: failure.result.raw, unit: failure.result.unit,
                specimen: conditions.specimen, reason: failure.result.reason, explanation: failure.explanation,
                candidates: failure.candidates, address: SourceAddress(path: path),
                number: number.map { PHI($0.value.doubleValue) }))
        note(.warning, IssueCode.unmapped, codePath, failure.explanation)
        return failure.result
    }

    /// Tries each text of the unit; the request keeps the last that was tried, or the first where all fail.
    private static func attempt(
        _ request: inout TranslationRequest, units: [String], by translator: any CodeTranslator
    ) -> TranslationOutcome {
        let first = translator.translate(request)
        if case .unmapped(.unmappedCode, _, _) = first, request.code.system == Canonical.clinicalCodes, units.isEmpty {
            return .mapped(identity(request))
        }
        guard units.count > 1, case .unmapped(let reason, _, _) = first, reason == .unit || reason == .ambiguous else {
            return first
        }
        for unit in units.dropFirst() {
            request.unit = unit
            let next = translator.translate(request)
            if case .mapped = next { return next }
        }
        request.unit = units.first
        return first
    }

    /// A code of this project's own vocabulary is its own translation.
    private static func identity(_ request: TranslationRequest) -> Translation {
        Translation(
            target: request.code, quantity: request.value.map { Quantity(value: $0, unit: nil) },
            record: MappingRecord(
                table: "none", tableDigest: "", row: request.code.code, relationship: "equivalent", unitRead: nil,
                conversion: "none", factor: nil))
    }

    /// Whether a text that reads as a number is meant as one: it has a unit, or its code has.
    func isMeantAsNumber(_ number: RawNumber, codes: [Code], conditions: ResultConditions) -> Bool {
        if !number.units.isEmpty { return true }
        for code in codes {
            let request = TranslationRequest(
                source: profile.name, code: code, value: number.value, specimen: conditions.specimen,
                method: conditions.method, device: conditions.device, effective: conditions.effective)
            if case .mapped(let translation) = translator.translate(request), translation.quantity?.unit != nil {
                return true
            }
        }
        return false
    }

    /// The finding's value for a translated number.
    func value(of number: RawNumber, _ result: TranslatedResult) -> Finding.Value {
        guard let translation = result.translation else { return .missing(result.reason) }
        guard let quantity = translation.quantity else { return .missing(.notUsable) }
        return .quantity(
            Quantity(value: quantity.value, unit: quantity.unit, comparator: number.comparator ?? quantity.comparator))
    }

    /// A FHIR Quantity after normalisation, with the sender's own in an extension where the two differ.
    func json(_ quantity: Quantity, raw: JSONObject) -> JSONObject {
        var json = JSONObject(minimumCapacity: 6)
        let value = JSON(quantity.value)
        let isSame =
            raw["value"] == value && raw["code"]?.stringValue == quantity.unit
            && raw["system"]?.stringValue == CodeSystem.ucum
        if !isSame {
            json["extension"] = [.object(["url": .string(Canonical.rawValue), "valueQuantity": .object(raw)])]
        }
        json["value"] = value
        if let comparator = quantity.comparator { json["comparator"] = .string(comparator.rawValue) }
        if let unit = quantity.unit {
            json["unit"] = .string(unit)
            json["system"] = .string(CodeSystem.ucum)
            json["code"] = .string(unit)
        }
        return json
    }

    /// The coding that a mapping adds, with the row that says so.
    func coding(_ translation: Translation) -> JSON {
        var json = JSONObject(minimumCapacity: 4)
        let row = translation.record.table + "#" + translation.record.row
        json["extension"] = [.object(["url": .string(Canonical.mapping), "valueString": .string(row)])]
        json["system"] = .string(translation.target.system)
        json["code"] = .string(translation.target.code)
        if let display = translation.target.display { json["display"] = .string(display) }
        return .object(json)
    }

    func coding(_ code: Code) -> JSON {
        var json = JSONObject(minimumCapacity: 3)
        json["system"] = .string(CleanText.uri(code.system))
        json.append("code", CleanText.code(code.code))
        json.append("display", CleanText.string(code.display))
        return .object(json)
    }

    /// A CodeableConcept; `nil` when it would be empty.
    func concept(_ codes: [Code], text: String?, adding extra: JSON? = nil) -> JSON? {
        var codings: [JSON] = []
        codings.reserveCapacity(codes.count + 1)
        for code in codes where !code.code.isEmpty { codings.append(coding(code)) }
        if let extra { codings.append(extra) }
        var json = JSONObject(minimumCapacity: 2)
        json.append("coding", codings)
        json.append("text", CleanText.string(text))
        return json.isEmpty ? nil : .object(json)
    }
}
