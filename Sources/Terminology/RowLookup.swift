public import Clinical

/// What the tables say of a code, without converting a value.
public enum RowLookup: Hashable, Sendable {
    /// The LOINC code of the one row whose conditions are met.
    case found(String)
    /// A reviewed decision that no code fits.
    case noMap
    /// A condition of some row is not stated by the request.
    case ambiguous
    /// There are rows, and the request meets none, or none is valid at its time.
    case excluded
    /// No approved row, or no table for the source and code system.
    case unmapped
}

extension Terminology {
    /// The row for a request, exact on conditions; the same choice as ``translate(_:)`` makes.
    public func lookup(_ request: TranslationRequest) -> RowLookup {
        guard let route = index.route(system: request.code.system, source: request.source) else { return .unmapped }
        guard let number = route.table else {
            return index.identity[request.code.code] == nil ? .unmapped : .found(request.code.code)
        }
        return index.tables[number].table.lookup(request, system: route.system)
    }

    /// One table and code system, found once, for many lookups.
    public struct Lookups: Sendable {
        let table: MappingTable
        let system: UInt8

        public func callAsFunction(_ request: TranslationRequest) -> RowLookup { table.lookup(request, system: system) }
    }

    /// The table that serves a source and code system.
    public func lookups(system: String, source: String) -> Lookups? {
        guard let route = index.route(system: system, source: source), let number = route.table else { return nil }
        return Lookups(table: index.tables[number].table, system: route.system)
    }
}
