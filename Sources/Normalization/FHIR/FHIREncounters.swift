import Clinical
import FHIR

extension MessageDraft {
    mutating func collectEncounters(_ resources: [PlacedResource], _ references: inout FHIRReferences) {
        for resource in resources where resource.type == "Encounter" {
            let patient = references.patient(Encounter(resource.json).subject)
            references.add(resource, id: encounterID(resource, patient))
        }
    }

    /// By identifier, else by the id on the sender's server, else as the patient's only visit.
    private func encounterID(_ resource: PlacedResource, _ patient: PatientKey?) -> String {
        let identifiers = Encounter(resource.json).identifiers
        if let identifier = identifiers.first(where: { $0.system != nil && $0.value != nil }),
            let system = identifier.system, let value = identifier.value
        {
            return ContentDigest.identifier("Encounter", CleanText.uri(system), value)
        }
        if resource.hasServerID, let id = resource.id {
            return ContentDigest.identifier("Encounter", Canonical.serverIDs + Canonical.encoded(profile.name), id)
        }
        return ContentDigest.identifier("Encounter", "current", patient?.system ?? "", patient?.value.exposed ?? "")
    }

    mutating func convertEncounter(
        _ resource: PlacedResource, _ references: FHIRReferences
    ) throws(NormalizationError) {
        let encounter = Encounter(resource.json)
        guard let patient = references.patient(encounter.subject) else {
            note(
                .error, IssueCode.unresolvedReference, resource.path + "/subject",
                "The patient of this encounter is not in the input and has no identifier; it cannot be filed.")
            return
        }
        let id = encounterID(resource, patient)
        var json = renamed(resource, to: id, references)
        var status = encounter.status ?? "unknown"
        if !Self.encounterStatuses.contains(status) {
            note(
                .warning, encounter.status == nil ? IssueCode.requiredFieldMissing : IssueCode.tableValueNotFound,
                resource.path + "/status", "The encounter has no valid status; it is filed as not known.")
            status = "unknown"
        }
        json["status"] = .string(status)
        if json["class"] == nil {
            note(.warning, IssueCode.requiredFieldMissing, resource.path + "/class", "The encounter has no class.")
            json["class"] = ["system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"]
        }
        json["subject"] = subject(patient, json["subject"])
        let period = encounter.period
        var start: ClinicalTime?
        var end: ClinicalTime?
        if let text = period?.start { start = try time(text, at: resource.path + "/period/start") }
        if let text = period?.end { end = try time(text, at: resource.path + "/period/end") }
        if let period, start?.offsetOrigin == .configured || end?.offsetOrigin == .configured {
            var rewritten = period.json
            rewritten.appendTime("start", start)
            rewritten.appendTime("end", end)
            json["period"] = .object(rewritten)
        }
        add(json, type: "Encounter", id: id)
        let place = Self.place(encounter)
        events.append(
            .encounter(
                EncounterRecord(
                    id: id, patient: patient, status: Self.recordStatus(status), ward: place.ward, room: place.room,
                    bed: place.bed, start: start, end: end, known: received)))
    }

    private static let encounterStatuses: Set<String> = [
        "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown",
    ]

    /// Ward, room and bed by `physicalType`; a place of no stated type is the ward. Places left behind do not count.
    private static func place(_ encounter: Encounter) -> (ward: String?, room: String?, bed: String?) {
        var place: (ward: String?, room: String?, bed: String?)
        for location in encounter.locations where location.status != "completed" {
            guard let name = CleanText.string(location.location?.display) else { continue }
            switch CodeableConcept(location.json["physicalType"])?.codings.first?.code {
            case "ro": place.room = name
            case "bd": place.bed = name
            default: place.ward = name
            }
        }
        return place
    }

    /// A subject that names the patient of the output, keeping what else was said of it.
    func subject(_ patient: PatientKey, _ original: JSON?) -> JSON {
        guard case .object(var json)? = original else {
            return ["reference": .string("Patient/" + patient.resourceID)]
        }
        json["reference"] = .string("Patient/" + patient.resourceID)
        return .object(json)
    }
}
