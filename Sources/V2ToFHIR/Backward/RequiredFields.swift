import Clinical
import FHIR
import HL7v2

/// Fills what HL7 v2.5.1 requires and no element gave (sections 2.15.9, 3.4.1 to 3.4.3, 4.5.1, 4.5.3, 4A.4.7 and 7.4.2).
struct RequiredFields {
    let settings: FHIRToV2Settings
    let kind: FHIRToV2Settings.MessageKind
    let event: String
    let graph: ResourceGraph
    let tables: MappingTables

    func complete(_ drafts: inout [SegmentDraft], _ issues: inout [Issue]) {
        guard !drafts.isEmpty else { return }
        completeHeader(&drafts[0], &issues)
        let time = drafts[0][LeafPlace(field: 7)]
        var counts: [String: Int] = [:]
        var occurrences: [String: Int] = [:]
        for index in drafts.indices {
            let name = drafts[index].name
            occurrences[name, default: 0] += 1
            // Results are counted within their order, comments within what they follow.
            if name == "OBR" || name == "ORC" { counts["OBX"] = 0 }
            if name != "NTE" { counts["NTE"] = 0 }
            counts[name, default: 0] += 1
            func fill(_ field: Int, _ text: String?) {
                if let text, !drafts[index].isSent(LeafPlace(field: field)) {
                    drafts[index].fill(LeafPlace(field: field), .text(text))
                }
            }
            if tables.ignored["\(name)-1"]?.hasPrefix("set id") == true { fill(1, String(counts[name] ?? 1)) }
            var required: [Int] = []
            switch name {
            case "EVN":
                if let time, !drafts[index].isSent(LeafPlace(field: 2)) { drafts[index].fill(LeafPlace(field: 2), time) }
                required = [2]
            case "PID": required = [3, 5]
            case "PV1": fill(2, "U")
            case "NK1": required = [2]
            case "ORC": fill(1, "RE")
            case "OBR":
                // A result whose status nobody gave must not go out as final.
                required = [4, 25]
            case "OBX":
                required = [3, 11]
                if drafts[index].isSent(LeafPlace(field: 5)) { fill(2, "ST") }
            case "SPM": required = [4]
            case "RXA":
                fill(1, "0")
                fill(2, "1")
                // The number that table 0361's users write for an amount that is not known.
                fill(6, "999")
                required = [3, 5]
            case "RXR": required = [1]
            default: break
            }
            for field in required where !drafts[index].isSent(LeafPlace(field: field)) {
                issues.append(
                    Issue(
                        .warning, code: FHIRToV2Converter.Code.requiredMissing,
                        place: "\(name)[\(occurrences[name] ?? 1)]-\(field)",
                        "HL7 v2.5.1 requires the field, and no resource says what it is."))
            }
        }
    }

    private func completeHeader(_ header: inout SegmentDraft, _ issues: inout [Issue]) {
        func fill(_ field: Int, _ component: Int = 1, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            header.fill(LeafPlace(field: field, component: component), .text(text))
        }
        if !header.isSent(LeafPlace(field: 3)) { fill(3, 1, settings.sendingApplication) }
        if !header.isSent(LeafPlace(field: 4)) { fill(4, 1, settings.sendingFacility) }
        let time =
            (graph.bundle["timestamp"] ?? graph.bundle["meta"]?["lastUpdated"])?.stringValue.map(InverseCodes.time)
            ?? settings.time.map { InverseCodes.time($0.description) }
        fill(7, 1, time)
        header.replace(LeafPlace(field: 9, component: 1).leaf, .text(kind.rawValue))
        header.replace(LeafPlace(field: 9, component: 2).leaf, .text(event))
        let structure: String
        switch kind {
        case .oru: structure = "ORU_R01"
        case .vxu: structure = "VXU_V04"
        case .adt: structure = Self.adtStructures[event] ?? "ADT_\(event)"
        }
        fill(9, 3, structure)
        // The same resources give the same number, whatever extensions they carry.
        let ids = graph.resources.map { "\($0.resourceType ?? "")/\($0["id"]?.stringValue ?? "")" }
        let digest = ContentDigest(of: Array(ids.joined(separator: " ").utf8)).description.filter(\.isHexDigit)
        fill(10, 1, graph.bundle["identifier"]?["value"]?.stringValue ?? String(digest.prefix(20)))
        fill(11, 1, "P")
        fill(12, 1, "2.5.1")
        if !header.isSent(LeafPlace(field: 7)) {
            issues.append(
                Issue(
                    .warning, code: FHIRToV2Converter.Code.requiredMissing, place: "MSH[1]-7",
                    "HL7 v2.5.1 requires the time of the message, and the Bundle gives none."))
        }
    }

    /// Structures that several events share (HL7 table 0354).
    static let adtStructures = [
        "A01": "ADT_A01", "A04": "ADT_A01", "A08": "ADT_A01", "A13": "ADT_A01", "A05": "ADT_A05", "A14": "ADT_A05",
        "A28": "ADT_A05", "A31": "ADT_A05", "A06": "ADT_A06", "A07": "ADT_A06", "A09": "ADT_A09", "A10": "ADT_A09",
        "A11": "ADT_A09", "A12": "ADT_A12", "A21": "ADT_A21", "A22": "ADT_A21", "A23": "ADT_A21", "A40": "ADT_A39",
        "A39": "ADT_A39", "A41": "ADT_A39", "A42": "ADT_A39",
    ]
}
