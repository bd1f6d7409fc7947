/// Puts each segment of a message at its place in a structure.
///
/// A segment goes to the place that leaves the most groups open; a group that may repeat begins again when its segments
/// come back. A group opens with its first segment if the segment may stand elsewhere too: an ORC after an order is the
/// next order, not one of the prior results, which open with a patient. A segment out of order is put into the group that is
/// open (and reported); one that the structure does not know stays in the group that is open.
struct StructureWalk {
    struct Instance {
        var group: Int
        var parent: Int
        /// Segments of the instance and of all groups in it.
        var firstSegment: Int
        var endSegment: Int
    }

    struct Placement {
        /// −1 when the structure does not know the segment.
        var position: Int
        var instance: Int
        var isMisordered: Bool
    }

    private(set) var instances: [Instance] = [Instance(group: 0, parent: -1, firstSegment: 0, endSegment: 0)]
    private(set) var placements: [Placement] = []

    init(_ tape: SourceTape, _ structure: MessageStructure) {
        var position = -1
        var instance = 0
        placements.reserveCapacity(tape.segments.count)
        for (index, segment) in tape.segments.enumerated() {
            guard let candidates = structure.bySegment[segment.name] else {
                placements.append(Placement(position: -1, instance: instance, isMisordered: false))
                close(instance, at: index)
                continue
            }
            let choice = choose(candidates, from: position, instance: instance, structure)
            instance = open(choice, from: instance, structure, at: index)
            position = choice.position
            placements.append(Placement(position: position, instance: instance, isMisordered: choice.isMisordered))
            close(instance, at: index)
        }
    }

    private mutating func close(_ instance: Int, at segment: Int) {
        var current = instance
        while current >= 0 {
            instances[current].endSegment = segment + 1
            current = instances[current].parent
        }
    }

    private struct Choice {
        var position: Int
        /// The group below which new instances are opened.
        var keep: Int
        var isMisordered = false
    }

    private func choose(_ candidates: [Int], from position: Int, instance: Int, _ structure: MessageStructure) -> Choice {
        let group = instances[instance].group
        var best: Choice?
        var bestDepth = -3
        for candidate in candidates {
            let target = structure.positions[candidate]
            let common = structure.commonGroup(group, target.group)
            var choice = Choice(position: candidate, keep: common)
            var depth: Int
            if candidate > position || (candidate == position && target.isRepeating) {
                depth = entersInTheMiddle(candidate, from: common, structure) ? -1 : structure.groups[common].depth * 2
                if candidate == position { depth += 1000 }
            } else {
                // Going back means beginning a group again: the innermost that may repeat. A segment that may repeat, or
                // that has not come yet, is out of order but belongs to the group that is open.
                var again = common
                while again >= 0, !structure.groups[again].isRepeating { again = structure.groups[again].parent }
                let begins = again >= 0 && structure.firstPositions[again] == candidate
                if again >= 0, begins || !target.isRepeating && isTaken(candidate, in: instance, of: again) {
                    choice.keep = structure.groups[again].parent
                    depth = structure.groups[choice.keep].depth * 2 + 1
                } else {
                    choice.isMisordered = true
                    depth = -2
                }
            }
            if depth > bestDepth {
                best = choice
                bestDepth = depth
            }
        }
        return best ?? Choice(position: candidates[0], keep: 0, isMisordered: true)
    }

    /// Whether the place is in a group that is not open yet and begins with another segment.
    private func entersInTheMiddle(_ candidate: Int, from common: Int, _ structure: MessageStructure) -> Bool {
        var entered = structure.positions[candidate].group
        guard entered != common else { return false }
        while structure.groups[entered].parent >= 0, structure.groups[entered].parent != common {
            entered = structure.groups[entered].parent
        }
        return structure.firstPositions[entered] != candidate
    }

    /// The open instance of `group` has a segment at this position already.
    private func isTaken(_ position: Int, in instance: Int, of group: Int) -> Bool {
        var current = instance
        while current >= 0, instances[current].group != group { current = instances[current].parent }
        guard current >= 0 else { return false }
        return placements[instances[current].firstSegment..<min(instances[current].endSegment, placements.count)]
            .contains { $0.position == position }
    }

    private mutating func open(_ choice: Choice, from instance: Int, _ structure: MessageStructure, at segment: Int) -> Int
    {
        var current = instance
        while instances[current].parent >= 0, instances[current].group != choice.keep {
            current = instances[current].parent
        }
        var path: [Int] = []
        var group = structure.positions[choice.position].group
        while group != choice.keep, group >= 0 {
            path.append(group)
            group = structure.groups[group].parent
        }
        for group in path.reversed() {
            instances.append(Instance(group: group, parent: current, firstSegment: segment, endSegment: segment))
            current = instances.count - 1
        }
        return current
    }
}
