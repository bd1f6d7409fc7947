import Clinical
import FHIR

/// The value of an Observation or component as the sender wrote it.
private struct FHIRReading {
    var value: RawValue
    /// Name of the element (`valueQuantity`); `nil` without a value.
    var element: String?
    /// As text, for the origin of the finding.
    var text = ""
}

extension MessageDraft {
    /// Translates code and value of an Observation or component in place, and adds its finding.
    ///
    /// - Parameter isGroup: has no value of its own because its parts have them.
    mutating func normalise(
        _ json: inout JSONObject, of observation: FHIRObservation, id: String, path: String, status: ResultStatus,
        conditions: ResultConditions, isGroup: Bool
    ) {
        let view = Observation(json)
        let codes = codes(view.code)
        guard !codes.isEmpty else {
            note(
                .error, IssueCode.requiredFieldMissing, path + "/code",
                "The observation does not say what was observed and cannot be filed.")
            if json["code"] == nil { json["code"] = ["text": "not stated"] }
            return
        }
        if isGroup { return }
        var reading = read(view, path: path)
        if case .text(let text, let number?) = reading.value {
            reading.value =
                isMeantAsNumber(number, codes: codes, conditions: conditions) ? .number(number) : .text(text, number: nil)
        }
        var number: RawNumber?
        if case .number(let read) = reading.value { number = read }
        let translated = translate(codes, number: number, conditions: conditions, path: path, codePath: path + "/code")
        if let translation = translated.translation,
            !codes.contains(where: { $0.system == translation.target.system && $0.code == translation.target.code })
        {
            let codings = json["code"]?["coding"]?.arrayValue ?? []
            json["code"]?["coding"] = .array(codings + [coding(translation)])
        }
        let finding = finding(reading.value, translated)
        if case .quantity(let quantity) = finding, let number, let element = reading.element {
            let raw = json[element]?.objectValue ?? number.quantity
            if element != "valueQuantity" { json[element] = nil }
            json["valueQuantity"] = .object(self.json(quantity, raw: raw))
        }
        events.append(
            .finding(
                Finding(
                    id: id, patient: observation.patient, code: translated.translation?.target ?? translated.raw,
                    value: finding, status: status.finding, effective: observation.effective, known: received,
                    origin: Finding.Origin(
                        source: profile.name, address: SourceAddress(path: path), rawCode: translated.raw,
                        rawValue: PHI(reading.text), rawUnit: translated.unit,
                        mapping: translated.translation?.record))))
    }

    private mutating func read(_ view: Observation, path: String) -> FHIRReading {
        guard let value = view.value else {
            return FHIRReading(value: .missing(.noValue, text: nil, absent: "unknown"))
        }
        var reading = FHIRReading(value: .missing(.noValue, text: nil, absent: "unknown"), element: value.element)
        switch value {
        case .quantity(let quantity):
            reading.text = quantity.json["value"]?.numberValue?.literal ?? ""
            reading.value = read(quantity, path: path)
        case .codeableConcept(let concept):
            let codes = concept.codings.compactMap { coding in
                CleanText.code(coding.code).map {
                    Code(system: coding.system ?? profile.localCodes, code: $0, display: coding.display)
                }
            }
            reading.text = concept.text ?? codes.first?.display ?? codes.first?.code ?? ""
            if !codes.isEmpty || !reading.text.isEmpty { reading.value = .coded(codes, text: concept.text) }
        case .string(let text):
            reading.text = text
            if let clean = CleanText.string(text) {
                reading.value = .text(clean, number: ExactDecimal(clean).map { RawNumber(value: $0) })
            }
        case .integer(let integer):
            reading.text = String(integer)
            reading.value = .number(RawNumber(value: ExactDecimal(integer)))
        case .boolean(let flag):
            reading.text = String(flag)
            reading.value = .text(String(flag), number: nil)
        case .dateTime(let text):
            reading.text = text
            reading.value = .text(text, number: nil)
        case .period(let period):
            reading.text = [period.start, period.end].compactMap(\.self).joined(separator: "/")
            reading.value = .text(reading.text, number: nil)
        case .other(let element, let json):
            if element == "valueRange", let low = FHIRQuantity(json["low"]), let high = FHIRQuantity(json["high"]),
                case .number(let first) = read(low, path: path), case .number(let second) = read(high, path: path)
            {
                reading.text = "\(first.value)-\(second.value)"
                reading.value = .range(low: first, high: second)
            } else if case .string(let text) = json {
                reading.text = text
                reading.value = .text(text, number: nil)
            } else {
                note(
                    .information, IssueCode.notConverted, path + "/" + element,
                    "Values of this type stay in the resource and do not reach the timeline.")
                reading.value = .missing(.notUsable, text: nil, absent: "unsupported")
            }
        }
        return reading
    }

    private mutating func read(_ quantity: FHIRQuantity, path: String) -> RawValue {
        guard let value = quantity.value else {
            if quantity.json["value"] != nil {
                note(
                    .warning, IssueCode.dataType, path + "/valueQuantity/value",
                    "The value is not a decimal of 37 digits at most.")
                return .missing(.notUsable, text: nil, absent: "unknown")
            }
            return .missing(.noValue, text: nil, absent: "unknown")
        }
        var number = RawNumber(value: value)
        if let text = quantity.comparator {
            guard let comparator = Quantity.Comparator(rawValue: text) else {
                note(
                    .warning, IssueCode.tableValueNotFound, path + "/valueQuantity/comparator",
                    "The comparator is not one of < <= >= >, so the value has no usable meaning.")
                return .missing(.notUsable, text: nil, absent: "unknown")
            }
            number.comparator = comparator
        }
        for unit in [quantity.code, quantity.unit] {
            if let unit = CleanText.string(unit), !number.units.contains(unit) { number.units.append(unit) }
        }
        number.unitSystem = quantity.code == nil ? nil : quantity.system
        return .number(number)
    }
}
