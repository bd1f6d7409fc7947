import Clinical
import FHIR
import HL7v2

/// ADT and ORU messages. One file a segment group; the message walk is here.
extension MessageDraft {
    mutating func read(_ message: Message) throws(NormalizationError) {
        issues += message.issues
        controlID = message.controlID
        guard let type = message.type else {
            throw NormalizationError(
                code: IssueCode.requiredFieldMissing, place: "MSH[1]-9", "The message does not say what type it is.",
                after: issues)
        }
        try readSendingTime(message)
        switch type.code {
        case "ADT": try readADT(message, type)
        case "ORU": try readORU(message, type)
        default:
            throw NormalizationError(
                code: IssueCode.unsupportedMessageType, place: "MSH[1]-9",
                "This type of message is not supported; ADT and ORU are.", after: issues)
        }
    }

    /// MSH-7, whose offset holds for every time of the message that has none.
    private mutating func readSendingTime(_ message: Message) throws(NormalizationError) {
        do {
            guard let time = try message.timestamp else { return }
            if time.offsetOrigin == .stated { messageZone = .fixed(minutes: time.offsetMinutes) }
            sent = localised(time, at: "MSH[1]-7")
        } catch {
            throw failure(error)
        }
    }

    // MARK: - ADT (v2.5.1 chapter 3)

    private mutating func readADT(_ message: Message, _ type: MessageType) throws(NormalizationError) {
        // EVN-1 repeated the event before MSH-9 had it.
        guard let event = type.event ?? message.segment("EVN")?.field(1).text else {
            throw NormalizationError(
                code: IssueCode.unsupportedEvent, place: "MSH[1]-9.2", "The message does not say which event it is about.",
                after: issues)
        }
        messageType = "ADT^" + event
        let isKnown = tables.contains(event, in: .event)
        if !isKnown {
            guard Self.isADTEvent(event) else {
                throw NormalizationError(
                    code: IssueCode.unsupportedEvent, place: "MSH[1]-9.2", "This is not an ADT event of HL7.", after: issues
                )
            }
            note(
                .information, IssueCode.genericEvent, "MSH[1]-9.2",
                "The event has no row in 0003-adt-event.tsv; patient and visit were updated as the message says.")
        }
        let action = tables.detail(event, in: .event) ?? "visit"
        if action == "keep" {
            note(
                .warning, IssueCode.genericEvent, "MSH[1]-9.2",
                "Deletions of persons are not carried out; the message was read as an update.")
        }
        let rule = VisitRule(status: tables.target(event, in: .event), reopens: action == "reopen")
        try walk(message, visits: action == "patient" || action == "keep" ? nil : rule, merges: action == "merge")
    }

    /// `A01`…`A62` of table 0003.
    private static func isADTEvent(_ event: String) -> Bool {
        guard event.utf8.count == 3, event.hasPrefix("A"), let number = Int(event.dropFirst()) else { return false }
        return (1...62).contains(number)
    }

    // MARK: - ORU (v2.5.1 section 7.3)

    private mutating func readORU(_ message: Message, _ type: MessageType) throws(NormalizationError) {
        messageType = "ORU^" + (type.event ?? "R01")
        switch type.event {
        case "R01": break
        case nil, "R30", "R31", "R32", "R40", "W01":
            note(
                .information, IssueCode.genericEvent, "MSH[1]-9.2", "The message was read as unsolicited results (ORU^R01)."
            )
        default:
            throw NormalizationError(
                code: IssueCode.unsupportedEvent, place: "MSH[1]-9.2", "This is not a result event of HL7.", after: issues)
        }
        try walk(message, visits: nil, merges: false)
        if !message.segments.contains(where: { $0.name == "OBX" }) {
            note(.information, IssueCode.segmentSequence, "OBX", "The message holds no result.")
        }
    }

    // MARK: - The walk

    /// Takes the segments in their order. A PID opens a patient, an OBR an order; OBX belong to what is open.
    ///
    /// - Parameter visits: rule for PV1; `nil` where visits are not changed and PV1 only says to which visit results belong.
    private mutating func walk(_ message: Message, visits: VisitRule?, merges: Bool) throws(NormalizationError) {
        var patient: HL7v2Patient?
        var order: HL7v2Order?
        var orc: Segment?
        var visit: JSON?
        var opened = (event: 0, resource: 0)
        var sawMerge = false
        let segments = message.segments
        events.reserveCapacity(segments.count)

        func missingPatient(_ segment: Segment) -> NormalizationError {
            NormalizationError(
                code: IssueCode.segmentSequence, place: segment.path, "No PID comes before this segment.", after: issues)
        }

        for position in segments.indices {
            let segment = segments[position]
            switch segment.name {
            case "MSH", "EVN":
                if segment.name == "EVN" { _ = try time(segment.field(2)) }
            case "PID":
                if let patient { close(patient, at: opened) }
                (order, orc, visit) = (nil, nil, nil)
                opened = (events.count, reservePlace())
                patient = try self.patient(segment)
            case "PV1":
                guard let patient else { throw missingPatient(segment) }
                if let visits {
                    visit = try self.visit(segment, of: patient, rule: visits)
                } else {
                    countUnread(segment, name: "PV1", read: fieldSet(1, 19))
                    visit = visitIdentifier(segment, of: patient).map { ["identifier": $0.json] }
                }
            case "MRG":
                guard merges, var survivor = patient else {
                    if merges { throw missingPatient(segment) }
                    countUnconverted("MRG")
                    continue
                }
                sawMerge = true
                patient = nil  // so that its links are not copied for each merge
                try merge(segment, into: &survivor)
                patient = survivor
            case "ORC":
                (order, orc) = (nil, segment)
                countUnread(segment, name: "ORC", read: fieldSet(2, 3))
            case "OBR":
                guard patient != nil else { throw missingPatient(segment) }
                order = try self.order(segment, orc: orc, spm: Self.specimen(after: position, in: segments))
                orc = nil
            case "SPM":
                countUnread(segment, name: "SPM", read: fieldSet(1, 4))
            case "OBX":
                guard let patient else { throw missingPatient(segment) }
                try observation(segment, of: patient, order: order, visit: visit)
            default:
                countUnconverted(segment.name)
            }
        }
        guard let patient else {
            throw NormalizationError(
                code: IssueCode.segmentSequence, place: "PID", "The message has no PID, so it is about nobody.",
                after: issues)
        }
        close(patient, at: opened)
        if merges, !sawMerge {
            throw NormalizationError(
                code: IssueCode.segmentSequence, place: "MRG", "A merge needs an MRG segment; this one has none.",
                after: issues)
        }
    }

    /// Adds the patient, before what was said of them.
    private mutating func close(_ patient: HL7v2Patient, at position: (event: Int, resource: Int)) {
        events.insert(.patient(patient.record), at: min(position.event, events.count))
        guard writesBundle else { return }
        var resource = patient.resource
        resource.append("link", patient.links)
        add(resource, type: "Patient", id: patient.key.resourceID, at: position.resource)
    }

    /// The SPM of an order's group: before the next OBR or PID.
    private static func specimen(after position: Int, in segments: Message.Segments) -> Segment? {
        for next in segments[(position + 1)...] {
            switch next.name {
            case "SPM": return next
            case "OBR", "ORC", "PID": return nil
            default: continue
            }
        }
        return nil
    }
}
