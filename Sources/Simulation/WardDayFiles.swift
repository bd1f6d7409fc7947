internal import Clinical

/// The simulated day as files: messages of a source together, and `day.ndjson` that says what is sent when.
///
/// HL7v2 files hold one segment a line and a blank line between messages, so that they can be read and compared; the
/// sender turns line ends into the segment terminator. FHIR files hold one resource or bundle a line.
public struct WardDayFiles: Sendable {
    /// One line of `day.ndjson`.
    public struct Entry: Sendable, Codable, Equatable {
        public let at: String
        public let door: String
        public let source: String
        public let file: String
        /// Position of the message in its file, from 0.
        public let index: Int
    }

    public enum Failure: Error, Sendable, Equatable {
        case unreadable(file: String, line: Int)
    }

    public init() {}

    /// File name and content, in a fixed order.
    public func write(_ day: WardDay) -> [(name: String, bytes: [UInt8])] {
        var contents: [String: [UInt8]] = [:]
        var counts: [String: Int] = [:]
        var schedule: [UInt8] = []
        for delivery in day {
            let name = Self.fileName(delivery, counts: counts)
            let index = delivery.door == .cda ? 0 : counts[name, default: 0]
            counts[name, default: 0] += 1
            switch delivery.door {
            case .mllp:
                contents[name, default: []] += delivery.bytes.map { $0 == 13 ? 10 : $0 } + [10]
            case .fhir, .poll:
                contents[name, default: []] += delivery.bytes + [10]
            case .cda:
                contents[name] = delivery.bytes
            }
            let line =
                "{\"at\":\"\(delivery.at)\",\"door\":\"\(delivery.door.rawValue)\",\"source\":\"\(delivery.source)\","
                + "\"file\":\"\(name)\",\"index\":\(index)}\n"
            schedule += Array(line.utf8)
        }
        return [("day.ndjson", schedule)] + contents.keys.sorted().map { ($0, contents[$0] ?? []) }
    }

    /// Reads the day back. `read` returns the content of a file of the folder.
    public func read(_ entries: [Entry], _ read: (String) throws -> [UInt8]) throws -> [Delivery] {
        var files: [String: [[UInt8]]] = [:]
        return try entries.enumerated().map { line, entry in
            if files[entry.file] == nil { files[entry.file] = Self.messages(entry, try read(entry.file)) }
            guard let messages = files[entry.file], messages.indices.contains(entry.index),
                let door = Delivery.Door(rawValue: entry.door), let at = Self.instant(entry.at)
            else { throw Failure.unreadable(file: "day.ndjson", line: line + 1) }
            return Delivery(at: at, door: door, source: entry.source, bytes: messages[entry.index])
        }
    }

    private static func fileName(_ delivery: Delivery, counts: [String: Int]) -> String {
        switch delivery.door {
        case .mllp: return delivery.source + ".hl7"
        case .fhir, .poll: return delivery.source + ".ndjson"
        case .cda:
            let number = counts.keys.count { $0.hasPrefix(delivery.source + "-") } + 1
            return "\(delivery.source)-\(SimulatedPatient.padded(number, 4)).xml"
        }
    }

    private static func messages(_ entry: Entry, _ bytes: [UInt8]) -> [[UInt8]] {
        switch entry.door {
        case Delivery.Door.mllp.rawValue:
            return bytes.split(separator: [10, 10]).map { $0.map { $0 == 10 ? 13 : $0 } + [13] }
        case Delivery.Door.cda.rawValue:
            return [bytes]
        default:
            return bytes.split(separator: 10).map { Array($0) }
        }
    }

    /// Reads the fixed form `2026-01-05T08:00:00Z` that ``write(_:)`` uses.
    private static func instant(_ text: String) -> Instant? {
        let parts = text.split { "-T:Z".contains($0) }.compactMap { Int($0) }
        guard parts.count == 6, let date = CivilDate(year: parts[0], month: parts[1], day: parts[2]) else { return nil }
        let time = ClinicalTime(
            date: date, hour: parts[3], minute: parts[4], second: parts[5], precision: .second, offsetOrigin: .stated)
        return time?.instant
    }
}
