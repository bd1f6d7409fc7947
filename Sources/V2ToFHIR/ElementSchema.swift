/// The R4 elements of the resources that maps write: `r4-elements.tsv`.
struct ElementSchema: Sendable {
    struct Element: Sendable {
        var name: Int32
        var type: Int32
        var isArray: Bool
        var isRequired: Bool
        /// Choice group within the type, such as `value`; −1 without.
        var group: Int32
        /// One of the group is required.
        var isGroupRequired: Bool
        /// Index in ``codeSets``; −1 when the value set is not listed.
        var codes: Int32
    }

    private(set) var types: [String] = []
    /// Of each type: it begins with a small letter.
    private var primitives: [Bool] = []
    private var typeIDs: [String: Int32] = [:]
    private(set) var elements: [[Element]] = []
    private var byName: [[String: Int]] = []
    private var byFoldedName: [[String: Int]] = []
    private(set) var codeSets: [Set<ByteKey>] = []

    init(_ bytes: [UInt8], names: inout NamePool) {
        TableText.read(bytes, columns: ["type", "element", "of", "flags", "codes", "group"]) { row, order in
            let type = typeID(row.text(order[0]))
            let name = row.text(order[1])
            let flags = row.cell(order[3])
            var codes: Int32 = -1
            let list = row.cell(order[4])
            if !list.isEmpty {
                codes = Int32(codeSets.count)
                codeSets.append(Set(list.split(separator: 0x20).map { ByteKey($0) }))
            }
            let group = row.text(order[5])
            let element = Element(
                name: names.id(name), type: typeID(row.text(order[2])), isArray: flags.contains(0x2A),
                isRequired: flags.contains(0x21), group: group.isEmpty ? -1 : names.id(group),
                isGroupRequired: flags.contains(0x2B), codes: codes)
            byName[Int(type)][name] = elements[Int(type)].count
            byFoldedName[Int(type)][name.lowercased()] = elements[Int(type)].count
            elements[Int(type)].append(element)
        }
    }

    private mutating func typeID(_ name: String) -> Int32 {
        if let id = typeIDs[name] { return id }
        let id = Int32(types.count)
        typeIDs[name] = id
        types.append(name)
        primitives.append(name.utf8.first.map { $0 >= 0x61 } ?? false)
        elements.append([])
        byName.append([:])
        byFoldedName.append([:])
        return id
    }

    func type(_ name: String) -> Int32? { typeIDs[name] }

    func name(_ type: Int32) -> String { types[Int(type)] }

    func name(_ type: Int32, or other: String) -> String { type < 0 ? other : types[Int(type)] }

    /// Primitive types begin with a small letter.
    func isPrimitive(_ type: Int32) -> Bool { primitives[Int(type)] }

    /// An element by name; a difference of case only is forgiven, since the published maps have some.
    func element(_ name: String, of type: Int32) -> Element? {
        if let index = byName[Int(type)][name] { return elements[Int(type)][index] }
        if let index = byFoldedName[Int(type)][name.lowercased()] { return elements[Int(type)][index] }
        return nil
    }
}
