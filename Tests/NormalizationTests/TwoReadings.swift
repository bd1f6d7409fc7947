import Clinical
import FHIR
import Foundation
import HL7v2
import Normalization
import V2ToFHIR

/// Every code means itself, so that what is compared is what was read, not what a site maps it to.
struct EchoTranslator: CodeTranslator {
    func translate(_ request: TranslationRequest) -> TranslationOutcome {
        let quantity = request.value.map { Quantity(value: $0, unit: request.unit) }
        return .mapped(Translation(target: request.code, quantity: quantity, record: StubTranslator.record))
    }
}

/// Reads a message both ways and says where the two differ (decision 0012).
///
/// What is left out, because the two are meant to differ there, is named where it is left out.
struct TwoReadings {
    var messages = 0
    var patients = 0
    var visits = 0
    var findings = 0
    var merges = 0
    /// File, place and what differs.
    var differences: [String] = []

    private let normalizer: Normalizer
    private let converter: V2ToFHIRConverter
    /// ADT events whose row fixes the status of the visit.
    private let deciding: Set<String>
    /// URIs that the published maps make of namespaces, and those that the site gives them.
    private var namespaces: [String: String] = [:]

    init() throws {
        let profile = SourceProfile(name: "lab", zone: .fixed(minutes: 60))
        normalizer = Normalizer(
            tables: try Shipped.tables(), sources: [profile.name: profile], translator: EchoTranslator())
        var settings = V2ToFHIRSettings()
        settings.zone = profile.zone
        converter = V2ToFHIRConverter(tables: try MappingTables(files: try Self.tableFiles()), settings: settings)
        deciding = Set(try Self.rows("Mappings/v2-to-fhir/codes/0003-adt-event.tsv").filter { $0.value[1] != "-" }.keys)
        for (name, cells) in try Self.rows("Mappings/identifiers/assigners.tsv") {
            namespaces[Canonical.assigner + name] = cells[1]
        }
    }

    /// The rows of a shipped table, by their first cell.
    private static func rows(_ file: String) throws -> [String: [String]] {
        var rows: [String: [String]] = [:]
        for line in try (Shipped.files()[file] ?? "").split(separator: "\n") where !line.hasPrefix("#") {
            let cells = line.split(separator: "\t").map(String.init)
            if let first = cells.first, cells.count > 1 { rows[first] = cells }
        }
        return rows
    }

    private static func tableFiles() throws -> [MappingTables.File] {
        let folder = Shipped.root.appending(path: "Mappings/v2-to-fhir/1.0")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".tsv") }
        return try names.map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
    }

    /// Compares all messages of the `.hl7` files below a folder.
    mutating func compare(folder: URL) throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".hl7") }
        for name in names.sorted() {
            let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
            guard let batch = try? BatchReader(bytes) else { continue }
            for range in batch.messages { try compare(Array(bytes[range]), name) }
        }
    }

    /// Compares one message. Types that the timeline does not take, and what it refuses as a whole, are passed over.
    mutating func compare(_ bytes: [UInt8], _ name: String) throws {
        let inbound = InboundMessage(source: "lab", format: .hl7v2, bytes: bytes, received: received)
        guard let read = try? normalizer.normalize(inbound, writesBundle: false) else { return }
        messages += 1
        let message = try Message(bytes)
        let converted = try Converted(converter.convert(message))
        for event in read.events {
            switch event {
            case .patient(let record):
                patients += 1
                note(differences(record, converted, message), name)
            case .encounter(let record):
                visits += 1
                note(differences(record, converted, message), name)
            case .finding(let finding):
                findings += 1
                note(differences(finding, converted, message), name)
            case .merge(_, let surviving, _):
                merges += 1
                let survivor = converted.resources("Patient").first { isSame(surviving, $0, message) }
                if survivor?["link"] == nil { note(["the surviving patient has no link"], name) }
            }
        }
    }

    private mutating func note(_ found: [String], _ name: String) {
        differences += found.map { "\(name): \($0)" }
    }

    // MARK: - Patients

    private func isSame(_ key: PatientKey, _ patient: JSON, _ message: Message) -> Bool {
        (patient["identifier"]?.arrayValue ?? []).contains { identifier in
            guard identifier["value"]?.stringValue == key.value.exposed else { return false }
            // Without an assigning authority the timeline takes one of the source; FHIR leaves the system out.
            guard let system = identifier["system"]?.stringValue else { return true }
            // What a site says in assigners.tsv of a namespace is for its own patient keys.
            return system == key.system || namespaces[system] == key.system
                // An id that is not universal, though it stands where one does: the timeline takes the namespace before it.
                || system.hasPrefix(Canonical.assigner) && namesLocalID(message)
        }
    }

    private func namesLocalID(_ message: Message) -> Bool {
        message.segments(named: "PID").contains { pid in
            pid.field(3).repetitions.contains { repetition in
                let assigner = repetition.component(4)
                let type = assigner.subcomponent(3).text ?? ""
                return assigner.subcomponent(2).isValued && !["ISO", "UUID", "GUID", "URI", "URL"].contains(type)
            }
        }
    }

    private func differences(_ record: PatientRecord, _ converted: Converted, _ message: Message) -> [String] {
        guard let patient = converted.resources("Patient").first(where: { isSame(record.key, $0, message) }) else {
            return ["no Patient has the identifier"]
        }
        var found: [String] = []
        if patient["gender"]?.stringValue != record.sex?.rawValue { found.append("sex") }
        let birth = record.birthDate.map { String($0.exposed.description.prefix(10)) }
        if patient["birthDate"]?.stringValue != birth { found.append("birth date") }
        let names = (patient["name"]?.arrayValue ?? []).map { name in
            [name["family"], name["given"]?[0]].compactMap { $0?.stringValue }.joined(separator: ", ")
        }
        if let name = record.name?.exposed, !names.contains(name) { found.append("name") }
        return found
    }

    // MARK: - Visits

    private func differences(_ record: EncounterRecord, _ converted: Converted, _ message: Message) -> [String] {
        // A PV1 without a value makes no Encounter; the timeline knows of the visit by the event alone.
        guard message.segment("PV1")?.fields.contains(where: \.isValued) == true else { return [] }
        guard let encounter = converted.resources("Encounter").first else { return ["no Encounter"] }
        var found: [String] = []
        let status: EncounterRecord.Status =
            switch encounter["status"]?.stringValue {
            case "planned": .planned
            case "finished": .finished
            case "cancelled", "entered-in-error": .cancelled
            default: .inProgress
            }
        // The published rows know PV1-2 and PV1-45; for the timeline the event comes first, where it says something.
        let event = message.type?.event ?? message.segment("EVN")?.text(1) ?? ""
        if status != record.status, !deciding.contains(event) { found.append("status of the visit") }
        let period = encounter["period"]
        if period?["start"]?.stringValue != record.start?.description { found.append("start of the visit") }
        // An end before the beginning, and one of a discharge that is cancelled, are no end for the timeline.
        if let end = record.end, period?["end"]?.stringValue != end.description { found.append("end of the visit") }
        let places = converted.resources("Location").flatMap { location in
            [location["name"]].compactMap { $0?.stringValue }
                + (location["identifier"]?.arrayValue ?? []).compactMap { $0["value"]?.stringValue }
        }
        for part in [record.ward, record.room, record.bed].compactMap(\.self) where !places.contains(part) {
            found.append("place of the visit")
        }
        return found
    }

    // MARK: - Results

    private func differences(_ finding: Finding, _ converted: Converted, _ message: Message) -> [String] {
        let place = String(finding.origin.address.path.prefix { $0 != "-" })
        let observations = converted.observations(madeBy: place)
        guard observations.count == 1, let observation = observations.first else {
            return ["\(place): \(observations.count) Observations"]
        }
        var found: [String] = []
        let code = finding.origin.rawCode
        let codings = (observation["code"]?["coding"]?.arrayValue ?? []).filter { $0["code"]?.stringValue == code.code }
        // A local code belongs to the source in the timeline, and to no named system in FHIR.
        let isLocal = code.system.hasPrefix("urn:headwall:codes:")
        if !codings.contains(where: { isLocal || $0["system"]?.stringValue == code.system }) { found.append("code") }
        if !isSame(finding.value, observation) { found.append("value") }
        let status: Finding.Status =
            switch observation["status"]?.stringValue {
            case "entered-in-error": .enteredInError
            case "corrected", "amended": .corrected
            case "final", "cancelled": .final
            default: .preliminary
            }
        if status != finding.status { found.append("status") }
        // The published rows take the time from OBX-14 alone; the timeline goes on to OBR-7 and the message.
        let isTimed = message[place + "-14"] != nil
        let time = observation["effectiveDateTime"]?.stringValue
        if time != (isTimed ? finding.effective.description : nil) { found.append("time") }
        return found.map { "\(place): \($0)" }
    }

    private func isSame(_ value: Finding.Value, _ observation: JSON) -> Bool {
        switch value {
        case .quantity(let quantity):
            let other = observation["valueQuantity"]
            return other?["value"]?.decimalValue == quantity.value
                && other?["comparator"]?.stringValue == quantity.comparator?.rawValue
                && (other?["code"] ?? other?["unit"])?.stringValue == quantity.unit
        case .coded(let code):
            let codings = observation["valueCodeableConcept"]?["coding"]?.arrayValue ?? []
            return codings.contains { $0["code"]?.stringValue == code.code }
        case .text(let text): return observation["valueString"]?.stringValue == text.exposed
        // What the timeline cannot use may still be shown: a time, a document.
        case .missing(.notUsable): return true
        case .missing:
            // A unit may stand there, and a reason why there is no value.
            let coding = observation["valueCodeableConcept"]?["coding"]?[0]
            return observation["valueQuantity"]?["value"] == nil && observation["valueString"] == nil && coding == nil
        }
    }
}

/// A Bundle of the published maps, with the places its Observations came from.
private struct Converted {
    private let entries: [JSON]
    /// `OBX[1]` to the ids of the Observations that have something of it.
    private var observations: [String: Set<String>] = [:]

    init(_ result: V2ToFHIRResult) throws {
        entries = (try JSON(parsing: result.bundle)["entry"]?.arrayValue ?? []).compactMap { $0["resource"] }
        for line in result.explanation where line.source.hasPrefix("OBX[") && line.element.hasPrefix("Observation/") {
            let id = line.element.dropFirst("Observation/".count).prefix { $0 != "#" }
            observations[String(line.source.prefix { $0 != "-" }), default: []].insert(String(id))
        }
    }

    func resources(_ type: String) -> [JSON] { entries.filter { $0.resourceType == type } }

    func observations(madeBy segment: String) -> [JSON] {
        let ids = observations[segment] ?? []
        return resources("Observation").filter { ids.contains($0["id"]?.stringValue ?? "") }
    }
}
