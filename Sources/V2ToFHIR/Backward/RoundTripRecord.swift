internal import FHIR
public import HL7v2

/// What a message says beyond what the elements of its Bundle say backwards: kept in an extension, so that the Bundle
/// turned back is the message, leaf by leaf.
///
/// The record names for each leaf what was sent and what the elements alone give. A leaf is put right only while the
/// elements still give that, so an element edited later goes to the message as edited.
struct RoundTripRecord {
    static let url = "https://headwall.dev/fhir/StructureDefinition/v2-round-trip"

    struct Entry {
        var location: HL7v2Location
        var place: LeafPlace
        var sent: LeafValue?
        var read: LeafValue?
    }

    /// Names of the segments of the message, and of those the elements give.
    var sent: [String] = []
    var made: [String] = []
    var delimiters: Delimiters?
    var entries: [Entry] = []

    // MARK: Writing

    init(_ message: Message, made drafts: [SegmentDraft]) {
        let segments = message.segments.map { SegmentDraft($0) }
        sent = segments.map(\.name)
        made = drafts.map(\.name)
        if message.delimiters != .standard { delimiters = message.delimiters }
        let aligned = Self.align(drafts, to: sent)
        var occurrences: [String: Int] = [:]
        for (segment, draft) in zip(segments, aligned) {
            occurrences[segment.name, default: 0] += 1
            for place in Set(segment.values.keys).union(draft.values.keys).sorted()
            where segment.values[place] != draft.values[place] {
                let path = place.path(in: segment.name, occurrences[segment.name] ?? 1)
                guard let location = HL7v2Location(path) else { continue }
                entries.append(
                    Entry(location: location, place: place, sent: segment.values[place], read: draft.values[place]))
            }
        }
    }

    var json: JSON {
        var list: [JSON] = [
            ["url": "segments", "valueString": .string(sent.joined(separator: " "))],
            ["url": "made", "valueString": .string(made.joined(separator: " "))],
        ]
        if let delimiters {
            let text = String(decoding: [delimiters.field] + delimiters.encodingCharacters, as: UTF8.self)
            list.append(["url": "delimiters", "valueString": .string(text)])
        }
        for entry in entries {
            let place = entry.place
            let path = place.path(in: entry.location.segment, entry.location.occurrence)
            let parts = [("sent", entry.sent), ("read", entry.read)].compactMap { name, value in
                value.map { Self.json(name, $0) }
            }
            list.append(["url": .string(path), "extension": .array(parts)])
        }
        return ["url": .string(Self.url), "extension": .array(list)]
    }

    private static func json(_ name: String, _ value: LeafValue) -> JSON {
        switch value {
        case .null: return ["url": .string(name), "valueCode": "delete"]
        case .text(let text):
            // A FHIR string holds neither control characters nor spaces alone.
            if text.utf8.contains(where: { $0 > 0x20 }), !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A }),
                text.utf8.first != 0x20, text.utf8.last != 0x20
            {
                return ["url": .string(name), "valueString": .string(text)]
            }
            var bytes: [UInt8] = []
            PrimitiveText.encodeBase64(Array(text.utf8), to: &bytes)
            return ["url": .string(name), "valueBase64Binary": .string(String(decoding: bytes, as: UTF8.self))]
        }
    }

    // MARK: Reading

    init?(in graph: ResourceGraph) {
        let lists = graph.resources.lazy.compactMap { resource in
            resource["extension"]?.arrayValue?.first { $0["url"]?.stringValue == Self.url }?["extension"]?.arrayValue
        }
        guard let list = lists.first else { return nil }
        for item in list {
            guard let name = item["url"]?.stringValue else { continue }
            let text = item["valueString"]?.stringValue ?? ""
            switch name {
            case "segments": sent = text.split(separator: " ").map(String.init)
            case "made": made = text.split(separator: " ").map(String.init)
            case "delimiters":
                let bytes = Array(text.utf8)
                if let field = bytes.first { delimiters = Delimiters(field: field, encodingCharacters: bytes.dropFirst()) }
            default:
                guard let location = HL7v2Location(name), let place = LeafPlace(location) else { continue }
                let parts = item["extension"]?.arrayValue ?? []
                func value(_ name: String) -> LeafValue? {
                    parts.first { $0["url"]?.stringValue == name }.flatMap(Self.value)
                }
                entries.append(Entry(location: location, place: place, sent: value("sent"), read: value("read")))
            }
        }
    }

    private static func value(_ item: JSON) -> LeafValue? {
        if item["valueCode"] != nil { return .null }
        if let text = item["valueString"]?.stringValue { return .text(text) }
        guard let encoded = item["valueBase64Binary"]?.stringValue else { return nil }
        var bits = 0
        var count = 0
        var bytes: [UInt8] = []
        for byte in encoded.utf8 {
            guard let digit = PrimitiveText.alphabet.firstIndex(of: byte) else { break }
            bits = (bits << 6 | digit) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return .text(String(decoding: bytes, as: UTF8.self))
    }

    /// Puts the leaves right; false when the Bundle has not the resources any more that the record speaks of.
    func apply(to drafts: inout [SegmentDraft]) -> Bool {
        guard made == drafts.map(\.name), sent.first == "MSH" else { return false }
        drafts = Self.align(drafts, to: sent)
        var positions: [String: [Int]] = [:]
        for (index, name) in sent.enumerated() { positions[name, default: []].append(index) }
        for entry in entries {
            guard let named = positions[entry.location.segment], entry.location.occurrence >= 1,
                entry.location.occurrence <= named.count
            else { continue }
            let index = named[entry.location.occurrence - 1]
            if drafts[index][entry.place] == entry.read { drafts[index].replace(entry.place.leaf, entry.sent) }
        }
        return true
    }

    /// The drafts in the order of `names`: the n-th of a name is the n-th again, one that is missing is empty.
    private static func align(_ drafts: [SegmentDraft], to names: [String]) -> [SegmentDraft] {
        var byName: [String: ArraySlice<SegmentDraft>] = [:]
        for draft in drafts { byName[draft.name, default: []].append(draft) }
        return names.map { name in byName[name]?.popFirst() ?? SegmentDraft(name) }
    }
}

extension V2ToFHIRConverter {
    /// The Bundle of a message, with what is needed to turn it back into the same message, leaf by leaf.
    public func reversibleBundle(_ message: Message) -> [UInt8] {
        let bytes = convert(message).bundle
        guard var bundle = try? JSON(parsing: bytes) else { return bytes }
        let plan = FHIRToV2Converter(tables: tables).plan(bundle)
        let record = RoundTripRecord(message, made: plan.drafts).json
        guard var resource = bundle["entry"]?[0]?["resource"] else { return bytes }
        resource["extension"] = .array((resource["extension"]?.arrayValue ?? []) + [record])
        var entries = bundle["entry"]?.arrayValue ?? []
        entries[0]["resource"] = resource
        bundle["entry"] = .array(entries)
        return bundle.write()
    }
}
