import Clinical
import Foundation

/// Vital signs as bedside monitors send them: one ORU^R01 with eight results, every one an input of the scores or a
/// neighbour of one, and different from the patient's last.
struct MonitorCorpus {
    /// Tells runs apart, so that no message repeats one of an earlier run.
    let run: String
    let patients: Int
    private var random = SplitMix64(state: 11)
    private var sent = 0

    init(run: String, patients: Int) {
        self.run = run
        self.patients = patients
    }

    static func patientNumber(_ index: Int) -> String {
        "B\(1_000_000 + index)"
    }

    /// The next messages: one for each patient in turn.
    mutating func next(_ count: Int) -> [[UInt8]] {
        let now = Int64(Date().timeIntervalSince1970)
        return (0..<count).map { _ in message(now) }
    }

    /// The first messages of a corpus.
    func first(_ count: Int) -> [[UInt8]] {
        var corpus = self
        return corpus.next(count)
    }

    private mutating func message(_ now: Int64) -> [UInt8] {
        let patient = sent % patients
        // Each patient's next round of vital signs is a second after the last.
        let time = Self.stamp(now - 3600 + Int64(sent / patients))
        sent += 1
        let saturation = roll(86...99)
        let results = [
            "NM|147842^MDC_ECG_HEART_RATE^MDC||\(roll(50...140))|264864^MDC_DIM_BEAT_PER_MIN^MDC",
            "NM|151562^MDC_RESP_RATE^MDC||\(roll(8...30))|264928^MDC_DIM_RESP_PER_MIN^MDC",
            "NM|150456^MDC_PULS_OXIM_SAT_O2^MDC||\(saturation)|262688^MDC_DIM_PERCENT^MDC",
            "NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC||\(roll(85...180))|266016^MDC_DIM_MMHG^MDC",
            "NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC||\(roll(45...95))|266016^MDC_DIM_MMHG^MDC",
            "NM|3151-8^Inhaled oxygen flow rate^LN||\(saturation < 92 ? 4 : 0)|L/min^^UCUM",
            "CWE|80288-4^Level of consciousness^LN||248234008^Mentally alert^SCT|",
            "NM|150344^MDC_TEMP^MDC||\(roll(35...39)).\(roll(0...9))|268192^MDC_DIM_DEGC^MDC",
        ]
        var text =
            "MSH|^~\\&|MONITORS|HOSPA|HEADWALL|HOSPA|\(time)||ORU^R01^ORU_R01|\(run)\(sent)|P|2.5.1||||||UNICODE UTF-8\r"
        text += "PID|1||\(Self.patientNumber(patient))^^^HOSPA^MR||Bench^Patient||19500101|F\r"
        text += "PV1|1|I|W1^R01^01^HOSPA\rOBR|1|||182777000^Monitoring of patient^SCT|||\(time)\r"
        for (index, result) in results.enumerated() {
            text += "OBX|\(index + 1)|\(result)|||||F|||\(time)\r"
        }
        return Array(text.utf8)
    }

    private mutating func roll(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    private static func stamp(_ seconds: Int64) -> String {
        ClinicalTime(Instant(seconds: seconds)).description.prefix(19).filter { $0.isNumber } + "+0000"
    }
}
