import Foundation

/// The MIMIC-III demo (100 real, de-identified intensive-care patients) as that hospital's HL7v2 traffic.
///
/// Reads the CSV files in place; nothing of them is part of the project. Each row of the laboratory and chart events is
/// one OBX with the hospital's own item code (table 0396: L), grouped by patient and chart time into ORU^R01 messages; admissions and
/// discharges are ADT^A01 and A03.
public struct MIMICDemo: Sendable {
    /// One row of labevents or chartevents.
    public struct Event: Sendable {
        public let patient: String
        public let item: String
        /// As in the CSV: `2164-09-24 20:21:00`.
        public let time: String
        public let value: String
        public let number: String
        public let unit: String
        /// Documented as entered in error.
        public let isError: Bool
        public let rowID: String
        public let isLaboratory: Bool
        let stored: String

        /// A detection limit, which the data set writes as text without a number: `<0.01`, `>=50`.
        public var bound: (comparator: String, number: String)? {
            guard number.isEmpty, let first = value.first, first == "<" || first == ">" else { return nil }
            let comparator = value.dropFirst().first == "=" ? "\(first)=" : String(first)
            let rest = value.dropFirst(comparator.count)
            guard rest.first?.isNumber == true, Double(rest) != nil else { return nil }
            return (comparator, String(rest))
        }

        /// Whether it was measured and is not only described.
        public var isMeasured: Bool { !number.isEmpty || bound != nil }
    }

    /// A message with the patient whose order it belongs to.
    public struct Message: Sendable {
        public let patient: String
        /// MSH-10.
        public let controlID: String
        /// When it was sent.
        public let time: String
        public let bytes: [UInt8]
        /// Number of OBX segments.
        public let observations: Int
    }

    public let events: [Event]
    /// In the order in which they were sent.
    public let messages: [Message]

    /// - Parameter folder: the folder with `labevents.csv.gz` and the others.
    public init(folder: String) throws {
        var labels: [String: String] = [:]
        for name in ["d_items.csv.gz", "d_labitems.csv.gz"] {
            let file = try CSVFile(gzip: "\(folder)/\(name)")
            let (item, label) = (try file.column("itemid"), try file.column("label"))
            for row in file.rows { labels[String(item(row))] = String(label(row)) }
        }
        var events: [Event] = []
        for name in ["labevents.csv.gz", "chartevents_1.csv.gz", "chartevents_2.csv.gz"] {
            try events += Self.events(in: "\(folder)/\(name)", isLaboratory: name.hasPrefix("lab"))
        }
        self.events = events
        let all = try Self.admissions(folder) + Self.results(events, labels: labels)
        let order = all.indices.sorted { (all[$0].time, $0) < (all[$1].time, $1) }
        messages = order.map { all[$0] }
    }

    private static func events(in path: String, isLaboratory: Bool) throws -> [Event] {
        let file = try CSVFile(gzip: path)
        let names = ["subject_id", "itemid", "charttime", "value", "valuenum", "valueuom", "row_id"]
        let columns = try names.map(file.column)
        let error = isLaboratory ? nil : try file.column("error")
        let stored = isLaboratory ? nil : try file.column("storetime")
        return file.rows.map { row in
            let text = columns.map { String($0(row)) }
            return Event(
                patient: text[0], item: text[1], time: text[2], value: text[3], number: text[4], unit: text[5],
                isError: error?(row) == "1", rowID: text[6], isLaboratory: isLaboratory,
                stored: stored.map { String($0(row)) } ?? "")
        }
    }

    // MARK: Messages

    private static func results(_ events: [Event], labels: [String: String]) -> [Message] {
        struct Group: Hashable {
            let patient: String
            let time: String
            let isLaboratory: Bool
        }
        let groups = Dictionary(grouping: events.indices) { index in
            Group(patient: events[index].patient, time: events[index].time, isLaboratory: events[index].isLaboratory)
        }
        let ordered = groups.sorted {
            ($0.key.time, $0.key.patient, $0.key.isLaboratory ? 0 : 1) < (
                $1.key.time, $1.key.patient, $1.key.isLaboratory ? 0 : 1
            )
        }
        return ordered.enumerated().map { number, group in
            let members = group.value.map { events[$0] }
            let time = group.key.time
            // Sent when the last of its rows was stored, never before it happened.
            let sent = max(time, members.map(\.stored).max() ?? "")
            var text = "MSH|^~\\&|MIMIC|BIDMC|HEADWALL|BIDMC|\(stamp(sent))||ORU^R01^ORU_R01|M\(number + 1)|P|2.6\r"
            text += "PID|1||\(group.key.patient)^^^MIMIC^MR\r"
            text +=
                "OBR|1|||\(group.key.isLaboratory ? "LAB^Laboratory^L" : "CHART^Charted observations^L")|||\(stamp(time))\r"
            for (index, event) in members.enumerated() { text += observation(event, index + 1, labels) }
            return Message(
                patient: group.key.patient, controlID: "M\(number + 1)", time: sent, bytes: Array(text.utf8),
                observations: members.count)
        }
    }

    private static func observation(_ event: Event, _ number: Int, _ labels: [String: String]) -> String {
        let (type, value): (String, String)
        if let bound = event.bound {
            (type, value) = ("SN", "\(bound.comparator)^\(bound.number)")
        } else if event.number.isEmpty {
            (type, value) = ("ST", escape(event.value))
        } else {
            (type, value) = ("NM", event.number)
        }
        let identifier = "\(event.item)^\(escape(labels[event.item] ?? ""))^L"
        let table = event.isLaboratory ? "L" : "C"
        return "OBX|\(number)|\(type)|\(identifier)||\(value)|\(escape(event.unit))|||||\(event.isError ? "W" : "F")|||"
            + "\(stamp(event.time))|||||||\(table)\(event.rowID)^MIMIC\r"
    }

    private static func admissions(_ folder: String) throws -> [Message] {
        let patients = try CSVFile(gzip: "\(folder)/patients.csv.gz")
        let (id, gender, born) = (
            try patients.column("subject_id"), try patients.column("gender"), try patients.column("dob")
        )
        var identification: [String: String] = [:]
        for row in patients.rows {
            let day = born(row).prefix(10).filter { $0 != "-" }
            identification[String(id(row))] = "PID|1||\(id(row))^^^MIMIC^MR||MIMIC^Demo||\(day)|\(gender(row))\r"
        }
        let file = try CSVFile(gzip: "\(folder)/admissions.csv.gz")
        let columns = try ["subject_id", "hadm_id", "admittime", "dischtime"].map(file.column)
        var messages: [Message] = []
        for row in file.rows {
            let text = columns.map { String($0(row)) }
            let person = identification[text[0]] ?? "PID|1||\(text[0])^^^MIMIC^MR\r"
            for (event, time) in [("A01", text[2]), ("A03", text[3])] {
                var message =
                    "MSH|^~\\&|MIMIC|BIDMC|HEADWALL|BIDMC|\(stamp(time))||ADT^\(event)^ADT_\(event)|A\(messages.count + 1)|P|2.6\r"
                message += "EVN|\(event)|\(stamp(time))\r" + person
                message +=
                    "PV1|1|I|ICU^^^BIDMC||||||||||||||||\(text[1])^^^MIMIC^VN" + String(repeating: "|", count: 25)
                    + stamp(text[2])
                message += event == "A03" ? "|\(stamp(text[3]))\r" : "\r"
                messages.append(
                    Message(
                        patient: text[0], controlID: "A\(messages.count + 1)", time: time, bytes: Array(message.utf8),
                        observations: 0))
            }
        }
        return messages
    }

    /// `2164-09-24 20:21:00` as HL7 DTM; the data set has no zone.
    private static func stamp(_ time: String) -> String {
        String(decoding: time.utf8.filter { (48...57).contains($0) }, as: UTF8.self)
    }

    private static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: "|^~\\&\r\n".utf8.contains) else { return text }
        var escaped = ""
        for character in text {
            switch character {
            case "|": escaped += "\\F\\"
            case "^": escaped += "\\S\\"
            case "&": escaped += "\\T\\"
            case "~": escaped += "\\R\\"
            case "\\": escaped += "\\E\\"
            case "\r", "\n", "\r\n": escaped += "\\.br\\"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
