import Clinical
import FHIR

/// A resource of an input with where it stands.
struct PlacedResource {
    /// JSON pointer of the resource.
    var path: String
    var fullUrl: String?
    var json: JSONObject
    var type: String
    /// Whether `id` is that of a server, and so the same in every message.
    var hasServerID: Bool

    var id: String? { json["id"]?.stringValue }
}

/// FHIR R4 input: a Bundle of any type, or a single resource.
extension MessageDraft {
    func parse(_ bytes: [UInt8]) throws(NormalizationError) -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw NormalizationError(code: error.code, place: error.place, error.reason)
        }
    }

    mutating func read(_ root: JSON) throws(NormalizationError) {
        guard case .object(let object) = root, let type = object["resourceType"]?.stringValue else {
            throw NormalizationError(
                code: IssueCode.requiredFieldMissing, place: "/resourceType", "The input is not a FHIR resource.")
        }
        messageType = CleanText.code(type) ?? ""
        guard Self.isResourceName(type) else {
            throw NormalizationError(
                code: IssueCode.unsupportedMessageType, place: "/resourceType", "This is not a type of FHIR resource.")
        }
        var resources: [PlacedResource] = []
        if type == "Bundle" {
            resources = try entries(of: Bundle(object))
        } else {
            resources = [PlacedResource(path: "", fullUrl: nil, json: object, type: type, hasServerID: true)]
        }

        var references = FHIRReferences()
        try collectPatients(resources, &references)
        collectEncounters(resources, &references)
        let observations = try collectObservations(resources, &references)
        try convert(resources, observations, references)
        serverPatients = references.serverPatients
    }

    private static func isResourceName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return text.utf8.count <= 64 && text.utf8.allSatisfy { ($0 | 0x20) &- UInt8(ascii: "a") < 26 }
    }

    private mutating func entries(of bundle: Bundle) throws(NormalizationError) -> [PlacedResource] {
        controlID = bundle.identifier?.value ?? bundle.id
        if let text = bundle.timestamp { sent = try time(text, at: "/timestamp") }
        if let value = bundle.json["entry"], value.arrayValue == nil {
            throw NormalizationError(
                code: IssueCode.dataType, place: "/entry", "The entries of a Bundle are an array.", after: issues)
        }
        var resources: [PlacedResource] = []
        for (position, entry) in (bundle.json["entry"]?.arrayValue ?? []).enumerated() {
            let path = "/entry/\(position)"
            guard case .object(let json)? = entry["resource"], let type = json["resourceType"]?.stringValue else {
                if entry["request"]?["method"]?.stringValue == "DELETE" {
                    note(
                        .warning, IssueCode.notConverted, path + "/request",
                        "Deletions are not carried out; withdraw a result with the status entered-in-error.")
                } else {
                    note(.warning, IssueCode.requiredFieldMissing, path + "/resource", "The entry holds no resource.")
                }
                continue
            }
            let fullUrl = entry["fullUrl"]?.stringValue
            let id = json["id"]?.stringValue
            // The id of a new resource in a transaction means nothing outside of it.
            let isRESTful = id.flatMap { id in fullUrl?.hasSuffix("/\(type)/\(id)") } ?? false
            let isPut = entry["request"]?["method"]?.stringValue == "PUT"
            let isStored = bundle.type == "searchset" || bundle.type == "history"
            resources.append(
                PlacedResource(
                    path: path + "/resource", fullUrl: fullUrl, json: json, type: type,
                    hasServerID: isRESTful || isPut || isStored))
        }
        return resources
    }

    // MARK: - Output

    private mutating func convert(
        _ resources: [PlacedResource], _ observations: [Int: FHIRObservation], _ references: FHIRReferences
    ) throws(NormalizationError) {
        for (position, resource) in resources.enumerated() {
            switch resource.type {
            case "Patient":
                try convertPatient(resource, references)
            case "Encounter":
                try convertEncounter(resource, references)
            case "Observation":
                if let observation = observations[position] { try convertObservation(observation, references) }
            default:
                countUnconverted(resource.type)
            }
        }
    }

    /// A resource under its new id: references rewritten, the sender's version data left out.
    func renamed(_ resource: PlacedResource, to id: String, _ references: FHIRReferences) -> JSONObject {
        var json = JSONObject(resourceType: resource.type, id: id)
        json.reserveCapacity(resource.json.count + 2)
        for (key, value) in resource.json where key != "resourceType" && key != "id" {
            if key == "meta" {
                guard case .object(var meta) = value else { continue }
                for version in ["versionId", "lastUpdated", "source"] { meta.removeValue(forKey: version) }
                json.append("meta", meta)
            } else {
                json[key] = references.rewriting(value)
            }
        }
        return json
    }

    // MARK: - Data types

    /// A `dateTime` or `instant`; the zone of the source is applied to times that break the rule to state an offset.
    mutating func time(_ text: String, at place: String) throws(NormalizationError) -> ClinicalTime {
        do {
            return localised(try FHIRDateTime.read(text, requiringOffset: false), at: place)
        } catch {
            throw NormalizationError(code: IssueCode.dataType, place: place, error.reason, after: issues)
        }
    }

    /// Codings of one concept that are tried; more are left in the resource.
    static let maximumCodings = 32

    /// The codings of a concept that have a code, LOINC first; its text as a local code where it has none.
    func codes(_ concept: CodeableConcept?) -> [Code] {
        guard let concept else { return [] }
        var codes: [Code] = []
        for coding in concept.codings.prefix(Self.maximumCodings) {
            guard let code = CleanText.code(coding.code) else { continue }
            let system = coding.system.map(CleanText.uri) ?? profile.localCodes
            codes.append(Code(system: system, code: code, display: coding.display))
        }
        if codes.isEmpty, let text = CleanText.string(concept.text) {
            codes.append(Code(system: profile.localCodes, code: text, display: text))
        }
        return Self.loincFirst(codes)
    }

    static func loincFirst(_ codes: [Code]) -> [Code] {
        codes.filter { $0.system == CodeSystem.loinc } + codes.filter { $0.system != CodeSystem.loinc }
    }
}
