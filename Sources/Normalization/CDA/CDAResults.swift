import CDA
import Clinical
import FHIR

extension MessageDraft {
    mutating func read(
        _ section: CDADocument.Section, of patient: PatientKey, visit: JSON?
    ) throws(NormalizationError) {
        for (name, count) in section.otherEntries.sorted(by: { $0.key < $1.key }) { countUnconverted(name, count) }
        guard section.kind != .other else {
            countUnconverted("observation outside vital signs and results", section.observations.count)
            return
        }
        for observation in section.observations {
            // Other moods are orders, goals and intents: nothing was observed.
            guard observation.moodCode == nil || observation.moodCode == "EVN" else {
                countUnconverted("observation that did not happen")
                continue
            }
            try read(observation, of: patient, visit: visit)
        }
    }

    private mutating func read(
        _ observation: CDADocument.Observation, of patient: PatientKey, visit: JSON?
    ) throws(NormalizationError) {
        let path = observation.path
        let text = observation.code?.originalText ?? observation.code?.displayName
        var codes = codes(observation.code)
        if codes.isEmpty {
            guard let name = CleanText.string(text) else {
                note(
                    .error, IssueCode.requiredFieldMissing, path + "/code[1]",
                    "The observation does not say what was observed and cannot be filed.")
                return
            }
            note(
                .warning, IssueCode.requiredFieldMissing, path + "/code[1]",
                "The observation has a name but no code; the name is used.")
            codes = [Code(system: profile.localCodes, code: name, display: name)]
        }
        let effective = try effectiveTime(observation)
        let status = status(of: observation)
        var parts = ["Observation", patient.system, patient.value.exposed]
        let identifier = observation.ids.lazy.compactMap(Self.identifier).first
        // Documents repeat ids over several observations, so the code is part of the key.
        if let identifier {
            parts += ["identifier", identifier.system, identifier.value, codes[0].system, codes[0].code]
        } else {
            parts += ["time", codes[0].system, codes[0].code, String(effective.instant.microseconds)]
        }
        let (value, raw) = value(of: observation)
        let specimen = observation.specimen ?? observation.organizer?.specimen
        var result = RawResult(
            id: self.identifier(parts), patient: patient,
            subject: ["reference": .string("Patient/" + patient.resourceID)], path: path, codePath: path + "/code[1]",
            codes: codes,
            codeText: text, value: value, rawText: raw, status: status, effective: effective,
            conditions: ResultConditions(
                specimen: specimen?.displayName ?? specimen?.code,
                method: observation.method?.displayName ?? observation.method?.code, effective: effective.instant))
        if let identifier {
            result.identifiers = [["system": .string(identifier.system), "value": .string(identifier.value)]]
        }
        result.interpretations = observation.interpretations.flatMap { self.codes($0) }
        result.visit = visit
        record(result)
    }

    /// The observation's own time, else the organizer's, else the document's.
    private mutating func effectiveTime(
        _ observation: CDADocument.Observation
    ) throws(NormalizationError) -> ClinicalTime {
        let stated = observation.effectiveTime?.moment ?? observation.organizer?.effectiveTime?.moment
        let place = observation.path + "/effectiveTime[1]"
        if let time = try time(stated, at: place) { return time }
        note(
            .warning, IssueCode.timeSubstituted, place,
            "Neither the observation nor its organizer says when; the time of the document was used.")
        return sent ?? ClinicalTime(received)
    }

    private mutating func status(of observation: CDADocument.Observation) -> ResultStatus {
        guard let code = observation.statusCode ?? observation.organizer?.statusCode else {
            note(
                .warning, IssueCode.requiredFieldMissing, observation.path + "/statusCode[1]",
                "The observation has no status; it is filed as not known.")
            return ResultStatus(code: "unknown")
        }
        guard let status = tables.target(code, in: .actStatus) else {
            note(
                .warning, IssueCode.tableValueNotFound, observation.path + "/statusCode[1]",
                "The status is not in v3-act-status.tsv; add it there.")
            return ResultStatus(code: "unknown")
        }
        return ResultStatus(code: status)
    }

    // MARK: - Values

    private mutating func value(of observation: CDADocument.Observation) -> (RawValue, String) {
        let path = observation.path + "/value[1]"
        if observation.negated {
            return (.missing(.noValue, text: nil, absent: "not-performed"), "")
        }
        if observation.valueCount > 1 {
            note(
                .warning, IssueCode.repeated, path,
                "The observation has several values; the first was used, the others are preserved only in the journal.")
        }
        switch observation.value {
        case nil:
            return (.missing(.noValue, text: nil, absent: absence(observation.nullFlavor)), "")
        case .null(let flavour):
            return (.missing(.noValue, text: nil, absent: absence(flavour)), "")
        case .quantity(let quantity):
            guard let text = CleanText.string(quantity.value) else {
                return (.missing(.noValue, text: nil, absent: absence(quantity.nullFlavor)), "")
            }
            guard let number = number(quantity) else {
                note(.warning, IssueCode.dataType, path, "The value is declared a number and is not one.")
                return (.missing(.notUsable, text: text, absent: "not-a-number"), text)
            }
            return (.number(number), text)
        case .range(let low, let high):
            return range(low, high, path: path)
        case .coded(let concept):
            let text = concept.originalText ?? concept.displayName
            return (.coded(codes(concept), text: concept.originalText), text ?? concept.code ?? "")
        case .text(let text):
            return (.text(text, number: ExactDecimal(text).map { RawNumber(value: $0) }), text)
        case .time(let time):
            return (.text(time.text, number: nil), time.text)
        case .boolean(let flag):
            return (.text(String(flag), number: nil), String(flag))
        case .unsupported:
            note(.information, IssueCode.notConverted, path, "Values of this type are preserved only in the journal.")
            return (.missing(.notUsable, text: nil, absent: "unsupported"), "")
        }
    }

    /// One bound alone is a comparator; both are a range.
    private mutating func range(
        _ low: PhysicalQuantity?, _ high: PhysicalQuantity?, path: String
    ) -> (RawValue, String) {
        switch (low.flatMap(number), high.flatMap(number)) {
        case (let first?, let second?):
            return (.range(low: first, high: second), "\(first.value)-\(second.value)")
        case (var bound?, nil):
            bound.comparator = low?.inclusive == false ? .greater : .greaterOrEqual
            return (.number(bound), (bound.comparator?.rawValue ?? "") + bound.value.description)
        case (nil, var bound?):
            bound.comparator = high?.inclusive == false ? .less : .lessOrEqual
            return (.number(bound), (bound.comparator?.rawValue ?? "") + bound.value.description)
        case (nil, nil):
            note(.warning, IssueCode.dataType, path, "The bounds of the value are not numbers.")
            return (.missing(.notUsable, text: nil, absent: "not-a-number"), "")
        }
    }

    private func number(_ quantity: PhysicalQuantity) -> RawNumber? {
        guard let text = CleanText.string(quantity.value), let value = ExactDecimal(text) else { return nil }
        var number = RawNumber(value: value)
        // The unit of a PQ is a UCUM code by definition (HL7 V3 data types R1); senders do not always keep to it.
        if let unit = CleanText.string(quantity.unit) { number.units = [unit] }
        return number
    }

    private func absence(_ flavour: String?) -> String {
        flavour.flatMap { tables.target($0, in: .nullFlavor) } ?? "unknown"
    }
}
