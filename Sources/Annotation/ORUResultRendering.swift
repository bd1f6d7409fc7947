public import Clinical
public import HL7v2

/// A decision as an ORU^R01 message for the interface engine (HL7 v2.5.1, chapter 7).
///
/// One OBR; the first OBX is the score (NM; SN with a range when inputs are missing; without value and with `X` in OBX-11
/// when nothing can be said), followed by NTE with what is missing; the second OBX is the level (CWE); then one OBX for
/// each part, numbered in OBX-4, with its reason in an NTE.
public enum ORUResultRendering {
    /// Who sends it to whom (MSH-3 to MSH-6, MSH-11).
    public struct Route: Sendable, Hashable {
        public var sendingApplication: String
        public var sendingFacility: String
        public var receivingApplication: String
        public var receivingFacility: String
        /// Table 0103: `P` production, `T` training, `D` debugging.
        public var processingID: String

        public init(
            sendingApplication: String = "HEADWALL", sendingFacility: String = "", receivingApplication: String = "",
            receivingFacility: String = "", processingID: String = "P"
        ) {
            self.sendingApplication = sendingApplication
            self.sendingFacility = sendingFacility
            self.receivingApplication = receivingApplication
            self.receivingFacility = receivingFacility
            self.processingID = processingID
        }
    }

    /// MSH-10: 20 digits (the length of the field in v2.5.1) from the decision's id and the moment it speaks of. The same
    /// inputs can hold again after others did; that is another message, which a receiver must not take for a repeat.
    public static func controlID(_ decision: Decision) -> String {
        String(ContentDigest.identifier("ORU", decision.id, "\(decision.asOf.known.microseconds)").prefix(20))
    }

    /// - Parameters:
    ///   - patient: Name, birth date and sex for PID-5, 7 and 8; `nil` where they are not known.
    ///   - assigners: Namespace (PID-3.4.1) by the URI of the assigning authority.
    /// - Throws: What `MessageBuilder` throws; no decision leads to it.
    public static func render(
        _ decision: Decision, route: Route = Route(), patient: PatientRecord? = nil, assigners: [String: String] = [:]
    ) throws(HL7v2Error) -> [UInt8] {
        let summary = DecisionSummary(decision)
        // MSH-7 is when the decision was made, not when it is rendered: the same decision gives the same bytes.
        var message = MessageBuilder(
            type: MessageType(code: "ORU", event: "R01", structure: "ORU_R01"), controlID: controlID(decision),
            time: decision.asOf.known, version: "2.5.1", processingID: route.processingID)
        message.header.set(3, to: route.sendingApplication)
        message.header.set(4, to: route.sendingFacility)
        message.header.set(5, to: route.receivingApplication)
        message.header.set(6, to: route.receivingFacility)
        message.append(identification(decision.patient, record: patient, assigners: assigners))
        message.append(request(decision, route: route))

        var sequence = 1
        message.append(score(decision, sequence: sequence))
        for (index, text) in notes(decision, summary: summary).enumerated() {
            message.append(note(text, sequence: index + 1))
        }
        sequence += 1
        message.append(level(decision, sequence: sequence))
        if !decision.level.action.isEmpty { message.append(note(decision.level.action, sequence: 1)) }
        for (index, reason) in decision.reasons.enumerated() {
            sequence += 1
            message.append(part(reason, of: decision, sequence: sequence, subID: index + 1))
            let text = [reason.text, reason.band].filter { !$0.isEmpty }.joined(separator: ", ")
            if !text.isEmpty { message.append(note(text, sequence: 1)) }
        }
        return try message.build()
    }

    private static func notes(_ decision: Decision, summary: DecisionSummary) -> [String] {
        var notes: [String] = []
        if let insufficient = summary.insufficient { notes.append("No result: " + insufficient) }
        for missing in summary.missing { notes.append("Missing input: \(missing.label), \(missing.reason)") }
        return notes + decision.lateNotes + decision.notes
    }

    // MARK: Segments

    private static func identification(
        _ key: PatientKey, record: PatientRecord?, assigners: [String: String]
    ) -> SegmentBuilder {
        var pid = SegmentBuilder("PID")
        pid.set(1, to: "1")
        pid.set(3, to: key.value.exposed)
        // HD of the assigner: the namespace where one is configured, and the URI or OID with its type (table 0301).
        pid.set(3, component: 4, subcomponent: 1, to: assigners[key.system])
        let oid = "urn:oid:"
        let isOID = key.system.hasPrefix(oid)
        pid.set(3, component: 4, subcomponent: 2, to: isOID ? String(key.system.dropFirst(oid.count)) : key.system)
        pid.set(3, component: 4, subcomponent: 3, to: isOID ? "ISO" : "URI")
        pid.set(3, component: 5, to: "MR")
        if let name = record?.name?.exposed, !name.isEmpty {
            // PatientRecord has `Family, Given`.
            let parts = name.split(separator: ",", maxSplits: 1).map { trimmed($0) }
            pid.set(5, components: [parts.first, parts.count > 1 ? parts[1] : nil])
            pid.set(5, component: 7, to: "L")
        } else {
            // PID-5 is required; U in table 0200 is "unspecified".
            pid.set(5, component: 7, to: "U")
        }
        if let birth = record?.birthDate?.exposed { pid.set(7, time: birth) }
        switch record?.sex {
        case .female: pid.set(8, to: "F")
        case .male: pid.set(8, to: "M")
        case .other: pid.set(8, to: "O")
        case .unknown: pid.set(8, to: "U")
        case nil: break
        }
        return pid
    }

    private static func request(_ decision: Decision, route: Route) -> SegmentBuilder {
        var obr = SegmentBuilder("OBR")
        obr.set(1, to: "1")
        obr.set(3, components: [controlID(decision), route.sendingApplication])
        obr.set(4, components: code(decision.model))
        obr.set(7, to: DateTimeWriter.text(decision.asOf.effective))
        obr.set(22, to: DateTimeWriter.text(decision.asOf.known))
        obr.set(25, to: "F")
        return obr
    }

    private static func score(_ decision: Decision, sequence: Int) -> SegmentBuilder {
        var obx = result(decision, sequence: sequence)
        obx.set(3, components: code(decision.model))
        switch decision.result {
        case .estimate(let estimate):
            if let value = estimate.value {
                setNumber(&obx, low: value, high: value, scale: decision.scale)
            } else {
                setNumber(&obx, low: estimate.low, high: estimate.high, scale: decision.scale)
            }
            obx.set(8, to: abnormalFlag(decision))
        case .insufficient:
            // Table 0085: "Results cannot be obtained for this observation"; OBX-2 is then not required.
            obx.set(11, to: "X")
        }
        return obx
    }

    private static func level(_ decision: Decision, sequence: Int) -> SegmentBuilder {
        var obx = result(decision, sequence: sequence)
        obx.set(2, to: "CWE")
        obx.set(3, components: [decision.model.name + ".level", decision.model.title + " level", localSystem])
        obx.set(5, components: [decision.level.name, decision.level.name + " risk", localSystem])
        obx.set(8, to: abnormalFlag(decision))
        return obx
    }

    private static func part(_ reason: Reason, of decision: Decision, sequence: Int, subID: Int) -> SegmentBuilder {
        var obx = result(decision, sequence: sequence)
        obx.set(3, components: [decision.model.name + "." + reason.name, reason.label, localSystem])
        obx.set(4, to: String(subID))
        setNumber(&obx, low: reason.low, high: reason.high, scale: decision.scale)
        return obx
    }

    private static func note(_ text: String, sequence: Int) -> SegmentBuilder {
        var nte = SegmentBuilder("NTE")
        nte.set(1, to: String(sequence))
        // Table 0105: the filler is the source of the comment.
        nte.set(2, to: "L")
        nte.set(3, to: text)
        return nte
    }

    // MARK: Fields

    /// Table 0396: local codes are `99` and up to three letters or digits.
    private static let localSystem = "99HWL"

    private static func code(_ model: ModelReference) -> [String?] {
        let local: [String?] = [model.name, model.title, localSystem]
        guard let published = ScoreCode.published(model), published.system == CodeSystem.snomed else { return local }
        return [published.code, published.display, "SCT"] + local
    }

    private static func result(_ decision: Decision, sequence: Int) -> SegmentBuilder {
        var obx = SegmentBuilder("OBX")
        obx.set(1, to: String(sequence))
        obx.set(11, to: "F")
        obx.set(14, to: DateTimeWriter.text(decision.asOf.effective))
        obx.set(17, components: [decision.model.name, "\(decision.model.title) \(decision.model.version)", localSystem])
        return obx
    }

    /// OBX-2, OBX-5 and OBX-6. A range is SN, `^5^-^9` (section 2.A.68: comparator, number, separator, number).
    private static func setNumber(_ obx: inout SegmentBuilder, low: Double, high: Double, scale: Decision.Scale) {
        let (factor, unit): (Double, String) =
            switch scale {
            case .points: (1, "{score}")
            case .index: (1, "1")
            case .probability: (100, "%")
            }
        func number(_ value: Double) -> String {
            // Four decimals are more than any score has, and hide what doubles cannot hold.
            let text = ResultWords.fixed(value * factor, decimals: 4)
            return ExactDecimal(text)?.normalized.description ?? text
        }
        if low == high {
            obx.set(2, to: "NM")
            obx.set(5, to: number(low))
        } else {
            obx.set(2, to: "SN")
            obx.set(5, components: [nil, number(low), "-", number(high)])
        }
        obx.set(6, components: [unit, nil, "UCUM"])
    }

    /// Table 0078: `N` normal, `A` abnormal, `AA` very abnormal. A range is never more than `A`: that it could be that
    /// high is not that it is.
    static func abnormalFlag(_ decision: Decision) -> String? {
        guard case .estimate(let estimate) = decision.result else { return nil }
        switch decision.level.colour {
        case .green: return "N"
        case .yellow, .orange: return "A"
        case .red: return estimate.value == nil && estimate.low < estimate.high ? "A" : "AA"
        case .none: return nil
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
