import Clinical
import FHIR
import HL7v2

/// Which resources make which segments, in the order of the message (HL7 v2.5.1 sections 3.3.1, 4A.7.2 and 7.3.1).
struct MessagePlan {
    let tables: MappingTables
    let graph: ResourceGraph
    let settings: FHIRToV2Settings
    var drafts: [SegmentDraft] = []
    var issues: [Issue] = []
    private var inversion: SegmentInversion
    private var structure: MessageStructure
    private var used: Set<Int> = []
    private let kind: FHIRToV2Settings.MessageKind
    private let event: String

    init(_ tables: MappingTables, _ codes: InverseCodes, _ graph: ResourceGraph, _ settings: FHIRToV2Settings) {
        self.tables = tables
        self.graph = graph
        self.settings = settings
        inversion = SegmentInversion(tables: tables, graph: graph, codes: codes)
        let header = graph.entries("MessageHeader").first.map { graph.resources[$0] }
        let sent = header?["extension"]?.arrayValue?
            .first { $0["url"]?.stringValue == "https://headwall.dev/fhir/StructureDefinition/v2-message-code" }?[
                "valueCode"]?
            .stringValue
        let code = header?["eventCoding"]?["code"]?.stringValue ?? ""
        if let kind = settings.kind ?? sent.flatMap(FHIRToV2Settings.MessageKind.init(rawValue:)) {
            self.kind = kind
        } else if !graph.entries("Immunization").isEmpty {
            kind = .vxu
        } else {
            kind = graph.entries("DiagnosticReport").isEmpty ? .adt : .oru
        }
        switch kind {
        case .oru: event = code.hasPrefix("R") ? code : "R01"
        case .vxu: event = code.hasPrefix("V") ? code : "V04"
        case .adt: event = code.hasPrefix("A") ? code : Self.event(graph)
        }
        let name = tables.structureNames["\(kind.rawValue)^\(event)"] ?? tables.structureNames[kind.rawValue] ?? "ANY"
        structure =
            tables.structures[name] ?? tables.structures["ANY"]
            ?? MessageStructure(
                name: "", groups: [], positions: [], bySegment: [:], home: [], creator: [], labelTypes: [])
    }

    /// Table 0003 for an encounter that no message told of: admitted, discharged, or an update.
    private static func event(_ graph: ResourceGraph) -> String {
        guard let entry = graph.entries("Encounter").first else { return "A08" }
        switch graph.resources[entry]["status"]?.stringValue {
        case "finished": return "A03"
        case "arrived", "triaged": return "A04"
        case "in-progress", "onleave":
            return ["AMB", "EMER"].contains(graph.resources[entry]["class"]?["code"]?.stringValue ?? "") ? "A04" : "A01"
        default: return "A08"
        }
    }

    // MARK: Segments

    mutating func build() {
        let patient = graph.entries("Patient").first
        let encounter = graph.entries("Encounter").first
        header()
        if kind == .adt {
            let event = graph.entries("Provenance").first { entry in
                graph.resources[entry]["activity"]?["coding"]?[0]?["code"]?.stringValue != "v2-fhir-transformation"
                    && graph.resources[entry]["entity"] == nil
            }
            emit("EVN", [event], always: true)
        }
        emit("PID", [patient, graph.entries("Account").first], always: true)
        emit("PD1", [patient])
        if patient != nil { emit("MRG", [graph.entries("Patient").dropFirst().first]) }
        nextOfKin(patient)
        let hasVisit = encounter != nil || kind == .adt
        if hasVisit {
            emit("PV1", [encounter, patient], always: true)
            emit("PV2", [encounter])
        }
        switch kind {
        case .oru: reports()
        case .vxu: immunizations()
        case .adt: break
        }
        observations(graph.entries("Observation"))
        for entry in graph.entries("AllergyIntolerance") { emit("AL1", [entry]) }
        for entry in graph.entries("Condition") { emit("DG1", [entry]) }
        for entry in graph.entries("Procedure") { emit("PR1", [entry]) }
        for entry in graph.entries("Coverage") { emit("IN1", [entry]) }
        restorePreserved()
        complete()
    }

    private mutating func header() {
        inversion.begin("MSH", entry: graph.entries("MessageHeader").first ?? -1)
        let bundle = ResourceSpot(value: graph.bundle, twin: nil, pointer: "Bundle")
        for (action, type) in actions("MSH") {
            if type == "Bundle" {
                inversion.run(action, on: bundle)
            } else if type == "MessageHeader", let entry = graph.entries("MessageHeader").first {
                inversion.run(action, on: spot(entry))
                used.insert(entry)
            }
        }
        drafts.append(inversion.draft)
    }

    private func spot(_ entry: Int) -> ResourceSpot {
        ResourceSpot(value: graph.resources[entry], twin: nil, pointer: "\(entry)")
    }

    /// The rows of a segment in the structure, else in the one for any message.
    private func actions(_ segment: String) -> [(SegmentAction, String)] {
        let packed = SourceTape.pack(segment.utf8)
        for candidate in [structure, tables.structures["ANY"]] {
            guard let candidate else { continue }
            for position in candidate.bySegment[packed] ?? [] where !candidate.positions[position].actions.isEmpty {
                return candidate.positions[position].actions.map {
                    ($0, tables.schema.name(candidate.labelTypes[$0.label]))
                }
            }
        }
        return []
    }

    /// Adds a segment when the resources have something for it.
    @discardableResult
    private mutating func emit(_ segment: String, _ entries: [Int?], part: JSON? = nil, always: Bool = false) -> Bool {
        let entries = entries.compactMap(\.self)
        inversion.begin(segment, entry: entries.first ?? -1)
        // What was preserved comes first: OBX-2 decides how OBX-5 is read.
        for leaf in entries.flatMap({ preserved(segment, keptBy: $0) }) {
            inversion.change { $0.fill(leaf.0, leaf.1) }
        }
        var roots: [String: ResourceSpot] = [:]
        for entry in entries {
            guard let type = graph.resources[entry].resourceType, roots[type] == nil else { continue }
            roots[type] = spot(entry)
        }
        if let part, let entry = entries.first, let type = graph.resources[entry].resourceType {
            roots[type]?.value = part
        }
        for (action, type) in actions(segment) {
            if let root = roots[type] { inversion.run(action, on: root) }
        }
        guard always || !inversion.draft.values.isEmpty else { return false }
        drafts.append(inversion.draft)
        used.formUnion(entries)
        return true
    }

    /// Every contact of the patient and the related person of the same rank.
    private mutating func nextOfKin(_ patient: Int?) {
        let contacts = patient.flatMap { graph.resources[$0]["contact"]?.arrayValue } ?? []
        let related = graph.entries("RelatedPerson")
        for index in 0..<max(contacts.count, related.count) {
            var part: JSON?
            if index < contacts.count { part = ["contact": .array([contacts[index]])] }
            emit("NK1", [patient, index < related.count ? related[index] : nil], part: part ?? [:])
        }
    }

    private mutating func reports() {
        let reports = graph.entries("DiagnosticReport")
        let named = Set(reports.flatMap { graph.entries(graph.resources[$0]["result"], of: "Observation") })
        // Results of no report come before the orders, as observations of the patient.
        let loose = graph.entries("Observation").filter { !named.contains($0) }
        var requests = graph.entries("ServiceRequest")
        for report in reports {
            let resource = graph.resources[report]
            let request = graph.entries(resource["basedOn"], of: "ServiceRequest").first
            requests.removeAll { $0 == request }
            let specimens = graph.entries(resource["specimen"], of: "Specimen")
            if request != nil { emit("ORC", [request, report], always: true) }
            emit("OBR", [report, request, specimens.first], always: true)
            notes(request ?? report)
            observations(graph.entries(resource["result"], of: "Observation"))
            for specimen in specimens where !used.contains(specimen) || specimen == specimens.first {
                emit("SPM", [specimen])
            }
        }
        for request in requests {
            emit("ORC", [request], always: true)
            emit("OBR", [request], always: true)
        }
        if reports.isEmpty, requests.isEmpty, !loose.isEmpty { emit("OBR", [loose.first], always: true) }
        observations(loose)
    }

    private mutating func immunizations() {
        for entry in graph.entries("Immunization") {
            let request = graph.entries("ServiceRequest").first { !used.contains($0) }
            emit("ORC", [entry, request], always: true)
            emit("RXA", [entry], always: true)
            emit("RXR", [entry])
            observations(
                graph.entries("Observation").filter { observation in
                    ["partOf", "focus", "basedOn"].contains {
                        graph.entries(graph.resources[observation][$0], of: "Immunization").contains(entry)
                    }
                })
        }
    }

    private mutating func observations(_ entries: [Int]) {
        for entry in entries where !used.contains(entry) {
            emit("OBX", [entry], always: true)
            notes(entry)
        }
    }

    /// A comment of a resource is a segment of its own.
    private mutating func notes(_ entry: Int) {
        for note in graph.resources[entry]["note"]?.arrayValue ?? [] {
            inversion.begin("NTE", entry: entry)
            if let text = note["text"]?.stringValue {
                for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                    inversion.change {
                        $0.fill(LeafPlace(field: 3, repetition: index + 1), .text(String(line)))
                    }
                }
            }
            drafts.append(inversion.draft)
        }
        let count = graph.resources[entry]["note"]?.arrayValue?.count ?? 0
        for index in 0..<count { inversion.carried.insert("\(entry).note[\(index)].text") }
    }

    // MARK: What was preserved

    /// Leaves of one segment that a resource keeps; none when it keeps those of several of the name.
    private func preserved(_ segment: String, keptBy entry: Int) -> [(LeafPlace, LeafValue)] {
        let leaves = preservedLeaves(entry).filter { $0.location.segment == segment }
        guard Set(leaves.map(\.location.occurrence)).count == 1 else { return [] }
        return leaves.map { ($0.place.leaf, $0.value) }
    }

    private func preservedLeaves(_ entry: Int) -> [(location: HL7v2Location, place: LeafPlace, value: LeafValue)] {
        let url = tables.names[tables.symbols.sourceSegment]
        let lists = graph.resources[entry]["extension"]?.arrayValue?.filter { $0["url"]?.stringValue == url } ?? []
        return lists.flatMap { $0["extension"]?.arrayValue ?? [] }.compactMap { leaf in
            guard let location = leaf["url"]?.stringValue.flatMap({ HL7v2Location($0) }),
                let place = LeafPlace(location)
            else { return nil }
            return (location, place, leaf["valueString"]?.stringValue.map { .text($0) } ?? .null)
        }
    }

    /// Leaves that had no element come back from the extension of the resource that keeps them.
    private mutating func restorePreserved() {
        for entry in graph.resources.indices {
            for leaf in preservedLeaves(entry) {
                let index = position(of: leaf.location, keptBy: entry)
                drafts[index].replace(leaf.place.leaf, leaf.value)
            }
        }
    }

    private mutating func position(of location: HL7v2Location, keptBy entry: Int) -> Int {
        let own = drafts.indices.filter { drafts[$0].name == location.segment && drafts[$0].entry == entry }
        if own.count == 1, let index = own.first { return index }
        let named = drafts.indices.filter { drafts[$0].name == location.segment }
        let occurrence = min(max(location.occurrence, 1), named.count + 1_000)
        if named.count >= occurrence { return named[occurrence - 1] }
        // Behind the segments of the resource, those of the same name before it.
        let last = drafts.lastIndex { $0.entry == entry } ?? drafts.count - 1
        let start = max(last, named.last ?? last)
        let missing = occurrence - named.count
        drafts.insert(
            contentsOf: (0..<missing).map { _ in SegmentDraft(location.segment, entry: entry) }, at: start + 1)
        return start + missing
    }

    // MARK: Required fields

    private mutating func complete() {
        RequiredFields(settings: settings, kind: kind, event: event, graph: graph, tables: tables)
            .complete(&drafts, &issues)
    }

    // MARK: What is left

    /// Elements that reached no segment, by resource and path.
    func leftOut() -> [String] {
        var paths: [String] = []
        for (entry, resource) in graph.resources.enumerated() {
            let name = "\(resource.resourceType ?? "Resource")[\(entry)]"
            visit(ResourceSpot(value: resource, twin: nil, pointer: "\(entry)"), key: "") { spot in
                if !inversion.carried.contains(spot.pointer) {
                    paths.append(name + spot.pointer.drop { $0 != "." })
                }
            }
        }
        return paths
    }

    private func visit(_ spot: ResourceSpot, key: String, _ body: (ResourceSpot) -> Void) {
        switch spot.value {
        case .object(let object):
            // What this program wrote beside the elements, or reads by another way.
            if let url = object["url"]?.stringValue,
                url.hasPrefix("https://headwall.dev/fhir/StructureDefinition/v2-") || url == tables.symbols.dataAbsentURL
                    || url == RoundTripRecord.url
            {
                return
            }
            for member in object.keys {
                if ["resourceType", "id", "reference", "url"].contains(member) || member.hasPrefix("_") { continue }
                if let next = spot.member(member) { visit(next, key: member, body) }
            }
        case .array(let elements):
            for index in elements.indices { visit(spot.element(index), key: key, body) }
        case nil, .null?: return
        default: body(spot)
        }
    }
}
