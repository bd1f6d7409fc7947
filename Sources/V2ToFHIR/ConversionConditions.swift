import Clinical
import HL7v2

/// Conditions of rows, and the cells of the message that they read.
extension Conversion {
    /// A condition of the tables. Many rows of a segment ask the same, so the answer for a segment is kept; within a cell or
    /// for a further repetition it may be another and is worked out.
    mutating func holds(_ condition: Int32, cell: SourceTape.Cell?, repetition: Int, field: Int) -> Bool {
        let root = tables.conditionTrees.roots[Int(condition)]
        guard cell == nil, repetition == 0 else { return holds(root, cell, repetition, field) }
        if decided[Int(condition)].segment == Int32(currentSegment) { return decided[Int(condition)].holds }
        let answer = holds(root, nil, 0, field)
        decided[Int(condition)] = (Int32(currentSegment), answer)
        return answer
    }

    private func holds(_ index: Int32, _ cell: SourceTape.Cell?, _ repetition: Int, _ field: Int) -> Bool {
        let node = tables.conditionTrees.nodes[Int(index)]
        switch node.kind {
        case .present:
            if node.reference.field == 0, cell == nil { return segment(node.reference) != nil }
            guard let found = self.cell(node.reference, whole: cell, repetition: repetition, field: field) else {
                return false
            }
            return tape.isValued(found)
        case .equals:
            guard let found = self.cell(node.reference, whole: cell, repetition: repetition, field: field) else {
                return false
            }
            let leaf = tape.leaf(found)
            for text in node.parts where tape.equals(leaf, tables.conditionTrees.texts[Int(text)]) { return true }
            return false
        case .same:
            let other = tables.conditionTrees.nodes[Int(node.parts.lowerBound)].reference
            guard let a = self.cell(node.reference, whole: cell, repetition: repetition, field: field),
                let b = self.cell(other, whole: cell, repetition: 0, field: 0)
            else { return false }
            let (left, right) = (tape.range(a), tape.range(b))
            return tape.bytes[Int(left.start)..<Int(left.end)] == tape.bytes[Int(right.start)..<Int(right.end)]
        case .count:
            var count = 0
            if let segment = segment(node.reference) {
                let field = tape.repetitions(segment: segment, field: node.reference.field)
                for index in 0..<field.count where tape.isSent(SourceTape.Cell(level: 0, index: field.first + index)) {
                    count += 1
                }
            }
            return compare(count, node)
        case .length:
            guard let found = self.cell(node.reference, whole: cell, repetition: repetition, field: field) else {
                return false
            }
            let range = tape.range(SourceTape.Cell(level: 2, index: Int32(tape.leaf(found))))
            return compare(Int(range.end - range.start), node)
        case .decimal:
            guard let text = valuedText(node.reference, cell, repetition, field) else { return true }
            return PrimitiveText.isDecimal(text)
        case .compared:
            return valuedText(node.reference, cell, repetition, field).flatMap { PrimitiveText.comparison($0) } != nil
        case .not: return !holds(node.parts.lowerBound, cell, repetition, field)
        case .all:
            for part in node.parts where !holds(part, cell, repetition, field) { return false }
            return true
        case .any:
            for part in node.parts where holds(part, cell, repetition, field) { return true }
            return false
        }
    }

    /// The bytes of a value as sent; `nil` when there is none. No number has an escape sequence in it.
    private func valuedText(
        _ reference: Condition.Reference, _ cell: SourceTape.Cell?, _ repetition: Int, _ field: Int
    ) -> ArraySlice<UInt8>? {
        guard let found = self.cell(reference, whole: cell, repetition: repetition, field: field), tape.isValued(found)
        else { return nil }
        let leaf = tape.leaves[tape.leaf(found)]
        return tape.bytes[Int(leaf.start)..<Int(leaf.end)]
    }

    private func compare(_ value: Int, _ node: CompiledConditions.Node) -> Bool {
        let number = Int(node.number)
        return switch node.comparison {
        case .equal: value == number
        case .greater: value > number
        case .less: value < number
        case .atMost: value <= number
        case .atLeast: value >= number
        }
    }

    /// The segment a reference means: the current one, or the nearest of that name in the open groups.
    ///
    /// The innermost group that may repeat answers whole: the OBX of an order are its own. Beyond it, groups that may repeat do
    /// not answer for those beside them: an order without an ORC has none, whatever the order before it has.
    func segment(_ reference: Condition.Reference) -> Int? {
        if tape.segments[currentSegment].name == reference.segment { return currentSegment }
        var current = walk.placements[currentSegment].instance
        var isWhole = true
        while current >= 0 {
            let instance = walk.instances[current]
            var index = instance.firstSegment
            while index < instance.endSegment {
                if !isWhole, let beside = repeatingGroup(of: index, in: current) {
                    index = max(walk.instances[beside].endSegment, index + 1)
                    continue
                }
                if tape.segments[index].name == reference.segment { return index }
                index += 1
            }
            if structure.groups[instance.group].isRepeating { isWhole = false }
            current = instance.parent
        }
        return nil
    }

    /// The outermost group that may repeat, below `ancestor`, around a segment.
    private func repeatingGroup(of segment: Int, in ancestor: Int) -> Int? {
        var current = walk.placements[segment].instance
        var found: Int?
        while current >= 0, current != ancestor {
            if structure.groups[walk.instances[current].group].isRepeating { found = current }
            current = walk.instances[current].parent
        }
        return found
    }

    func cell(
        _ reference: Condition.Reference, whole: SourceTape.Cell?, repetition: Int, field: Int
    ) -> SourceTape.Cell? {
        var found: SourceTape.Cell
        if let whole {
            guard reference.field > 0 else { return whole }
            guard let part = tape.part(whole, reference.field) else { return nil }
            found = part
        } else {
            guard let segment = segment(reference), reference.field > 0 else { return nil }
            let range = tape.repetitions(segment: segment, field: reference.field)
            let wanted = segment == currentSegment && reference.field == field ? Int32(repetition) : 0
            guard range.count > wanted else { return nil }
            found = SourceTape.Cell(level: 0, index: range.first + wanted)
        }
        guard reference.component > 0 else { return found }
        return tape.part(found, reference.component, reference.subcomponent)
    }
}
