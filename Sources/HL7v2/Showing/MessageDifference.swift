/// What differs between two messages, value by value, each named by its path and the field's name in the standard.
///
/// Segments are matched by name in order, so that one added or removed in the middle does not make all later ones differ.
public struct MessageDifference: Sendable, Hashable {
    /// `OBX[2]-5.1`: in the first message, or in the second where only that has it.
    public let path: String
    /// `Observation Value`; the segment's name for a whole segment; `nil` when the standard's name is not known here.
    public let name: String?
    /// Decoded; `nil` when the first message has nothing there. `""` in quotation marks is the null value.
    public let first: String?
    public let second: String?

    /// All differences in the order of the messages; none when every value is the same, however it is escaped.
    public static func between(_ first: Message, _ second: Message) -> [MessageDifference] {
        var differences: [MessageDifference] = []
        for pair in matched(first, second) {
            switch pair {
            case (let left?, let right?): compare(left, right, to: &differences)
            case (let left?, nil):
                differences.append(
                    MessageDifference(
                        path: left.path, name: FieldNames.name(of: left.name), first: text(left), second: nil))
            case (nil, let right?):
                differences.append(
                    MessageDifference(
                        path: right.path, name: FieldNames.name(of: right.name), first: nil, second: text(right)))
            case (nil, nil): break
            }
        }
        return differences
    }

    private static func compare(_ left: Segment, _ right: Segment, to differences: inout [MessageDifference]) {
        guard left.raw != right.raw || left.message.delimiters != right.message.delimiters else { return }
        for number in 1...max(left.fieldCount, right.fieldCount, 1) {
            let (one, two) = (left.field(number), right.field(number))
            for repetition in 1...max(one.repetitions.count, two.repetitions.count, 1) {
                let before = values(one.repetition(repetition))
                let after = values(two.repetition(repetition))
                for key in Set(before.keys).union(after.keys).sorted() where before[key] != after[key] {
                    var path = "\(left.path)-\(number)" + (repetition > 1 ? "[\(repetition)]" : "")
                    if key.component > 1 || key.subcomponent > 1 || max(before.count, after.count) > 1 {
                        path += ".\(key.component)"
                    }
                    if key.subcomponent > 1 { path += ".\(key.subcomponent)" }
                    differences.append(
                        MessageDifference(
                            path: path, name: FieldNames.name(of: left.name, number), first: before[key], second: after[key]
                        ))
                }
            }
        }
    }

    private struct Place: Hashable, Comparable {
        var component: Int
        var subcomponent: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.component, left.subcomponent) < (right.component, right.subcomponent)
        }
    }

    private static func values(_ repetition: Repetition) -> [Place: String] {
        var values: [Place: String] = [:]
        for component in repetition.components {
            for subcomponent in component.subcomponents where !subcomponent.isEmpty {
                values[Place(component: component.number, subcomponent: subcomponent.number)] =
                    subcomponent.isNull ? "\"\"" : subcomponent.text
            }
        }
        return values
    }

    /// A segment on one line, for one that is only in one of the messages.
    private static func text(_ segment: Segment) -> String {
        EscapeSequences.decode(
            Array(segment.raw), delimiters: segment.message.delimiters,
            characterSet: segment.message.converted == nil ? segment.message.characterSet : .utf8)
    }

    /// Pairs of segments, in order: the longest common subsequence of the names, or position by position in messages too
    /// long for that.
    private static func matched(_ first: Message, _ second: Message) -> [(Segment?, Segment?)] {
        let left = Array(first.segments)
        let right = Array(second.segments)
        guard left.count * right.count <= 4_000_000 else {
            return (0..<max(left.count, right.count)).map { position in
                (position < left.count ? left[position] : nil, position < right.count ? right[position] : nil)
            }
        }
        let names = (left.map { key($0) }, right.map { key($0) })
        // Longest match of what follows each pair of positions; equal segments count more than equal names.
        let width = right.count + 1
        var best = [Int32](repeating: 0, count: (left.count + 1) * width)
        for i in stride(from: left.count - 1, through: 0, by: -1) {
            for j in stride(from: right.count - 1, through: 0, by: -1) {
                var value = max(best[(i + 1) * width + j], best[i * width + j + 1])
                if names.0[i] == names.1[j] {
                    value = max(value, best[(i + 1) * width + j + 1] + (left[i].raw == right[j].raw ? 3 : 2))
                }
                best[i * width + j] = value
            }
        }
        var pairs: [(Segment?, Segment?)] = []
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            let here = best[i * width + j]
            if i < left.count, j < right.count, names.0[i] == names.1[j],
                here == best[(i + 1) * width + j + 1] + (left[i].raw == right[j].raw ? 3 : 2)
            {
                pairs.append((left[i], right[j]))
                (i, j) = (i + 1, j + 1)
            } else if i < left.count, j == right.count || here == best[(i + 1) * width + j] {
                pairs.append((left[i], nil))
                i += 1
            } else {
                pairs.append((nil, right[j]))
                j += 1
            }
        }
        return pairs
    }

    /// What a segment is matched by: its name, and of an OBX also what was observed.
    private static func key(_ segment: Segment) -> String {
        segment.name == "OBX" ? "OBX \(segment.text(3) ?? "")" : segment.name
    }
}
