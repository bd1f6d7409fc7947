import Clinical

/// One published table: the rows that the values of one input fall into.
struct ScoreTable: Sendable {
    struct Row: Sendable {
        /// As the publication writes it: `9–11`, `New confusion`.
        var label: String
        /// Points of the row, or the position of the state that it means. `low` and `high` differ where the
        /// publication leaves the points open.
        var low: Double
        var high: Double
    }

    enum Axis: Sendable {
        case numeric(NumericBands)
        case coded(CodedRows)
    }

    /// What the part makes of it when nothing arrived for this input while another table of the part has a value.
    enum Absence: String, Sendable, CaseIterable {
        /// Any row remains possible.
        case open
        /// The part rests on the other tables, and a note says so. Something that arrived and cannot be used still
        /// leaves any row possible.
        case otherTables = "other-tables"
    }

    let input: Int
    let axis: Axis
    let rows: [Row]
    let absence: Absence
    /// The rows are over the input divided by this one, over `scale` (PaO₂ ÷ FiO₂ as a fraction); `nil` for the input alone.
    let divisor: (input: Int, scale: Double)?

    var lowest: Double { rows.reduce(.infinity) { min($0, $1.low) } }
    var highest: Double { rows.reduce(-.infinity) { max($0, $1.high) } }

    /// The rows that the inputs may be in; `nil` when what the table is over is missing.
    func rows(_ inputs: [FeatureValue]) -> ClosedRange<Int>? {
        guard let divisor else { return rows(of: inputs[input]) }
        guard case .numeric(let bands) = axis, case .number(let above) = inputs[input].content,
            case .number(let below) = inputs[divisor.input].content, below > 0
        else { return nil }
        let row = bands.row(of: above * divisor.scale / below)
        return row...row
    }

    private func rows(of value: FeatureValue) -> ClosedRange<Int>? {
        switch (axis, value.content) {
        case (_, .missing): return nil
        case (.numeric(let bands), .number(let number)):
            let row = bands.row(of: number)
            return row...row
        case (.numeric(let bands), .bound(let limit, let comparator)): return bands.rows(comparator, limit)
        case (.coded(let codes), .coded(let code)): return codes.row(of: code).map { $0...$0 }
        case (.coded(let codes), .number(let number)): return codes.row(of: number).map { $0...$0 }
        case (.numeric, .coded), (.coded, .bound): return nil
        }
    }
}

/// Several tables of which one result is made, each over its own input.
struct ScoreTables: Sendable {
    enum Combination: String, Sendable, CaseIterable {
        /// The most recent value decides; of equally recent ones the one with more points.
        case latest
        /// The table with the most points decides: the publication says "or".
        case highest
    }

    /// What the tables make of the inputs.
    struct Outcome {
        var low: Double
        var high: Double
        /// The row that was found, or what is possible.
        var band: String
        /// Whether any of the inputs has a value.
        var isKnown: Bool
        /// Which table decided or took part; a bit for each.
        var used: UInt64
        /// Tables that were left out because nothing arrived for them.
        var leftOut: UInt64
    }

    let tables: [ScoreTable]
    let combination: Combination

    /// Positions of the inputs: one for each table in their order, then the divisors.
    var inputs: [Int] { tables.map(\.input) + tables.compactMap { $0.divisor?.input } }

    func outcome(_ inputs: [FeatureValue]) -> Outcome {
        switch combination {
        case .latest: latest(inputs)
        case .highest: highest(inputs)
        }
    }

    private func latest(_ inputs: [FeatureValue]) -> Outcome {
        var best: (table: Int, rows: ClosedRange<Int>, effective: Instant, high: Double)?
        for (index, table) in tables.enumerated() {
            guard let rows = table.rows(inputs) else { continue }
            let effective = inputs[table.input].effective ?? .distantPast
            let high = table.rows[rows].reduce(-.infinity) { max($0, $1.high) }
            if let best, effective < best.effective || (effective == best.effective && high <= best.high) { continue }
            best = (index, rows, effective, high)
        }
        guard let best else { return unknown() }
        let rows = tables[best.table].rows[best.rows]
        return Outcome(
            low: rows.reduce(.infinity) { min($0, $1.low) }, high: best.high, band: Self.label(rows), isKnown: true,
            used: 1 << UInt64(best.table), leftOut: 0)
    }

    private func highest(_ inputs: [FeatureValue]) -> Outcome {
        var outcome = Outcome(low: -.infinity, high: -.infinity, band: "", isKnown: false, used: 0, leftOut: 0)
        var openHigh = -Double.infinity
        var openLow = -Double.infinity
        for (index, table) in tables.enumerated() {
            guard let rows = table.rows(inputs) else {
                if table.absence == .otherTables, Self.isAbsent(inputs[table.input]) {
                    outcome.leftOut |= 1 << UInt64(index)
                } else {
                    openLow = max(openLow, table.lowest)
                    openHigh = max(openHigh, table.highest)
                }
                continue
            }
            let found = table.rows[rows]
            let high = found.reduce(-.infinity) { max($0, $1.high) }
            outcome.low = max(outcome.low, found.reduce(.infinity) { min($0, $1.low) })
            if high > outcome.high { (outcome.high, outcome.band) = (high, Self.label(found)) }
            outcome.used |= 1 << UInt64(index)
            outcome.isKnown = true
        }
        guard outcome.isKnown else { return unknown() }
        let known = outcome.high
        outcome.low = max(outcome.low, openLow)
        outcome.high = max(outcome.high, openHigh)
        if outcome.high > known { outcome.band += ", more possible" }
        return outcome
    }

    /// Nothing usable arrived: every row of every table is possible.
    private func unknown() -> Outcome {
        let low: Double
        let high = tables.reduce(-.infinity) { max($0, $1.highest) }
        switch combination {
        case .latest: low = tables.reduce(.infinity) { min($0, $1.lowest) }
        case .highest: low = tables.reduce(-.infinity) { max($0, $1.lowest) }
        }
        return Outcome(low: low, high: high, band: "any", isKnown: false, used: 0, leftOut: 0)
    }

    private static func isAbsent(_ value: FeatureValue) -> Bool {
        switch value.content {
        case .missing(.notMeasured), .missing(.stale): true
        default: false
        }
    }

    private static func label(_ rows: ArraySlice<ScoreTable.Row>) -> String {
        guard let first = rows.first, let last = rows.last else { return "" }
        return rows.count == 1 ? first.label : "\(first.label) to \(last.label)"
    }
}
