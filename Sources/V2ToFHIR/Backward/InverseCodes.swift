import FHIR

/// Primitive values read back: concept maps from target to source, times and URIs to their v2 form.
struct InverseCodes: Sendable {
    struct Source: Sendable {
        /// Every v2 code that the map turns into the target, the one spelled alike first.
        var sources: [String]
        var display: String?
        var best: String { sources.first ?? "" }
    }

    private var maps: [[String: [String]]]

    init(_ tables: MappingTables) {
        maps = tables.codeMaps.map { map in
            var inverse: [String: [String]] = [:]
            for (code, target) in map.targets.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) })
            where target.code >= 0 {
                inverse[tables.names[target.code], default: []].append(String(decoding: code.bytes, as: UTF8.self))
            }
            for (target, sources) in inverse where sources.contains(target) {
                inverse[target] = [target] + sources.filter { $0 != target }
            }
            return inverse
        }
    }

    func source(of code: String, system: String?, vocabulary: Int32, _ tables: MappingTables) -> Source? {
        guard let sources = maps[Int(vocabulary)][code], let first = sources.first,
            let target = tables.codeMaps[Int(vocabulary)].targets[ByteKey(Array(first.utf8))]
        else { return nil }
        if target.system >= 0, let system, tables.names[target.system] != system { return nil }
        return Source(sources: sources, display: target.display >= 0 ? tables.names[target.display] : nil)
    }

    /// The leaf an element came from; `nil` when it has none.
    func value(
        _ spot: ResourceSpot, _ primitive: Primitive, vocabulary: Int32, _ tables: MappingTables
    ) -> LeafValue? {
        if let sent = spot.extensionText(tables.names[tables.symbols.sourceCode]) { return .text(sent) }
        guard let text = spot.text else {
            // An element that only says that it has no value: the null value.
            return spot.extensionText(tables.symbols.dataAbsentURL) == "unknown" && spot.value == nil ? .null : nil
        }
        if vocabulary >= 0, let sources = maps[Int(vocabulary)][text], let first = sources.first { return .text(first) }
        switch primitive {
        case .date, .dateTime, .instant, .time: return .text(Self.time(text))
        case .boolean: return .text(text == "true" ? "Y" : "N")
        case .codeSystem:
            if tables.codeSystemMap >= 0, let sources = maps[Int(tables.codeSystemMap)][text] {
                // HL7 table 0396 names the common ones in one way.
                return .text(sources.min { ($0.count, $0) < ($1.count, $1) } ?? text)
            }
            let table = "http://terminology.hl7.org/CodeSystem/v2-"
            if text.hasPrefix(table), text.utf8.count == table.utf8.count + 4 {
                return .text("HL7" + text.dropFirst(table.count))
            }
            return .text(Self.system(text, prefix: tables.localSystems.codes))
        case .identifierSystem: return .text(Self.system(text, prefix: tables.localSystems.identifiers))
        default: return text.isEmpty ? nil : .text(text)
        }
    }

    /// `2024-05-01T09:30:00+02:00` to `20240501093000+0200`.
    static func time(_ text: String) -> String {
        guard let mark = text.firstIndex(of: "T") else {
            return text.replacing("-", with: "").replacing(":", with: "")
        }
        var clock = String(text[text.index(after: mark)...])
        var offset = ""
        if clock.hasSuffix("Z") {
            clock = String(clock.dropLast())
            offset = "+0000"
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            offset = String(clock[sign...].replacing(":", with: ""))
            clock = String(clock[..<sign])
        }
        return text[..<mark].replacing("-", with: "") + clock.replacing(":", with: "") + offset
    }

    /// A URI that was made from an OID, a UUID or a name gives it back.
    static func system(_ text: String, prefix: String) -> String {
        for known in ["urn:oid:", "urn:uuid:"] where text.hasPrefix(known) { return String(text.dropFirst(known.count)) }
        guard text.hasPrefix(prefix) else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8.dropFirst(prefix.utf8.count))[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
