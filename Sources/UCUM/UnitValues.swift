import Clinical

/// The unit of every atom of ``UnitSymbols``, by number.
struct UnitValues: Sendable {
    /// `nil` only where a definition in the table could not be read.
    let units: [Unit?]

    /// Built once; immutable.
    static let table = UnitValues()

    private init() {
        var builder = Builder(units: Array(repeating: nil, count: UnitSymbols.table.atoms.count))
        for atom in UnitSymbols.table.atoms.indices { _ = try? builder.unit(atom, depth: 0) }
        units = builder.units
    }

    private struct Builder {
        var units: [Unit?]

        /// Definitions refer to units further down the table, so that they are resolved on demand.
        mutating func unit(_ atom: Int, depth: Int) throws(UCUMError) -> Unit? {
            if let known = units[atom] { return known }
            guard depth < 32 else { return nil }
            let symbol = UnitSymbols.table.atoms[atom]
            guard let definition = symbol.definition else {
                units[atom] = Unit(dimension: .base(atom), factor: .one)
                return units[atom]
            }
            let expression = try UnitExpression(definition.unit)
            var working = self
            var unit = try Unit(expression) { (inner: Int) throws(UCUMError) -> Unit? in
                try working.unit(inner, depth: depth + 1)
            }
            self = working
            let words = definition.magnitude.split(separator: " ")
            if words.count == 2 {
                unit.scale = SpecialScale(tableName: words[0])
                guard unit.scale != nil else { return nil }
            }
            if definition.magnitude == "pi" {
                unit.factor = .pi
            } else {
                guard let text = words.last, let value = ExactDecimal(text), let factor = UnitFactor(value) else {
                    return nil
                }
                unit.factor = unit.factor * factor
            }
            if symbol.isArbitrary, unit.dimension.isOne { unit.dimension = .arbitrary(atom) }
            if let amount = SubstanceAmount(atom: symbol.code) { unit.amount = amount }
            units[atom] = unit
            return unit
        }
    }
}
