import Clinical
import FHIR

/// An Observation of the input whose patient is known.
struct FHIRObservation {
    var resource: PlacedResource
    var patient: PatientKey
    var id: String
    var effective: ClinicalTime
}

extension MessageDraft {
    /// Ids of all observations first, because they may refer to one another.
    mutating func collectObservations(
        _ resources: [PlacedResource], _ references: inout FHIRReferences
    ) throws(NormalizationError) -> [Int: FHIRObservation] {
        var found: [Int: FHIRObservation] = [:]
        for (position, resource) in resources.enumerated() where resource.type == "Observation" {
            let view = Observation(resource.json)
            guard let patient = references.patient(view.subject) ?? containedPatient(view) else {
                note(
                    .error, IssueCode.unresolvedReference, resource.path + "/subject",
                    "The patient of this observation is not in the input and has no identifier; it cannot be filed.")
                continue
            }
            let effective = try effectiveTime(view, resource)
            let id = identifier(keys(view, resource, patient, effective))
            references.add(resource, id: id)
            found[position] = FHIRObservation(resource: resource, patient: patient, id: id, effective: effective)
        }
        return found
    }

    private func containedPatient(_ observation: Observation) -> PatientKey? {
        guard let reference = observation.subject?.reference, reference.hasPrefix("#") else { return nil }
        let id = String(reference.dropFirst())
        for contained in observation.json["contained"]?.arrayValue ?? [] {
            guard case .object(let json) = contained, contained.resourceType == "Patient",
                json["id"]?.stringValue == id
            else { continue }
            return patientKey(PlacedResource(path: "", fullUrl: nil, json: json, type: "Patient", hasServerID: false))
        }
        return nil
    }

    /// What identifies an observation, so that its correction names the same.
    private func keys(
        _ view: Observation, _ resource: PlacedResource, _ patient: PatientKey, _ effective: ClinicalTime
    ) -> [String] {
        let parts = ["Observation", patient.system, patient.value.exposed]
        let code = codes(view.code).first
        let (system, value) = (code?.system ?? "", code?.code ?? "")
        // Some senders give every result of an order its number as identifier, so the code is part of the key.
        if let identifier = view.identifiers.first(where: { $0.system != nil && $0.value != nil }) {
            return parts + ["identifier", identifier.system ?? "", identifier.value ?? "", system, value]
        }
        if resource.hasServerID, let id = resource.id { return parts + ["server", profile.name, id] }
        return parts + ["time", system, value, String(effective.instant.microseconds)]
    }

    /// The moment to file an observation under: the time itself, the end of a period, else when it was issued.
    private mutating func effectiveTime(
        _ view: Observation, _ resource: PlacedResource
    ) throws(NormalizationError) -> ClinicalTime {
        for key in ["effectiveDateTime", "effectiveInstant"] {
            if let text = view.json[key]?.stringValue { return try time(text, at: resource.path + "/" + key) }
        }
        if let period = view.effectivePeriod {
            let path = resource.path + "/effectivePeriod/"
            if let text = period.end { return try time(text, at: path + "end") }
            if let text = period.start { return try time(text, at: path + "start") }
        }
        if let event = view.json["effectiveTiming"]?["event"]?[0]?.stringValue {
            return try time(event, at: resource.path + "/effectiveTiming/event/0")
        }
        let issued = try view.issued.map { text throws(NormalizationError) in
            try time(text, at: resource.path + "/issued")
        }
        note(
            .warning, IssueCode.timeSubstituted, resource.path + "/effectiveDateTime",
            issued == nil
                ? "Nothing says when this was observed; the time of the message was used."
                : "Nothing says when this was observed; the time it was issued was used.")
        return issued ?? sent ?? ClinicalTime(received)
    }

    private static let statuses: Set<String> = [
        "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
    ]

    mutating func convertObservation(
        _ observation: FHIRObservation, _ references: FHIRReferences
    ) throws(NormalizationError) {
        let resource = observation.resource
        let view = Observation(resource.json)
        var json = renamed(resource, to: observation.id, references)
        var status = ResultStatus(code: view.status ?? "unknown")
        if view.status.map({ !Self.statuses.contains($0) }) ?? true {
            note(
                .warning, view.status == nil ? IssueCode.requiredFieldMissing : IssueCode.tableValueNotFound,
                resource.path + "/status", "The observation has no valid status; it is filed as not known.")
            status = ResultStatus(code: "unknown")
        }
        json["status"] = .string(status.code)
        json["subject"] = subject(observation.patient, json["subject"])
        if view.json["effectiveDateTime"] != nil, observation.effective.offsetOrigin != .stated {
            json.appendTime("effectiveDateTime", observation.effective)
        } else if view.effective == nil, view.json["effectiveTiming"] == nil {
            json.appendTime("effectiveDateTime", observation.effective)
        }
        let conditions = ResultConditions(
            specimen: view.specimen?.display, method: view.method?.text ?? view.method?.codings.first?.code,
            device: view.device?.display, effective: observation.effective.instant)
        let components = resource.json["component"]?.arrayValue ?? []
        let isGroup = view.value == nil && (!components.isEmpty || !view.hasMember.isEmpty)
        normalise(
            &json, of: observation, id: observation.id, path: resource.path, status: status, conditions: conditions,
            isGroup: isGroup)

        if !components.isEmpty {
            var converted: [JSON] = []
            converted.reserveCapacity(components.count)
            for (position, component) in components.enumerated() {
                guard case .object(var part) = references.rewriting(component) else { continue }
                let code = codes(CodeableConcept(part["code"])).first
                let id = identifier([
                    "Observation", observation.id, "component", code?.system ?? "", code?.code ?? "",
                ])
                normalise(
                    &part, of: observation, id: id, path: "\(resource.path)/component/\(position)", status: status,
                    conditions: conditions, isGroup: false)
                converted.append(.object(part))
            }
            json["component"] = .array(converted)
        }
        add(json, type: "Observation", id: observation.id)
    }
}
