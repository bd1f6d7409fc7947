import Clinical
import FHIR
import HL7v2

extension MessageDraft {
    private static let readOfPV1 = fieldSet(1, 2, 3, 19, 44, 45)

    /// What an event says about a visit.
    struct VisitRule {
        /// Encounter status, where the event fixes it.
        var status: String?
        /// A discharge is cancelled: the visit has no end, whatever PV1-45 says.
        var reopens = false
    }

    /// PV1 (v2.5.1 section 3.4.3) as an Encounter with its event; nothing for patients who are not on a visit.
    ///
    /// - Returns: a reference to the Encounter.
    mutating func visit(_ pv1: Segment, of patient: HL7v2Patient, rule: VisitRule) throws(NormalizationError) -> JSON? {
        countUnread(pv1, name: "PV1", read: Self.readOfPV1)
        let start = try time(pv1.field(44))
        var end = try time(pv1.field(45))
        let classCode = pv1.field(2).text
        // `N` is sent with person updates: there is no visit.
        guard classCode != "N" || rule.status != nil else { return nil }

        let identifier = visitIdentifier(pv1, of: patient)
        let id: String
        if let identifier {
            id = ContentDigest.identifier("Encounter", identifier.system, identifier.value)
        } else {
            id = ContentDigest.identifier("Encounter", "current", patient.key.system, patient.key.value.exposed)
            note(
                .information, IssueCode.requiredFieldMissing, pv1.path + "-19",
                "There is no visit number; the visit is filed as the patient's only one.")
        }
        let hasEnded = end != nil && !rule.reopens
        if rule.reopens { end = nil }
        if let last = end, let first = start, last.isBefore(first) {
            note(
                .warning, IssueCode.valueNotUsable, pv1.path + "-45",
                "The visit ends before it begins; the end is preserved only in the journal.")
            end = nil
        }
        let status = rule.status ?? statusOfClass(classCode, hasEnded: hasEnded)

        var json = JSONObject(resourceType: "Encounter", id: id)
        if let identifier { json["identifier"] = [identifier.json] }
        json["status"] = .string(status)
        json["class"] = encounterClass(classCode, at: pv1)
        json["subject"] = ["reference": .string("Patient/" + patient.key.resourceID)]
        var period = JSONObject(minimumCapacity: 2)
        period.appendTime("start", start)
        period.appendTime("end", end)
        json.append("period", period)
        let place = pv1.field(3).repetition(1)
        let parts = (1...3).map { CleanText.string(place.text($0)) }
        let display = parts.compactMap(\.self).joined(separator: " ")
        if !display.isEmpty { json["location"] = [["location": ["display": .string(display)]]] }
        add(json, type: "Encounter", id: id)

        events.append(
            .encounter(
                EncounterRecord(
                    id: id, patient: patient.key, status: Self.recordStatus(status), ward: parts[0], room: parts[1],
                    bed: parts[2], start: start, end: end, known: received)))
        return ["reference": .string("Encounter/" + id)]
    }

    /// PV1-19, else the account number of PID-18.
    mutating func visitIdentifier(
        _ pv1: Segment, of patient: HL7v2Patient
    ) -> (system: String, value: String, json: JSON)? {
        let number = pv1.field(19)
        var found = patient.account
        if let value = CleanText.string(number.text) {
            found = (assigner(number.component(4)) ?? patient.key.system, value)
        }
        guard let found, let value = CleanText.string(found.value) else { return nil }
        return (found.system, value, ["system": .string(found.system), "value": .string(value)])
    }

    private func statusOfClass(_ code: String?, hasEnded: Bool) -> String {
        if hasEnded { return "finished" }
        return code.flatMap { tables.detail($0, in: .patientClass) } ?? "in-progress"
    }

    /// `Encounter.class`, which is required: without a code it is a null flavour.
    private mutating func encounterClass(_ code: String?, at pv1: Segment) -> JSON {
        if let code, let target = tables.target(code, in: .patientClass) {
            return ["system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": .string(target)]
        }
        if let code, !["C", "N", "U"].contains(code) {
            note(
                .warning, IssueCode.tableValueNotFound, pv1.path + "-2",
                "The patient class is not in 0004-encounter-class.tsv; add it there.")
        }
        return ["system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"]
    }

    static func recordStatus(_ status: String) -> EncounterRecord.Status {
        switch status {
        case "planned": .planned
        case "finished": .finished
        case "cancelled", "entered-in-error": .cancelled
        default: .inProgress
        }
    }
}
