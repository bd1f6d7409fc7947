import CDA
import Clinical
import FHIR

/// A C-CDA document: patient, visit, vital signs and results.
extension MessageDraft {
    func parse(_ bytes: [UInt8]) throws(NormalizationError) -> CDADocument {
        do {
            return try CDAReader.read(bytes)
        } catch {
            throw NormalizationError(code: error.code, place: error.place, error.reason)
        }
    }

    mutating func read(_ document: CDADocument) throws(NormalizationError) {
        messageType = "C-CDA"
        issues += document.issues
        let id = [document.id?.root, document.id?.extension].compactMap(CleanText.string)
        controlID = id.isEmpty ? nil : id.joined(separator: "^")
        sent = try time(document.effectiveTime, at: "/ClinicalDocument/effectiveTime")

        guard let target = document.recordTargets.first else {
            throw NormalizationError(
                code: IssueCode.requiredFieldMissing, place: "/ClinicalDocument/recordTarget",
                "The document has no recordTarget, so it is about nobody.", after: issues)
        }
        if document.recordTargets.count > 1 {
            note(
                .warning, IssueCode.repeated, "/ClinicalDocument/recordTarget[2]",
                "The document is about several patients; the first was used.")
        }
        let patient = try self.patient(target)
        var visit: JSON?
        if let encounter = document.encompassingEncounter { visit = try self.encounter(encounter, of: patient) }
        for section in document.sections { try read(section, of: patient, visit: visit) }
    }

    // MARK: - Header

    private mutating func patient(_ target: CDADocument.RecordTarget) throws(NormalizationError) -> PatientKey {
        let identifiers = target.ids.compactMap(identifier)
        guard let first = identifiers.first else {
            throw NormalizationError(
                code: IssueCode.requiredFieldMissing, place: target.path + "/id",
                "The patient has no identifier, so nothing can be filed.", after: issues)
        }
        let key = PatientKey(system: first.system, value: first.value)
        var json = JSONObject(resourceType: "Patient", id: key.resourceID)
        json.append("identifier", identifiers.map { ["system": .string($0.system), "value": .string($0.value)] })
        json["active"] = true
        let family = CleanText.string(target.family)
        let given = target.given.compactMap(CleanText.string)
        var name = JSONObject(minimumCapacity: 2)
        name.append("family", family)
        name.append("given", given.map { JSON.string($0) })
        if !name.isEmpty { json["name"] = [.object(name)] }

        var sex: PatientRecord.Sex?
        if let code = target.sex?.code {
            let gender = tables.target(code, in: .v3AdministrativeGender)
            if gender == nil {
                note(
                    .warning, IssueCode.tableValueNotFound, target.path + "/patient[1]/administrativeGenderCode[1]",
                    "The sex is not in v3-administrative-gender.tsv; add it there.")
            }
            sex = gender.flatMap(PatientRecord.Sex.init(rawValue:)) ?? .unknown
            json["gender"] = .string(gender ?? "unknown")
        }
        let birth = try time(target.birthTime, at: target.path + "/patient[1]/birthTime[1]")
        json.appendDate("birthDate", birth)
        add(json, type: "Patient", id: key.resourceID)
        let text = [family, given.first].compactMap(\.self).joined(separator: ", ")
        events.append(
            .patient(
                PatientRecord(
                    key: key, name: text.isEmpty ? nil : PHI(text), birthDate: birth.map { PHI($0) }, sex: sex,
                    known: received)))
        return key
    }

    /// Adds the visit; a referral tells of visits, it does not move patients, so there is no event.
    private mutating func encounter(
        _ encounter: CDADocument.EncompassingEncounter, of patient: PatientKey
    ) throws(NormalizationError) -> JSON? {
        guard let identifier = encounter.ids.lazy.compactMap(Self.identifier).first else {
            countUnconverted("encompassingEncounter")
            return nil
        }
        let path = encounter.path + "/effectiveTime[1]"
        let start = try time(encounter.effectiveTime?.low ?? encounter.effectiveTime?.point, at: path)
        var end = try time(encounter.effectiveTime?.high, at: path)
        if let last = end, let first = start, last.isBefore(first) {
            note(
                .warning, IssueCode.valueNotUsable, path,
                "The visit ends before it begins; the end is preserved only in the journal.")
            end = nil
        }
        let id = ContentDigest.identifier("Encounter", identifier.system, identifier.value)
        var json = JSONObject(resourceType: "Encounter", id: id)
        json["identifier"] = [["system": .string(identifier.system), "value": .string(identifier.value)]]
        json["status"] = end == nil ? "unknown" : "finished"
        if encounter.code?.codeSystem == "2.16.840.1.113883.5.4", let code = CleanText.code(encounter.code?.code) {
            json["class"] = ["system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": .string(code)]
        } else {
            json["class"] = ["system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"]
        }
        json["subject"] = ["reference": .string("Patient/" + patient.resourceID)]
        var period = JSONObject(minimumCapacity: 2)
        period.appendTime("start", start)
        period.appendTime("end", end)
        json.append("period", period)
        if let place = CleanText.string(encounter.location) {
            json["location"] = [["location": ["display": .string(place)]]]
        }
        add(json, type: "Encounter", id: id)
        return ["reference": .string("Encounter/" + id)]
    }

    // MARK: - Data types

    /// A time; one that does not exist refuses the document.
    mutating func time(_ time: CDATime?, at place: String) throws(NormalizationError) -> ClinicalTime? {
        guard let time else { return nil }
        guard let read = time.time else {
            throw NormalizationError(
                code: IssueCode.dataType, place: place, "This is not a time that exists.", after: issues)
        }
        return localised(read, at: place)
    }

    private func identifier(_ id: InstanceIdentifier) -> (system: String, value: String)? { Self.identifier(id) }

    /// Root as system and extension as value; a root alone is an identifier by itself (RFC 3986 URI).
    static func identifier(_ id: InstanceIdentifier) -> (system: String, value: String)? {
        guard id.nullFlavor == nil, let root = CleanText.string(id.root) else { return nil }
        let uri: String
        if isOID(root) {
            uri = "urn:oid:" + root
        } else if FHIRPrimitive.isUUID("urn:uuid:" + root.lowercased()) {
            uri = "urn:uuid:" + root.lowercased()
        } else {
            uri = Canonical.assigner + Canonical.encoded(root)
        }
        guard let value = CleanText.string(id.extension) else { return ("urn:ietf:rfc:3986", uri) }
        return (uri, value)
    }

    /// Code and translations that have a code, LOINC first.
    func codes(_ concept: ConceptDescriptor?) -> [Code] {
        guard let concept else { return [] }
        var codes: [Code] = []
        for entry in [concept] + concept.translations.prefix(Self.maximumCodings) {
            guard let value = CleanText.code(entry.code) else { continue }
            let system: String
            if let oid = CleanText.string(entry.codeSystem) {
                system =
                    tables.target(oid, in: .codeSystemOID)
                    ?? (Self.isOID(oid) ? "urn:oid:" + oid : profile.localCodes + ":" + Canonical.encoded(oid))
            } else {
                system = profile.localCodes
            }
            let code = Code(system: system, code: value, display: entry.displayName)
            guard !codes.contains(where: { $0.system == system && $0.code == value }) else { continue }
            codes.append(code)
        }
        return Self.loincFirst(codes)
    }
}
