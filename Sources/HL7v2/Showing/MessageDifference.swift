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

    /// Pairs of segments, in order. What is the same at the beginning and at the end belongs together; between them the
    /// longest common subsequence of the names does, or position by position where that would take too long.
    private static func matched(_ first: Message, _ second: Message) -> [(Segment?, Segment?)] {
        let (left, right) = (Array(first.segments), Array(second.segments))
        let (before, after) = (keys(left), keys(right))
        var head = 0
        while head < min(left.count, right.count), before[head] == after[head], left[head].raw == right[head].raw {
            head += 1
        }
        var tail = 0
        while tail < min(left.count, right.count) - head, before[left.count - 1 - tail] == after[right.count - 1 - tail],
            left[left.count - 1 - tail].raw == right[right.count - 1 - tail].raw
        {
            tail += 1
        }
        var pairs: [(Segment?, Segment?)] = (0..<head).map { (left[$0], right[$0]) }
        let middle = matched(
            Array(before[head..<left.count - tail]), Array(after[head..<right.count - tail]),
            isEqual: { left[head + $0].raw == right[head + $1].raw })
        pairs += middle.map { pair in (pair.0.map { left[head + $0] }, pair.1.map { right[head + $0] }) }
        pairs += (0..<tail).reversed().map { (left[left.count - 1 - $0], right[right.count - 1 - $0]) }
        return pairs
    }

    /// Most pairs of positions that are weighed; beyond it segments are matched position by position.
    private static let maximumWeighed = 250_000

    private static func matched(
        _ left: [String], _ right: [String], isEqual: (Int, Int) -> Bool
    ) -> [(Int?, Int?)] {
        guard left.count * right.count <= maximumWeighed else {
            return (0..<max(left.count, right.count)).flatMap { position -> [(Int?, Int?)] in
                let (one, two) = (position < left.count ? position : nil, position < right.count ? position : nil)
                guard let one, let two, left[one].prefix(3) != right[two].prefix(3) else { return [(one, two)] }
                return [(one, nil), (nil, two)]
            }
        }
        // Longest match of what follows each pair of positions; equal segments count more than equal names.
        let width = right.count + 1
        func weight(_ i: Int, _ j: Int) -> Int32 { left[i] != right[j] ? 0 : isEqual(i, j) ? 3 : 2 }
        var best = [Int32](repeating: 0, count: (left.count + 1) * width)
        for i in stride(from: left.count - 1, through: 0, by: -1) {
            for j in stride(from: right.count - 1, through: 0, by: -1) {
                var value = max(best[(i + 1) * width + j], best[i * width + j + 1])
                let weight = weight(i, j)
                if weight > 0 { value = max(value, best[(i + 1) * width + j + 1] + weight) }
                best[i * width + j] = value
            }
        }
        var pairs: [(Int?, Int?)] = []
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            let here = best[i * width + j]
            let weight = i < left.count && j < right.count ? weight(i, j) : 0
            if weight > 0, here == best[(i + 1) * width + j + 1] + weight {
                pairs.append((i, j))
                (i, j) = (i + 1, j + 1)
            } else if i < left.count, j == right.count || here == best[(i + 1) * width + j] {
                pairs.append((i, nil))
                i += 1
            } else {
                pairs.append((nil, j))
                j += 1
            }
        }
        return pairs
    }

    /// What segments are matched by: their name, and of an OBX also what was observed.
    private static func keys(_ segments: [Segment]) -> [String] {
        segments.map { $0.name == "OBX" ? "OBX \($0.text(3) ?? "")" : $0.name }
    }
}
