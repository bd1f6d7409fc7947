/// When annotations keep two units apart. For UCUM they mean nothing (section 6); in a laboratory some name what is
/// measured: 1 mg/L{FEU} of D-dimer is about 0.5 mg/L{DDU}, and mL/min/{1.73_m2} is not mL/min.
public enum AnnotationRule {
    /// The annotations of a unit as this rule compares them: in lower case, sorted, those below the line with a slash.
    public static func texts(of expression: UnitExpression) -> [String] {
        expression.annotations.map { ($0.isBelow ? "/" : "") + $0.text.lowercased() }.sorted()
    }

    /// Why units with these annotations must not be converted into each other; `nil` when they may.
    ///
    /// - Parameters: as ``texts(of:)`` gives them.
    public static func difference(_ given: [String], _ wanted: [String]) -> String? {
        let (given, wanted) = (given.filter { !isNeutral($0) }, wanted.filter { !isNeutral($0) })
        if given == wanted { return nil }
        if !given.isEmpty, !wanted.isEmpty {
            return "The annotations of the two units differ, so that they measure different things."
        }
        if given.contains(where: changesTheNumber) || wanted.contains(where: changesTheNumber) {
            return "One unit says by its annotation what it is relative to, and the other does not."
        }
        return nil
    }

    /// Annotations that name no kind of thing.
    private static func isNeutral(_ annotation: String) -> Bool {
        ["ratio", "fraction", "#", "count", "number"].contains(annotation)
    }

    /// Annotations without which the number means something else.
    private static func changesTheNumber(_ annotation: String) -> Bool {
        let text = annotation.first == "/" ? annotation.dropFirst() : annotation[...]
        return ["feu", "ddu", "ngsp", "ifcc", "jds"].contains(String(text)) || text.hasPrefix("log")
            || text.hasPrefix("1.73") || text.hasPrefix("bsa") || text.hasPrefix("ln")
    }
}
