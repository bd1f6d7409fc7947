/// A message written for people: the groups of its structure, each field with its path and its name in the standard.
///
/// Holds patient data, as the message does: for the terminal of someone who has the message anyway, never for a log.
public enum MessageText {
    /// One line a group, segment and valued field; components below their field where there are several.
    ///
    ///     ORU_R01
    ///       PATIENT_RESULT
    ///         PATIENT
    ///           PID[1]  Patient Identification
    ///             PID-5  Patient Name
    ///               PID-5.1  Doe
    public static func lines(_ grouped: GroupedMessage) -> [String] {
        var lines: [String] = []
        append(grouped.root, indent: 0, to: &lines)
        return lines
    }

    private static func append(_ group: SegmentGroup, indent: Int, to lines: inout [String]) {
        lines.append(blank(indent) + group.name)
        for element in group.elements {
            switch element {
            case .group(let inner): append(inner, indent: indent + 1, to: &lines)
            case .segment(let position): append(group.tree.message.segments[position], indent: indent + 1, to: &lines)
            }
        }
    }

    private static func append(_ segment: Segment, indent: Int, to lines: inout [String]) {
        let name = segment.name
        lines.append(blank(indent) + segment.path + (FieldNames.name(of: name).map { "  \($0)" } ?? ""))
        for field in segment.fields where !field.isEmpty {
            let title = FieldNames.name(of: name, field.number)
            for repetition in field.repetitions where !repetition.isEmpty {
                let path = "\(name)-\(field.number)" + (repetition.number > 1 ? "[\(repetition.number)]" : "")
                let head = blank(indent + 1) + path + (title.map { "  \($0)" } ?? "")
                let values = leaves(of: repetition)
                if values.count == 1, let value = values.first, value.path.isEmpty {
                    lines.append("\(head): \(shown(value.text))")
                } else {
                    lines.append(head)
                    for value in values { lines.append(blank(indent + 2) + "\(path)\(value.path): \(shown(value.text))") }
                }
            }
        }
    }

    /// The values of a repetition with their paths below it; the path is empty for one that has no components.
    static func leaves(of repetition: Repetition) -> [(path: String, text: String)] {
        var found: [(path: String, text: String)] = []
        let components = repetition.components
        for component in components {
            let subcomponents = component.subcomponents
            for subcomponent in subcomponents where !subcomponent.isEmpty {
                var path = components.count > 1 || subcomponents.count > 1 ? ".\(component.number)" : ""
                if subcomponents.count > 1 { path += ".\(subcomponent.number)" }
                found.append((path, subcomponent.isNull ? "\"\"" : subcomponent.text ?? ""))
            }
        }
        return found
    }

    /// A value on one line, cut where it is very long.
    static func shown(_ text: String, limit: Int = 200) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            line += scalar.value < 0x20 || scalar.value == 0x7F ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        let rest = text.unicodeScalars.count - limit
        return rest > 0 ? "\(line)… (\(rest) more)" : line
    }

    private static func blank(_ indent: Int) -> String {
        String(repeating: "  ", count: indent)
    }
}
