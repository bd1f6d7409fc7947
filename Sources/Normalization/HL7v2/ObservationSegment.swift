import Clinical
import FHIR
import HL7v2

extension MessageDraft {
    private static let readOfOBX = fieldSet(1, 2, 3, 4, 5, 6, 7, 8, 11, 14, 17, 18, 21)

    /// OBX (v2.5.1 section 7.4.2) as an Observation with its finding.
    mutating func observation(
        _ obx: Segment, of patient: HL7v2Patient, order: HL7v2Order?, visit: JSON?
    ) throws(NormalizationError) {
        countUnread(obx, name: "OBX", read: Self.readOfOBX)
        let path = "OBX[\(obx.occurrence)]"
        let coded = obx.field(3).repetition(1)
        var codes = codes(coded)
        if codes.isEmpty {
            guard let text = CleanText.string(coded.text(2) ?? coded.text(5)) else {
                note(
                    .error, IssueCode.requiredFieldMissing, path + "-3",
                    "The result does not say what was observed and cannot be filed.")
                return
            }
            note(
                .warning, IssueCode.requiredFieldMissing, path + "-3",
                "The result has a name but no code; the name is used.")
            codes = [Code(system: profile.localCodes, code: text, display: text)]
        }
        // A second coding counts where it is LOINC; others stay in the resource but are not translated.
        let translatable = codes.count > 1 && codes[1].system != CodeSystem.loinc ? [codes[0]] : codes

        let effective = try effectiveTime(obx, order: order, path: path)
        let status = resultStatus(obx, order: order, path: path)
        var value = try value(of: obx, path: path)
        if status.code == "cancelled", case .missing(.noValue, let text, _) = value {
            value = .missing(.noValue, text: text, absent: "not-performed")
        }
        let method = obx.field(17).repetition(1)
        let conditions = ResultConditions(
            specimen: order?.specimen, method: method.text ?? method.text(2), device: obx.field(18).text,
            effective: effective.instant)
        var result = RawResult(
            id: identifier(keys(obx, codes[0], of: patient.key, order: order, effective: effective)),
            patient: patient.key, subject: patient.reference, path: path + "-5", codePath: path + "-3", codes: translatable,
            codeText: coded.text(2),
            value: value, rawText: obx.field(5).wholeText ?? "", status: status, effective: effective,
            conditions: conditions)
        result.furtherCodes = codes.count > translatable.count ? [codes[1]] : []
        result.visit = visit
        result.referenceRange = obx.field(7).wholeText
        if !obx.field(8).isEmpty { result.interpretations = interpretations(obx, path: path) }
        record(result)
    }

    /// What identifies a result, so that its correction or deletion names the same.
    private func keys(
        _ obx: Segment, _ code: Code, of patient: PatientKey, order: HL7v2Order?, effective: ClinicalTime
    ) -> [String] {
        let parts = ["Observation", patient.system, patient.value.exposed]
        if let instance = entity(obx.field(21)) { return parts + ["instance", instance] }
        let sub = obx.field(4).text ?? ""
        if let number = order?.number {
            // A monitor may use one order for all it ever sends: the time of the observation request keeps them apart.
            return parts + ["order", number, order?.timeText ?? "", code.system, code.code, sub]
        }
        return parts + ["time", code.system, code.code, sub, String(effective.instant.microseconds)]
    }

    /// OBX-14, else OBR-7, else the time of the message.
    private mutating func effectiveTime(
        _ obx: Segment, order: HL7v2Order?, path: String
    ) throws(NormalizationError) -> ClinicalTime {
        let field = obx.field(14)
        // Mostly the time of the order, digit for digit.
        if let order, let time = order.time, field.text == order.timeText { return time }
        if let time = try time(field) { return time }
        if let time = order?.time { return time }
        note(
            .warning, IssueCode.timeSubstituted, path + "-14",
            "Neither OBX-14 nor OBR-7 says when this was observed; the time of the message was used.")
        return sent ?? ClinicalTime(received)
    }

    /// OBX-11 (table 0085), else OBR-25 (table 0123).
    private mutating func resultStatus(_ obx: Segment, order: HL7v2Order?, path: String) -> ResultStatus {
        if let code = obx.field(11).text {
            if let status = tables.target(code, in: .resultStatus) { return ResultStatus(code: status) }
            note(
                .warning, IssueCode.tableValueNotFound, path + "-11",
                "The result status is not in 0085-observation-status.tsv; add it there.")
            return ResultStatus(code: "unknown")
        }
        if let status = order?.status.flatMap({ tables.target($0, in: .orderStatus) }) {
            return ResultStatus(code: status)
        }
        note(
            .warning, IssueCode.requiredFieldMissing, path + "-11", "The result has no status; it is filed as not known.")
        return ResultStatus(code: "unknown")
    }

    /// OBX-8 (table 0078).
    private mutating func interpretations(_ obx: Segment, path: String) -> [Code] {
        obx.field(8).repetitions.compactMap { repetition in
            guard let code = CleanText.code(repetition.text) else { return nil }
            if let target = tables.target(code, in: .interpretation) {
                return Code(
                    system: "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", code: target,
                    display: repetition.text(2))
            }
            note(
                .information, IssueCode.tableValueNotFound, path + "-8",
                "The interpretation is not in 0078-interpretation.tsv; it was kept as a code of table 0078.")
            return Code(
                system: "http://terminology.hl7.org/CodeSystem/v2-0078", code: code, display: repetition.text(2))
        }
    }
}
