/// Groups the separators of a message into segments, checking each segment's name.
struct SegmentTable {
    private(set) var entries: [MessageIndex.SegmentEntry] = []
    private(set) var oddities: [Oddity] = []

    init(_ bytes: [UInt8], start: Int, scan: SeparatorScan, limit: Int) throws(HL7v2Error) {
        var counter = OccurrenceCounter()
        var segmentStart = start
        var firstSeparator: UInt32 = 0
        var lineFeeds = 0
        var pairs = 0
        var blankLines = 0
        var firstBlank = 0
        var firstLineFeed = 0
        entries.reserveCapacity(scan.terminators.count)
        for terminator in scan.terminators {
            let end = Int(scan.separators[Int(terminator)])
            let isLineFeed = end < bytes.count && bytes[end] == 0x0A
            if isLineFeed, segmentStart == end, end > start, bytes[end - 1] == 0x0D {
                if pairs == 0, lineFeeds == 0 { firstLineFeed = end }
                pairs += 1
            } else if segmentStart == end && end < bytes.count || Self.isBlank(bytes, segmentStart, end) {
                if end > segmentStart || end < bytes.count {
                    if blankLines == 0 { firstBlank = segmentStart }
                    blankLines += 1
                }
            } else {
                if isLineFeed {
                    if pairs == 0, lineFeeds == 0 { firstLineFeed = end }
                    lineFeeds += 1
                }
                let nameEnd = Int(scan.separators[Int(firstSeparator)])
                let name = try Self.name(bytes, segmentStart, nameEnd, position: entries.count + 1)
                if name == .msh, !entries.isEmpty {
                    throw Self.error(
                        HL7v2Error.Code.segmentSequence, "MSH", 2, segmentStart,
                        "A second MSH starts here; split the input into messages first.")
                }
                if name.belongsToBatch {
                    throw Self.error(
                        HL7v2Error.Code.segmentSequence, name.text, 1, segmentStart,
                        "A batch segment stands inside a message; split the batch into messages first.")
                }
                guard entries.count < limit else {
                    throw Self.error(
                        HL7v2Error.Code.tooManyParts, "", entries.count + 1, segmentStart,
                        "The message has more than \(limit) segments; split it or raise the limit.")
                }
                entries.append(
                    MessageIndex.SegmentEntry(
                        name: name, occurrence: counter.next(name), start: UInt32(truncatingIfNeeded: segmentStart),
                        firstSeparator: firstSeparator, lastSeparator: terminator))
                if end == bytes.count {
                    oddities.append(Oddity(kind: .lastSegmentOpen, offset: end))
                }
            }
            segmentStart = end + 1
            firstSeparator = terminator + 1
        }
        if lineFeeds > 0 || pairs > 0 {
            oddities.append(Oddity(kind: .lineEnds, offset: firstLineFeed, count: lineFeeds, pairs: pairs))
        }
        if blankLines > 0 {
            oddities.append(Oddity(kind: .blankLines, offset: firstBlank, count: blankLines))
        }
    }

    /// Whether a line holds only spaces, tabs and NULs.
    private static func isBlank(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        // The first byte settles it for every line with a segment.
        for position in start..<max(start, end) {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0 else { return false }
        }
        return true
    }

    private static func name(_ bytes: [UInt8], _ start: Int, _ end: Int, position: Int) throws(HL7v2Error) -> SegmentName {
        if end - start == 3 {
            let name = SegmentName(bytes[start], bytes[start + 1], bytes[start + 2])
            if name.isValid { return name }
        }
        throw error(
            HL7v2Error.Code.segmentNameInvalid, "", position, start,
            "A segment starts with a capital letter and two capital letters or digits; this line does not.")
    }

    private static func error(
        _ code: Int, _ segment: String, _ occurrence: Int, _ offset: Int, _ reason: String
    ) -> HL7v2Error {
        HL7v2Error(
            code: code, place: HL7v2Location(segment: segment, occurrence: occurrence, byteOffset: offset), reason: reason)
    }
}

/// Counts segments by name. Messages have few different names, so a short list searched from the last hit comes first;
/// a hostile message with thousands falls back to a dictionary.
private struct OccurrenceCounter {
    private var names = InlineArray<32, UInt32>(repeating: 0)
    private var counts = InlineArray<32, UInt32>(repeating: 0)
    private var used = 0
    private var lastHit = 0
    private var overflow: [UInt32: UInt32] = [:]

    mutating func next(_ name: SegmentName) -> UInt32 {
        if used > 0, names[lastHit] == name.packed {
            counts[lastHit] &+= 1
            return counts[lastHit]
        }
        for slot in 0..<used where names[slot] == name.packed {
            lastHit = slot
            counts[slot] &+= 1
            return counts[slot]
        }
        guard used < 32 else {
            overflow[name.packed, default: 0] &+= 1
            return overflow[name.packed, default: 0]
        }
        names[used] = name.packed
        counts[used] = 1
        lastHit = used
        used += 1
        return 1
    }
}
