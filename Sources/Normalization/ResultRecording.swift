import Clinical
import FHIR

extension MessageDraft {
    /// Adds the Observation and the finding of a result.
    mutating func record(_ result: RawResult) {
        var value = result.value
        if case .text(let text, let number?) = value {
            value =
                isMeantAsNumber(number, codes: result.codes, conditions: result.conditions)
                ? .number(number) : .text(text, number: nil)
        }
        var number: RawNumber?
        if case .number(let read) = value { number = read }
        let translated = translate(
            result.codes, number: number, conditions: result.conditions, path: result.path, codePath: result.codePath)
        let finding = finding(value, translated)
        events.append(
            .finding(
                Finding(
                    id: result.id, patient: result.patient, code: translated.translation?.target ?? translated.raw,
                    value: finding, status: result.status.finding, effective: result.effective, known: received,
                    origin: Finding.Origin(
                        source: profile.name, address: SourceAddress(path: result.path), rawCode: translated.raw,
                        rawValue: PHI(result.rawText), rawUnit: translated.unit,
                        mapping: translated.translation?.record))))
        if writesBundle {
            add(observation(result, translated, element(value, finding)), type: "Observation", id: result.id)
        }
    }

    /// The value for the timeline.
    func finding(_ value: RawValue, _ translated: TranslatedResult) -> Finding.Value {
        let isKnown = translated.translation != nil
        switch value {
        case .number(let number):
            return self.value(of: number, translated)
        case .missing(let reason, _, _):
            return .missing(reason)
        // A value that needs no number is usable only under a known code.
        case _ where !isKnown:
            return .missing(translated.reason)
        case .text(let text, _):
            return CleanText.string(text).map { .text(PHI($0)) } ?? .missing(.noValue)
        case .coded(let codes, let text):
            if let code = codes.first(where: { !$0.code.isEmpty }) { return .coded(code) }
            return CleanText.string(text).map { .text(PHI($0)) } ?? .missing(.noValue)
        case .range(let low, let high):
            return .text(PHI("\(low.value)-\(high.value)" + (high.units.first.map { " " + $0 } ?? "")))
        }
    }

    /// The element of an Observation that says the value.
    private func element(_ value: RawValue, _ finding: Finding.Value) -> (name: String, value: JSON) {
        switch value {
        case .number(let number):
            if case .quantity(let quantity) = finding {
                return ("valueQuantity", .object(json(quantity, raw: number.quantity)))
            }
            return ("valueQuantity", .object(number.quantity))
        case .text(let text, _):
            return CleanText.string(text).map { ("valueString", .string($0)) } ?? Self.absent("unknown")
        case .coded(let codes, let text):
            return concept(codes, text: text).map { ("valueCodeableConcept", $0) } ?? Self.absent("unknown")
        case .range(let low, let high):
            return ("valueRange", ["low": .object(low.quantity), "high": .object(high.quantity)])
        case .missing(_, let text, let absent):
            return CleanText.string(text).map { ("valueString", .string($0)) } ?? Self.absent(absent)
        }
    }

    private static func absent(_ code: String) -> (name: String, value: JSON) {
        let coding: JSON = [
            "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": .string(code),
        ]
        return ("dataAbsentReason", ["coding": [coding]])
    }

    private func observation(
        _ result: RawResult, _ translated: TranslatedResult, _ element: (name: String, value: JSON)
    ) -> JSONObject {
        var json = JSONObject(minimumCapacity: 16)
        json["resourceType"] = "Observation"
        json["id"] = .string(result.id)
        json["extension"] = [.object(["url": .string(Canonical.sourceAddress), "valueString": .string(result.path)])]
        json.append("identifier", result.identifiers)
        json["status"] = .string(result.status.code)
        var added: JSON?
        if let translation = translated.translation,
            !result.codes.contains(where: {
                $0.system == translation.target.system && $0.code == translation.target.code
            })
        {
            added = coding(translation)
        }
        json["code"] =
            concept(result.codes + result.furtherCodes, text: result.codeText, adding: added) ?? ["text": "not stated"]
        json["subject"] = result.subject
        if let visit = result.visit { json["encounter"] = visit }
        json.appendTime("effectiveDateTime", result.effective)
        json[element.name] = element.value
        if !result.interpretations.isEmpty {
            json.append("interpretation", result.interpretations.compactMap { concept([$0], text: nil) })
        }
        if let note = CleanText.string(result.note) { json["note"] = [["text": .string(note)]] }
        if let method = CleanText.string(result.conditions.method) { json["method"] = ["text": .string(method)] }
        if let specimen = CleanText.string(result.conditions.specimen) {
            json["specimen"] = ["display": .string(specimen)]
        }
        if let device = CleanText.string(result.conditions.device) { json["device"] = ["display": .string(device)] }
        if let range = CleanText.string(result.referenceRange) { json["referenceRange"] = [["text": .string(range)]] }
        return json
    }
}
