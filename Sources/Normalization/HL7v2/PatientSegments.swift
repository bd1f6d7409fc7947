import Clinical
import FHIR
import HL7v2

/// A patient as PID gives it.
struct HL7v2Patient {
    var key: PatientKey
    /// To the Patient resource; null where nobody reads resources.
    var reference = JSON.null
    /// Empty where nobody reads resources.
    var resource = JSONObject()
    /// To patients that are merged into this one.
    var links: [JSON] = []
    /// PID-18, which stands in for a missing visit number.
    var account: (system: String, value: String)?
    var record: PatientRecord
}

extension MessageDraft {
    private static let readOfPID = fieldSet(1, 3, 5, 7, 8, 18, 29, 30)

    /// PID (v2.5.1 section 3.4.2) as a Patient. Adds neither resource nor event.
    mutating func patient(_ pid: Segment) throws(NormalizationError) -> HL7v2Patient {
        var read = Self.readOfPID
        var identifiers = patientIdentifiers(pid.field(3))
        // PID-2 and PID-4 held the identifiers before v2.3.1.
        for number in [2, 4] where identifiers == nil {
            identifiers = patientIdentifiers(pid.field(number))
            read |= fieldSet(number)
        }
        guard let identifiers else {
            throw NormalizationError(
                code: IssueCode.requiredFieldMissing, place: pid.path + "-3",
                "The patient has no identifier, so nothing can be filed.", after: issues)
        }
        let key = identifiers.key
        let names = pid.field(5).repetitions.compactMap(name)
        let chosen = names.first { $0.type == "L" } ?? names.first

        var sex: PatientRecord.Sex?
        var gender: String?
        if let code = pid.field(8).text {
            // Some senders spell it out in the words of FHIR.
            let spelled = PatientRecord.Sex(rawValue: code.lowercased())
            gender = tables.target(code, in: .administrativeSex) ?? spelled?.rawValue
            sex = gender.map { PatientRecord.Sex(rawValue: $0) } ?? .unknown
            if gender == nil {
                note(
                    .warning, IssueCode.tableValueNotFound, pid.path + "-8",
                    "The sex is not a code of table 0001; add it to 0001-administrative-gender.tsv.")
                gender = "unknown"
            }
        }
        let birth = try time(pid.field(7))
        let death = try time(pid.field(29))
        countUnread(pid, name: "PID", read: read)

        var account: (system: String, value: String)?
        if let value = pid.field(18).text {
            account = (assigner(pid.field(18).component(4)) ?? key.system, value)
        }
        let record = PatientRecord(
            key: key, name: chosen?.text.map { PHI($0) }, birthDate: birth.map { PHI($0) }, sex: sex, known: received)
        var patient = HL7v2Patient(key: key, account: account, record: record)
        guard writesBundle else { return patient }

        let id = key.resourceID
        var json = JSONObject(resourceType: "Patient", id: id)
        json.append("identifier", identifiers.all)
        json["active"] = true
        json.append("name", names.map(\.json))
        if let gender { json["gender"] = .string(gender) }
        json.appendDate("birthDate", birth)
        if let death {
            json.appendTime("deceasedDateTime", death)
        } else if let flag = pid.field(30).text, flag == "Y" || flag == "N" {
            json["deceasedBoolean"] = .bool(flag == "Y")
        }
        patient.reference = ["reference": .string("Patient/" + id)]
        patient.resource = json
        return patient
    }

    /// A name (XPN, v2.5.1 section 2.A.88).
    private func name(_ repetition: Repetition) -> (json: JSON, type: String?, text: String?)? {
        let family = CleanText.string(repetition.text(1))
        let given = [2, 3].compactMap { CleanText.string(repetition.text($0)) }
        guard family != nil || !given.isEmpty else { return nil }
        let type = repetition.text(7)
        let text = [family, given.first].compactMap(\.self).joined(separator: ", ")
        guard writesBundle else { return (.null, type, text) }
        var json = JSONObject(minimumCapacity: 5)
        if let use = type.flatMap({ tables.target($0, in: .nameUse) }) { json["use"] = .string(use) }
        json.append("family", family)
        json.append("given", given.map { JSON.string($0) })
        json.append("prefix", [CleanText.string(repetition.text(5))].compactMap { $0.map(JSON.string) })
        json.append("suffix", [CleanText.string(repetition.text(4))].compactMap { $0.map(JSON.string) })
        return (.object(json), type, text)
    }

    /// MRG (v2.5.1 section 3.4.9): the identifiers that are given up in favour of the patient's.
    mutating func merge(_ mrg: Segment, into patient: inout HL7v2Patient) throws(NormalizationError) {
        countUnread(mrg, name: "MRG", read: fieldSet(1))
        guard let retired = patientIdentifiers(mrg.field(1)) else {
            throw NormalizationError(
                code: IssueCode.requiredFieldMissing, place: mrg.path + "-1",
                "The merge does not say which patient it retires.", after: issues)
        }
        guard retired.key != patient.key else {
            note(
                .warning, IssueCode.valueNotUsable, mrg.path + "-1",
                "The merge names the same patient twice; nothing to do.")
            return
        }
        events.append(.merge(retired: retired.key, surviving: patient.key, known: received))
        guard writesBundle else { return }
        let (retiredID, survivingID) = (retired.key.resourceID, patient.key.resourceID)
        func link(_ id: String, _ type: String) -> JSON {
            ["other": ["reference": .string("Patient/" + id)], "type": .string(type)]
        }
        patient.links.append(link(retiredID, "replaces"))
        var json = JSONObject(resourceType: "Patient", id: retiredID)
        json.append("identifier", retired.all)
        json["active"] = false
        json["link"] = [link(survivingID, "replaced-by")]
        add(json, type: "Patient", id: retiredID)
    }
}
