import Clinical
import FHIR
import HL7v2

/// Reading of HL7v2 data types in the terms of FHIR and the timeline.
extension MessageDraft {
    func parse(_ bytes: [UInt8]) throws(NormalizationError) -> Message {
        do {
            return try Message(bytes)
        } catch {
            throw failure(error)
        }
    }

    func failure(_ error: HL7v2Error) -> NormalizationError {
        NormalizationError(code: error.code, place: error.place.description, error.reason, after: issues)
    }

    /// A time, in the zone of message or source where it states none; `nil` when not valued.
    ///
    /// - Throws: a date that does not exist anywhere in what is read refuses the message.
    mutating func time(_ field: Field) throws(NormalizationError) -> ClinicalTime? {
        let read: ClinicalTime?
        do {
            read = try DateTimeReader.read(field)
        } catch {
            throw failure(error)
        }
        guard let read else { return nil }
        return localised(read, at: field.path)
    }

    // MARK: - HD and CX

    /// URI of an assigning authority (HD, v2.5.1 section 2.A.36); `nil` when not valued.
    mutating func assigner(_ component: Component) -> String? {
        let namespace = component.subcomponent(1).text
        if let universal = component.subcomponent(2).text {
            switch component.subcomponent(3).text {
            case "ISO" where Self.isOID(universal): return "urn:oid:" + universal
            case "UUID", "GUID": return CleanText.uri("urn:uuid:" + universal.lowercased())
            case "URI", "URL": return CleanText.uri(universal)
            default:
                if namespace == nil { return Canonical.assigner + Canonical.encoded(universal) }
            }
        }
        guard let namespace else { return nil }
        if let uri = tables.target(namespace, in: .assigners) { return uri }
        if Self.isOID(namespace) { return "urn:oid:" + namespace }
        if reportedAssigners.insert(namespace).inserted {
            note(
                .warning, IssueCode.unknownAssigner, component.path,
                "The assigning authority has no row in assigners.tsv; a URI was made from its name.")
        }
        return Canonical.assigner + Canonical.encoded(namespace)
    }

    static func isOID(_ text: String) -> Bool { FHIRPrimitive.isOID("urn:oid:" + text) }

    /// An identifier (CX, v2.5.1 section 2.A.14); `nil` when not valued. Its JSON is null where nobody reads resources.
    mutating func identifier(_ repetition: Repetition) -> (key: PatientKey, type: String?, json: JSON)? {
        guard let value = CleanText.string(repetition.text) else { return nil }
        let system: String
        if let assigner = assigner(repetition.component(4)) {
            system = assigner
        } else if let assigner = profile.defaultAssigner {
            system = assigner
        } else {
            note(
                .error, IssueCode.requiredFieldMissing, repetition.component(4).path,
                "The identifier names no assigning authority and the source has no default; configure one.")
            system = Canonical.assigner + Canonical.encoded(profile.name)
        }
        let type = CleanText.code(repetition.text(5))
        let key = PatientKey(system: system, value: value)
        guard writesBundle else { return (key, type, .null) }
        var json = JSONObject(minimumCapacity: 3)
        if let type {
            let coding: JSON = ["system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": .string(type)]
            json["type"] = ["coding": [coding]]
        }
        json["system"] = .string(system)
        json["value"] = .string(value)
        return (key, type, .object(json))
    }

    /// All identifiers of a field, and the one to know the patient by: medical record number, else patient internal
    /// identifier (table 0203 `MR`, `PI`), else the first.
    mutating func patientIdentifiers(_ field: Field) -> (key: PatientKey, all: [JSON])? {
        var all: [JSON] = []
        var best: (key: PatientKey, rank: Int)?
        for repetition in field.repetitions {
            guard let identifier = identifier(repetition) else { continue }
            all.append(identifier.json)
            let rank = identifier.type == "MR" ? 0 : identifier.type == "PI" ? 1 : 2
            if best.map({ rank < $0.rank }) ?? true { best = (identifier.key, rank) }
        }
        return best.map { ($0.key, all) }
    }

    // MARK: - CE, CWE

    /// The codes of a coded element (CWE.1–3 and .4–6, v2.5.1 section 2.A.13) that have a code.
    func codes(_ repetition: Repetition) -> [Code] {
        var codes: [Code] = []
        codes.reserveCapacity(2)
        if let code = CleanText.code(repetition.text(1)) {
            codes.append(Code(system: system(repetition.text(3)), code: code, display: repetition.text(2)))
        }
        if let code = CleanText.code(repetition.text(4)) {
            codes.append(Code(system: system(repetition.text(6)), code: code, display: repetition.text(5)))
        }
        return codes
    }

    /// URI of a coding system name (table 0396); an unnamed or local one means the codes of the source.
    func system(_ name: String?) -> String {
        guard let name, name != "L", !name.hasPrefix("99") else { return profile.localCodes }
        if let uri = tables.target(name, in: .codeSystemName) { return uri }
        if name.hasPrefix("urn:") || name.hasPrefix("http://") || name.hasPrefix("https://") { return CleanText.uri(name) }
        if Self.isOID(name) { return tables.target(name, in: .codeSystemOID) ?? "urn:oid:" + name }
        if name.hasPrefix("HL7"), name.utf8.count == 7 {
            return "http://terminology.hl7.org/CodeSystem/v2-" + Canonical.encoded(String(name.dropFirst(3)))
        }
        // A name of its own keeps its codes apart from the unnamed ones of the source, which may reuse the same codes.
        return profile.localCodes + ":" + Canonical.encoded(name)
    }

    /// Order or instance number (EI, v2.5.1 section 2.A.28) as one text; `nil` when not valued.
    func entity(_ field: Field) -> String? {
        guard let id = field.text else { return nil }
        let first = field.repetition(1)
        let parts = [id, first.text(2) ?? "", first.text(3) ?? "", first.text(4) ?? ""]
        return parts.joined(separator: "^")
    }

    // MARK: - Fields that are not read

    /// Counts the valued fields of a segment that are not in a set of field numbers (bit n for field n).
    mutating func countUnread(_ segment: Segment, name: String, read: UInt64) {
        var count = 0
        let last = segment.fieldCount
        guard last > 0 else { return }
        for number in 1...last where number > 63 || read & (1 << UInt64(number)) == 0 {
            if !segment.field(number).isEmpty { count += 1 }
        }
        countUnconverted(name, count, isWhole: false)
    }
}

/// Field numbers as a set of bits.
func fieldSet(_ numbers: Int...) -> UInt64 {
    numbers.reduce(0) { $0 | 1 << UInt64($1) }
}
