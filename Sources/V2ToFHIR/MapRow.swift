/// A row of a segment, datatype or message map, as read from its table.
struct MapRow: Sendable {
    /// Row of the published map, or the patch's own name for an added one.
    var id: String
    var source: String
    var maximum: String
    var condition: String
    var target: String
    var map: String
    var vocabulary: String
    var value: String
    /// Message rows: references to set, as `DiagnosticReport[1].result=Observation[2]`.
    var links: String
    var origin: MappingTables.Origin = .published
    /// Its place in ``MappingTables/rows``.
    var index: Int32 = -1

    static let columns = ["row", "source", "max", "condition", "target", "map", "vocabulary", "value", "links"]
    static let patchColumns = ["in", "action"] + columns

    init(_ row: TableText.Row, _ order: ArraySlice<Int>) {
        let order = Array(order)
        id = row.text(order[0])
        source = row.text(order[1])
        maximum = row.text(order[2])
        condition = row.text(order[3])
        target = row.text(order[4])
        map = row.text(order[5])
        vocabulary = row.text(order[6])
        value = row.text(order[7])
        links = row.text(order[8])
    }

    /// This row over `old`: an empty cell keeps the old one, `-` empties it.
    func over(_ old: MapRow) -> MapRow {
        func merged(_ new: String, _ old: String) -> String { new.isEmpty ? old : new == "-" ? "" : new }
        var row = old
        row.source = merged(source, old.source)
        row.maximum = merged(maximum, old.maximum)
        row.condition = merged(condition, old.condition)
        row.target = merged(target, old.target)
        row.map = merged(map, old.map)
        row.vocabulary = merged(vocabulary, old.vocabulary)
        row.value = merged(value, old.value)
        row.links = merged(links, old.links)
        row.origin = origin
        return row
    }

    /// Without the `-` that stands for an empty cell.
    var cleared: MapRow {
        var row = self
        for path in [\MapRow.condition, \.target, \.map, \.vocabulary, \.value, \.links] where row[keyPath: path] == "-" {
            row[keyPath: path] = ""
        }
        return row
    }
}
