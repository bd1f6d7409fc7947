internal import Clinical

/// Writes the HL7v2 messages of hospital A. Values are our own, so nothing needs escaping.
struct HL7Feed: Sendable {
    static let assigner = "HOSPA"
    /// Local time of the hospital, minutes east of UTC (winter in central Europe).
    static let offsetMinutes = 60

    /// One OBX: identifier, value type, value, unit, result status.
    struct Result {
        var identifier: String
        var type = "NM"
        var value: String
        var unit = ""
        var status = "F"
        var subID = ""
    }

    private var counters: [String: Int] = [:]

    init() {}

    mutating func admission(_ event: String, _ patient: SimulatedPatient, at time: Instant, ward: String? = nil) -> [UInt8]
    {
        let location = "\(ward ?? patient.ward)^\(patient.room)^\(patient.bed)^HOSPA"
        var segments = [
            header("ADT", event, sender: "ADT", time: time, stamped: true),
            "EVN|\(event)|\(Self.stamp(time, offset: true))",
            identification(patient),
        ]
        var visit = "PV1|1|I|\(location)||||||||||||||||V\(patient.medicalRecordNumber)^^^HOSPA^VN"
        visit += String(repeating: "|", count: 25) + Self.stamp(admitted, offset: true)
        if event == "A03" { visit += "|" + Self.stamp(time, offset: true) }
        segments.append(visit)
        return join(segments)
    }

    /// When every patient of the simulation was admitted; set once by the ward.
    var admitted = Instant(microseconds: 0)

    mutating func merge(_ patient: SimulatedPatient, retired: String, at time: Instant) -> [UInt8] {
        join([
            header("ADT", "A40", structure: "ADT_A39", sender: "ADT", time: time, stamped: true),
            "EVN|A40|\(Self.stamp(time, offset: true))", identification(patient), "MRG|\(retired)^^^HOSPA^MR",
        ])
    }

    mutating func vitals(_ patient: SimulatedPatient, number: String? = nil, at time: Instant, temperature: Bool) -> [UInt8]
    {
        let vitals = patient.physiology.vitals
        // The monitors write local time without an offset; their zone is configured.
        let taken = Self.stamp(time, offset: false)
        var results = [
            Result(identifier: "147842^MDC_ECG_HEART_RATE^MDC", value: "\(vitals.heartRate)", unit: Self.beats),
            Result(identifier: "151562^MDC_RESP_RATE^MDC", value: "\(vitals.respiratoryRate)", unit: Self.breaths),
            Result(identifier: "150456^MDC_PULS_OXIM_SAT_O2^MDC", value: "\(vitals.oxygenSaturation)", unit: Self.percent),
            Result(identifier: "150021^MDC_PRESS_BLD_NONINV_SYS^MDC", value: "\(vitals.systolic)", unit: Self.pressure),
            Result(identifier: "150022^MDC_PRESS_BLD_NONINV_DIA^MDC", value: "\(vitals.diastolic)", unit: Self.pressure),
            Result(
                identifier: "150023^MDC_PRESS_BLD_NONINV_MEAN^MDC", value: "\(vitals.meanPressure)", unit: Self.pressure),
            Result(identifier: "3151-8^Inhaled oxygen flow rate^LN", value: "\(vitals.oxygenFlow)", unit: "L/min^^UCUM"),
            Result(
                identifier: "80288-4^Level of consciousness^LN", type: "CWE",
                value: Self.consciousness(vitals.consciousness)),
        ]
        if temperature {
            results.append(
                Result(
                    identifier: "150344^MDC_TEMP^MDC", value: Self.tenths(vitals.temperatureTenths),
                    unit: "268192^MDC_DIM_DEGC^MDC"))
        }
        if patient.physiology.course == .hypercapnic {
            results.append(
                Result(identifier: "spo2-scale^SpO2 scale^urn:headwall:codes:clinical", value: "2"))
        }
        var segments = [
            header("ORU", "R01", sender: "MONITORS", time: time.adding(seconds: 20), stamped: false),
            identification(patient, number: number), "PV1|1|I|\(patient.ward)^\(patient.room)^\(patient.bed)^HOSPA",
            "OBR|1|||182777000^Monitoring of patient^SCT|||\(taken)",
        ]
        segments += observations(results, at: taken)
        return join(segments)
    }

    /// - Parameter order: filler order number; a correction repeats it.
    mutating func laboratory(
        _ patient: SimulatedPatient, order: String, results: [Result], collected: Instant, at time: Instant
    ) -> [UInt8] {
        let taken = Self.stamp(collected, offset: true)
        var order = "OBR|1||\(order)^LABA|PANEL^Laboratory panel^99LABA|||\(taken)"
        order += String(repeating: "|", count: 15) + Self.stamp(time, offset: true) + "|||F"
        return join(
            [header("ORU", "R01", sender: "LABA", time: time, stamped: true), identification(patient), order]
                + observations(results, at: taken))
    }

    private func observations(_ results: [Result], at taken: String) -> [String] {
        results.enumerated().map { index, result in
            let value = "\(result.type)|\(result.identifier)|\(result.subID)|\(result.value)|\(result.unit)"
            return "OBX|\(index + 1)|\(value)|||||\(result.status)|||\(taken)"
        }
    }

    private mutating func header(
        _ type: String, _ event: String, structure: String? = nil, sender: String, time: Instant, stamped: Bool
    ) -> String {
        counters[sender, default: 0] += 1
        let control = sender + SimulatedPatient.padded(counters[sender, default: 0], 9)
        let structure = structure ?? (type == "ADT" && event != "A02" && event != "A03" ? "ADT_A01" : "\(type)_\(event)")
        let sent = Self.stamp(time, offset: stamped)
        return
            "MSH|^~\\&|\(sender)|HOSPA|HEADWALL|HOSPA|\(sent)||\(type)^\(event)^\(structure)|\(control)|P|2.5.1||||||UNICODE UTF-8"
    }

    private func identification(_ patient: SimulatedPatient, number: String? = nil) -> String {
        let birth = patient.birth.description.filter { $0 != "-" }
        let identifier = "\(number ?? patient.medicalRecordNumber)^^^HOSPA^MR"
        return "PID|1||\(identifier)||\(patient.family)^\(patient.given)||\(birth)|\(patient.sex)"
    }

    private func join(_ segments: [String]) -> [UInt8] {
        Array((segments.joined(separator: "\r") + "\r").utf8)
    }

    static func stamp(_ time: Instant, offset: Bool) -> String {
        let local = ClinicalTime(time.adding(seconds: Int64(offsetMinutes) * 60)).description.prefix(19)
        return local.filter { $0 != "-" && $0 != ":" && $0 != "T" } + (offset ? "+0100" : "")
    }

    static func tenths(_ value: Int) -> String {
        "\(value / 10).\(value % 10)"
    }

    /// HL7 answer as a SNOMED CT concept, as nursing systems send it.
    static func consciousness(_ letter: Character) -> String {
        switch letter {
        case "C": "130987000^Acute confusion^SCT"
        case "V": "300202002^Responds to voice^SCT"
        case "P": "450847001^Responds to pain^SCT"
        case "U": "422768004^Unresponsive^SCT"
        default: "248234008^Mentally alert^SCT"
        }
    }

    private static let beats = "264864^MDC_DIM_BEAT_PER_MIN^MDC"
    private static let breaths = "264928^MDC_DIM_RESP_PER_MIN^MDC"
    private static let percent = "262688^MDC_DIM_PERCENT^MDC"
    private static let pressure = "266016^MDC_DIM_MMHG^MDC"
}
