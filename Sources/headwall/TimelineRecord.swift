import Clinical
import FHIR
import Timeline

/// One patient of `headwall score`, read from its line.
struct TimelineRecord {
    struct Problem: Error {
        var place: String
        var reason: String
    }

    let name: JSON
    let patient: PatientKey
    let timeline: PatientTimeline
    let moments: [Instant]

    init(_ line: JSON) throws {
        guard let object = line.objectValue else { throw Problem(place: "", reason: "is not a JSON object") }
        guard let name = object["patient"], let text = name.stringValue ?? name.numberValue?.literal else {
            throw Problem(place: "/patient", reason: "is required, a text or a number")
        }
        self.name = name
        patient = PatientKey(system: "urn:headwall:timeline", value: text)
        var timeline = PatientTimeline()
        if let birth = object["birthDate"], !birth.isNull {
            timeline.birthDate = try Self.time(birth, place: "/birthDate").date
        }
        var latest = Instant.distantPast
        for (index, item) in (object["observations"]?.arrayValue ?? []).enumerated() {
            let finding = try Self.finding(item, patient: patient, place: "/observations/\(index)", index: index)
            latest = max(latest, finding.known, finding.effective.instant)
            timeline.record(finding)
        }
        self.timeline = timeline
        var moments: [Instant] = []
        for (index, item) in (object["asOf"]?.arrayValue ?? []).enumerated() {
            moments.append(try Self.time(item, place: "/asOf/\(index)").instant)
        }
        if moments.isEmpty, latest == .distantPast {
            throw Problem(place: "/asOf", reason: "is required without observations")
        }
        self.moments = moments.isEmpty ? [latest] : moments
    }

    private static func finding(_ item: JSON, patient: PatientKey, place: String, index: Int) throws -> Finding {
        guard let loinc = item["loinc"]?.stringValue else {
            throw Problem(place: place + "/loinc", reason: "is required, a text")
        }
        guard let effectiveText = item["effective"] else {
            throw Problem(place: place + "/effective", reason: "is required")
        }
        let effective = try time(effectiveText, place: place + "/effective")
        let known = try item["known"].map { try time($0, place: place + "/known").instant } ?? effective.instant
        let unit = item["unit"]?.stringValue
        let value: Finding.Value
        switch item["value"] {
        case .number(let number)?:
            guard let decimal = number.decimal else {
                throw Problem(place: place + "/value", reason: "has too many digits")
            }
            value = .quantity(Quantity(value: decimal, unit: unit))
        case .string(let code)?: value = .coded(Code(system: CodeSystem.loinc, code: code))
        case .object(let coded)?:
            guard let code = coded["code"]?.stringValue else {
                throw Problem(place: place + "/value/code", reason: "is required")
            }
            value = .coded(Code(system: coded["system"]?.stringValue ?? CodeSystem.loinc, code: code))
        case nil, .null?: value = .missing(.noValue)
        default: throw Problem(place: place + "/value", reason: "must be a number, a text or a code")
        }
        let system = item["system"]?.stringValue ?? CodeSystem.loinc
        return Finding(
            id: ContentDigest.identifier("timeline", String(index)), patient: patient,
            code: Code(system: system, code: loinc),
            value: value, status: .final, effective: effective, known: known,
            origin: .init(
                source: "timeline", address: SourceAddress(path: place), rawCode: Code(system: system, code: loinc),
                rawValue: PHI(""), rawUnit: unit, mapping: nil))
    }

    private static func time(_ value: JSON, place: String) throws -> ClinicalTime {
        guard let text = value.stringValue else { throw Problem(place: place, reason: "must be a FHIR date-time") }
        do {
            return try FHIRDateTime.read(text)
        } catch {
            throw Problem(place: place, reason: error.reason)
        }
    }
}
