import Clinical
import FHIR

/// What the references of an input mean, by `fullUrl` and by type and id.
struct FHIRReferences {
    /// Reference text → type and id in the output.
    private var targets: [String: String] = [:]
    private var patients: [String: PatientKey] = [:]
    /// `Patient/123` of a server → patient.
    private(set) var serverPatients: [String: PatientKey] = [:]
    /// Patients learned from earlier messages of the source.
    var known: (@Sendable (String) -> PatientKey?)?

    mutating func add(_ resource: PlacedResource, id: String, patient: PatientKey? = nil) {
        let target = resource.type + "/" + id
        var names: [String] = []
        if let url = resource.fullUrl { names.append(url) }
        if let id = resource.id { names.append(resource.type + "/" + id) }
        for name in names where targets[name] == nil {
            targets[name] = target
            if let patient { patients[name] = patient }
        }
        if let patient, resource.hasServerID, let id = resource.id { serverPatients["Patient/" + id] = patient }
    }

    /// The patient a subject means: resource of the input, contained resource, identifier, or one known from before.
    func patient(_ subject: Reference?) -> PatientKey? {
        guard let subject else { return nil }
        if let reference = subject.reference {
            for name in names(reference) {
                if let key = patients[name] { return key }
            }
            if let target = subject.target, target.type == "Patient", let known {
                if let key = known("Patient/" + target.id) { return key }
            }
        }
        if let identifier = subject.identifier, let system = identifier.system, let value = identifier.value,
            !system.isEmpty, !value.isEmpty
        {
            return PatientKey(system: CleanText.uri(system), value: value)
        }
        return nil
    }

    /// The output's reference for one of the input; `nil` when it leads outside.
    func target(_ reference: String) -> String? {
        for name in names(reference) {
            if let target = targets[name] { return target }
        }
        return nil
    }

    private func names(_ reference: String) -> [String] {
        if targets[reference] != nil { return [reference] }
        if let history = reference.firstRange(of: "/_history/") { return names(String(reference[..<history.lowerBound])) }
        // An absolute reference means that server, so its type and id alone say nothing.
        guard !reference.contains(":"), let target = Reference(reference).target else { return [] }
        return [target.type + "/" + target.id]
    }

    /// A value with every reference into the input replaced.
    func rewriting(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            var result = JSONObject(minimumCapacity: object.count)
            for (key, member) in object {
                if key == "reference", case .string(let text) = member, let target = target(text) {
                    result[key] = .string(target)
                } else {
                    result[key] = rewriting(member)
                }
            }
            return .object(result)
        case .array(let elements):
            return .array(elements.map(rewriting))
        default:
            return value
        }
    }
}
