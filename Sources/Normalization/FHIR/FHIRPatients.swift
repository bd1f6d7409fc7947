import Clinical
import FHIR

extension MessageDraft {
    mutating func collectPatients(
        _ resources: [PlacedResource], _ references: inout FHIRReferences
    ) throws(NormalizationError) {
        references.known = knownPatient
        for resource in resources where resource.type == "Patient" {
            guard let key = patientKey(resource) else {
                note(
                    .error, IssueCode.requiredFieldMissing, resource.path + "/identifier",
                    "The patient has neither an identifier nor an id of a server and cannot be filed.")
                continue
            }
            references.add(resource, id: key.resourceID, patient: key)
        }
    }

    /// The identifier of type MR, else PI, else the first with a system; else the id on the sender's server.
    func patientKey(_ resource: PlacedResource) -> PatientKey? {
        let patient = Patient(resource.json)
        var best: (key: PatientKey, rank: Int)?
        for identifier in patient.identifiers {
            guard let value = CleanText.string(identifier.value), identifier.use != "old" else { continue }
            let system: String
            var rank = 2
            if let stated = identifier.system, !stated.isEmpty {
                system = CleanText.uri(stated)
                for coding in identifier.type?.codings ?? [] {
                    if coding.code == "MR" { rank = 0 } else if coding.code == "PI" { rank = min(rank, 1) }
                }
            } else if let assigner = profile.defaultAssigner {
                (system, rank) = (assigner, 3)
            } else {
                continue
            }
            if best.map({ rank < $0.rank }) ?? true { best = (PatientKey(system: system, value: value), rank) }
        }
        if let best { return best.key }
        guard resource.hasServerID, let id = resource.id else { return nil }
        return PatientKey(system: Canonical.serverIDs + Canonical.encoded(profile.name), value: id)
    }

    mutating func convertPatient(
        _ resource: PlacedResource, _ references: FHIRReferences
    ) throws(NormalizationError) {
        guard let key = patientKey(resource) else { return }
        let patient = Patient(resource.json)
        var json = renamed(resource, to: key.resourceID, references)
        var birth: ClinicalTime?
        if let text = patient.birthDate {
            do {
                birth = try FHIRDateTime.date(text)
            } catch {
                throw NormalizationError(
                    code: IssueCode.dataType, place: resource.path + "/birthDate", error.reason, after: issues)
            }
        }
        var sex: PatientRecord.Sex?
        if let gender = patient.gender {
            sex = PatientRecord.Sex(rawValue: gender)
            if sex == nil {
                note(
                    .warning, IssueCode.tableValueNotFound, resource.path + "/gender",
                    "The gender is not one of male, female, other and unknown.")
                sex = .unknown
                json["gender"] = "unknown"
            }
        }
        let names = patient.names
        let name = names.first { $0.use == "official" } ?? names.first { $0.use == "usual" } ?? names.first
        let parts = [name?.family, name?.given.first].compactMap(\.self).filter { !$0.isEmpty }
        let text = parts.isEmpty ? CleanText.string(name?.text) : parts.joined(separator: ", ")
        add(json, type: "Patient", id: key.resourceID)
        events.append(
            .patient(
                PatientRecord(
                    key: key, name: text.map { PHI($0) }, birthDate: birth.map { PHI($0) }, sex: sex, known: received)))

        for (position, link) in patient.links.enumerated() {
            guard link.type == "replaced-by" || link.type == "replaces" else { continue }
            guard let other = references.patient(link.other) else {
                note(
                    .error, IssueCode.unresolvedReference, resource.path + "/link/\(position)/other",
                    "The patient of this merge is not in the input and has no identifier; the merge was not carried out.")
                continue
            }
            guard other != key else { continue }
            let (retired, surviving) = link.type == "replaces" ? (other, key) : (key, other)
            // Both patients of a pair may say so.
            if merges.insert([retired, surviving]).inserted {
                events.append(.merge(retired: retired, surviving: surviving, known: received))
            }
        }
    }
}
