import HL7v2

/// Where what has a name but no URI gets one: the name, percent-encoded, follows the base. A site has bases of its own.
struct LocalSystems: Sendable {
    /// Of assigning authorities that are sent as a namespace alone.
    var identifiers = "urn:headwall:assigner:"
    /// Of code systems that HL7 table 0396 does not know.
    var codes = "urn:headwall:codes:"
}

/// What a site adds to the tables or replaces in them: the files below `site/`.
///
/// Unlike the shipped tables a layer is written by those who run the program, so that what it names and nobody knows is
/// refused with its place, never passed over.
extension MappingTables {
    private static let patchFiles = ["site/segments.tsv", "site/datatypes.tsv", "site/messages.tsv"]

    mutating func addLayer(_ files: [File]) throws(MappingError) {
        guard !files.isEmpty else { return }
        let shipped = Set(maps.keys)
        for file in files where file.path.hasPrefix("site/codes/") { try addCodes(file) }
        for file in files {
            if Self.patchFiles.contains(file.path) {
                try checkRows(of: file)
                try patch(file, origin: .site)
            } else if file.path == "site/settings.tsv" {
                try addSettings(file)
            } else if !file.path.hasPrefix("site/codes/") {
                throw MappingError(place: file.path, reason: "A layer has no such table.")
            }
        }
        try checkNames(files, shipped: shipped)
    }

    private static func check(_ file: File, columns known: [String], required: [String]) throws(MappingError) {
        let columns = TableText.columns(file.bytes)
        if let column = columns.first(where: { !known.contains($0) }) {
            throw MappingError(place: "\(file.path): \(column)", reason: "No such column.")
        }
        if let column = required.first(where: { !columns.contains($0) }) {
            throw MappingError(place: "\(file.path): \(column)", reason: "The column is missing.")
        }
    }

    private static func layerRows(_ file: File) -> [(map: String, action: String, row: MapRow)] {
        var rows: [(map: String, action: String, row: MapRow)] = []
        TableText.read(file.bytes, columns: MapRow.patchColumns) { row, order in
            rows.append((row.text(order[0]), row.text(order[1]), MapRow(row, order[2...])))
        }
        return rows
    }

    /// Columns, actions, and the structures of messages; ``patch(_:origin:)`` looks for the rows.
    private func checkRows(of file: File) throws(MappingError) {
        try Self.check(file, columns: MapRow.patchColumns + ["reason"], required: ["in", "row", "action"])
        let isMessage = file.path == "site/messages.tsv"
        for entry in Self.layerRows(file) {
            let place = "\(file.path): \(entry.map):\(entry.row.id)"
            guard ["add", "replace", "drop"].contains(entry.action) else {
                throw MappingError(place: place, reason: "The action is none of add, replace and drop.")
            }
            let list = (isMessage ? messageRows[entry.map] : maps[entry.map]) ?? []
            if entry.action == "add", list.contains(where: { $0.id == entry.row.id }) {
                throw MappingError(place: place, reason: "There is such a row; replace it, or choose another name.")
            }
            // A structure of the site's own has a name of its own (HL7 v2.8.2 section 2.16).
            let isKnown =
                messageRows[entry.map] != nil || entry.map.hasPrefix("Z")
                || HL7v2.MessageStructure.allNames.contains(entry.map)
            if isMessage, !isKnown { throw MappingError(place: place, reason: "No such message structure.") }
        }
    }

    /// The maps that the rows of the layer name, once all of it is there, and those of the layer that no row names.
    private func checkNames(_ files: [File], shipped: Set<String>) throws(MappingError) {
        let used = Set(maps.values.joined().map(\.map)).union(messageRows.values.joined().map(\.map))
        let vocabularies = Set(maps.values.joined().map(\.vocabulary))
        for file in files {
            if file.path.hasPrefix("site/codes/") {
                let name = Self.mapName(file.path)
                // The systems of codes are looked up without a row.
                guard vocabularies.contains(name) || name == "CodeSystem" else {
                    throw MappingError(place: file.path, reason: "No row uses a code map of this name.")
                }
                continue
            }
            guard Self.patchFiles.contains(file.path) else { continue }
            for entry in Self.layerRows(file) {
                let place = "\(file.path): \(entry.map):\(entry.row.id)"
                if file.path != "site/messages.tsv", !shipped.contains(entry.map), !used.contains(entry.map) {
                    throw MappingError(place: place, reason: "No such map, and no row uses one of this name.")
                }
                if !["", "-"].contains(entry.row.map), maps[entry.row.map] == nil {
                    throw MappingError(place: place, reason: "No such map: \(entry.row.map).")
                }
                if !["", "-"].contains(entry.row.vocabulary), codeMapIDs[entry.row.vocabulary] == nil {
                    throw MappingError(place: place, reason: "No such code map: \(entry.row.vocabulary).")
                }
            }
        }
    }

    private mutating func addCodes(_ file: File) throws(MappingError) {
        let columns = ["code", "target", "target system", "display"]
        try Self.check(file, columns: columns + ["system", "reason"], required: ["code", "target"])
        var empty: String?
        TableText.read(file.bytes, columns: columns) { row, order in
            if row.cell(order[0]).isEmpty || row.cell(order[1]).isEmpty { empty = row.text(order[0]) }
        }
        if let empty {
            throw MappingError(place: "\(file.path): \(empty)", reason: "The row needs a code and its target.")
        }
        readCodes(file, name: Self.mapName(file.path), replaces: true)
    }

    private mutating func addSettings(_ file: File) throws(MappingError) {
        try Self.check(file, columns: ["setting", "value", "reason"], required: ["setting", "value"])
        var failure: MappingError?
        TableText.read(file.bytes, columns: ["setting", "value"]) { row, order in
            let name = row.text(order[0])
            let value = row.text(order[1])
            guard let colon = value.firstIndex(of: ":"), colon != value.startIndex, value.utf8.allSatisfy({ $0 > 0x20 })
            else {
                failure = MappingError(place: "\(file.path): \(name)", reason: "The value must be an absolute URI.")
                return
            }
            switch name {
            case "identifier-system-base": localSystems.identifiers = value
            case "code-system-base": localSystems.codes = value
            default: failure = MappingError(place: "\(file.path): \(name)", reason: "No such setting.")
            }
        }
        if let failure { throw failure }
    }
}
