import Clinical

/// The unit atoms and prefixes as symbols: what the parser needs to know.
struct UnitSymbols: Sendable {
    struct Atom: Sendable {
        var code: String
        var name: String
        var isMetric: Bool
        var isArbitrary: Bool
        /// Definition, absent for base units: magnitude text and unit code.
        var definition: (magnitude: String, unit: String)?
    }

    struct Prefix: Sendable {
        var code: String
        var name: String
        var factor: UnitFactor
    }

    let atoms: [Atom]
    let prefixes: [Prefix]
    private let atomNumbers: [String: Int]
    private let prefixNumbers: [String: Int]
    private let capitalAtoms: [String: Int]
    private let capitalPrefixes: [String: Int]

    /// Built once from ``UnitTable``; immutable.
    static let table = UnitSymbols()

    private init() {
        var atoms: [Atom] = UnitTable.baseUnits.map {
            Atom(code: $0.code, name: $0.name, isMetric: true, isArbitrary: false, definition: nil)
        }
        for line in UnitTable.atoms.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 5 else { continue }
            atoms.append(
                Atom(
                    code: String(fields[0]), name: String(fields[4]), isMetric: fields[1].utf8.contains(UInt8(ascii: "m")),
                    isArbitrary: fields[1].utf8.contains(UInt8(ascii: "a")),
                    definition: (String(fields[2]), String(fields[3]))))
        }
        let decimal = UnitTable.decimalPrefixes.map {
            Prefix(code: $0.code, name: $0.name, factor: UnitFactor.powerOfTen($0.tens))
        }
        let binary = UnitTable.binaryPrefixes.map {
            Prefix(code: $0.code, name: $0.name, factor: UnitFactor(Int128(1) << Int128($0.twos)) ?? .one)
        }
        self.atoms = atoms
        prefixes = decimal + binary
        atomNumbers = Dictionary(atoms.indices.map { (atoms[$0].code, $0) }) { first, _ in first }
        prefixNumbers = Dictionary(prefixes.indices.map { [prefixes] in (prefixes[$0].code, $0) }) { first, _ in first }
        capitalAtoms = Dictionary(
            atoms.indices.map { (UnitTable.caseInsensitiveCodes[atoms[$0].code] ?? atoms[$0].code.uppercased(), $0) }
        ) { first, _ in first }
        capitalPrefixes = Dictionary(
            prefixes.indices.map { [prefixes] in
                (UnitTable.caseInsensitivePrefixes[prefixes[$0].code] ?? prefixes[$0].code.uppercased(), $0)
            }
        ) { first, _ in first }
    }

    enum Reading {
        case found(atom: Int, prefix: Int?)
        case prefixNotAllowed
        case unknown
    }

    /// A whole atom wins over prefix and atom: `cd` is the candela, `Pa` the pascal.
    func read(_ symbol: ArraySlice<UInt8>) -> Reading {
        if let atom = atomNumbers[String(decoding: symbol, as: UTF8.self)] { return .found(atom: atom, prefix: nil) }
        var refused = false
        for length in [2, 1] where symbol.count > length {
            let split = symbol.startIndex + length
            guard let prefix = prefixNumbers[String(decoding: symbol[..<split], as: UTF8.self)],
                let atom = atomNumbers[String(decoding: symbol[split...], as: UTF8.self)]
            else { continue }
            if atoms[atom].isMetric { return .found(atom: atom, prefix: prefix) }
            refused = true
        }
        return refused ? .prefixNotAllowed : .unknown
    }

    /// The same by the case insensitive codes (UCUM section 3, column `c/i`). A symbol that two splits could mean is
    /// unknown rather than guessed.
    func read(capitals symbol: String) -> Reading {
        if let atom = capitalAtoms[symbol] { return .found(atom: atom, prefix: nil) }
        var found: [Reading] = []
        var refused = false
        for length in 1...3 where symbol.utf8.count > length {
            guard let prefix = capitalPrefixes[String(symbol.prefix(length))],
                let atom = capitalAtoms[String(symbol.dropFirst(length))]
            else { continue }
            if atoms[atom].isMetric { found.append(.found(atom: atom, prefix: prefix)) } else { refused = true }
        }
        if found.count == 1, let only = found.first { return only }
        return found.isEmpty && refused ? .prefixNotAllowed : .unknown
    }
}
