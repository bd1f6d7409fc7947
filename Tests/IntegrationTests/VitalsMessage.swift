import Clinical

/// An ORU^R01 of a bedside monitor.
struct VitalsMessage {
    var control: String
    var number = "A0000001"
    var name = "Tanaka^Aaron"
    /// DTM text, of the message and of its results.
    var time = "20260105080000+0100"
    /// When the results were taken, if not at the time of the message.
    var resultTime: String?
    /// OBX-11.
    var status = "F"
    /// Code, value and unit of each result, as they stand in OBX-3, OBX-5 and OBX-6.
    var results: [(code: String, value: String, unit: String)] = []
    var type = "ORU^R01^ORU_R01"
    var characterSet = "UNICODE UTF-8"
    var birth = "19410816"

    static let heartRate = "147842^MDC_ECG_HEART_RATE^MDC"
    static let perMinute = "264864^MDC_DIM_BEAT_PER_MIN^MDC"

    /// Every input of NEWS2.
    static func news2(
        heartRate: Int, respiratoryRate: Int, saturation: Int, systolic: Int, temperature: String, oxygen: Int = 0,
        isAlert: Bool = true
    ) -> [(code: String, value: String, unit: String)] {
        [
            (Self.heartRate, "\(heartRate)", perMinute),
            ("151562^MDC_RESP_RATE^MDC", "\(respiratoryRate)", "264928^MDC_DIM_RESP_PER_MIN^MDC"),
            ("150456^MDC_PULS_OXIM_SAT_O2^MDC", "\(saturation)", "262688^MDC_DIM_PERCENT^MDC"),
            ("150021^MDC_PRESS_BLD_NONINV_SYS^MDC", "\(systolic)", "266016^MDC_DIM_MMHG^MDC"),
            ("3151-8^Inhaled oxygen flow rate^LN", "\(oxygen)", "L/min^^UCUM"),
            ("80288-4^Level of consciousness^LN", isAlert ? "248234008^Mentally alert^SCT" : "300202002^Voice^SCT", ""),
            ("150344^MDC_TEMP^MDC", temperature, "268192^MDC_DIM_DEGC^MDC"),
        ]
    }

    var segments: [String] {
        var lines = [
            "MSH|^~\\&|MONITORS|HOSPA|HEADWALL|HOSPA|\(time)||\(type)|\(control)|P|2.5.1||||||\(characterSet)",
            "PID|1||\(number)^^^HOSPA^MR||\(name)||\(birth)|M",
            "PV1|1|I|W7^R01^01^HOSPA||||||||||||||||V\(number)^^^HOSPA^VN",
            "OBR|1|||182777000^Monitoring of patient^SCT|||\(resultTime ?? time)",
        ]
        for (index, result) in results.enumerated() {
            let kind = result.value.contains("^") ? "CWE" : "NM"
            lines.append(
                "OBX|\(index + 1)|\(kind)|\(result.code)||\(result.value)|\(result.unit)|||||\(status)|||\(resultTime ?? time)"
            )
        }
        return lines
    }

    var bytes: [UInt8] { utf8(segments.joined(separator: "\r") + "\r") }

    /// DTM in UTC with an offset.
    static func stamp(_ instant: Instant) -> String {
        ClinicalTime(instant).description.prefix(19).filter { $0.isNumber } + "+0000"
    }
}
