internal import Clinical
internal import Doors
internal import HL7v2
internal import Logging
internal import Store

/// The edge where outcomes become HL7v2 acknowledgements (v2.5.1 section 2.9.2): AA after commit, AE for content that
/// cannot be used, AR for what is not a message this service takes.
extension Intake {
    /// Handles the frames of one read of an MLLP connection, in order.
    func acknowledge(_ frames: [MLLPFrame], defaultSource: String) async -> [[UInt8]?] {
        let arrivals = frames.map { arrival(of: $0, defaultSource: defaultSource) }
        do {
            let outcomes = try await receive(arrivals)
            return zip(arrivals, outcomes).map { arrival, outcome in reply(to: arrival, outcome) }
        } catch {
            logger.error("journal refused a batch", metadata: ["code": "\(error.code)", "messages": "\(frames.count)"])
            return arrivals.map { unavailable($0) }
        }
    }

    func reply(to arrival: Arrival, _ outcome: Outcome) -> [UInt8] {
        switch outcome.fate {
        case .accepted, .duplicate:
            return acknowledgement(arrival, .AA, control: "\(outcome.journalID)", issues: [])
        case .quarantined(let issues):
            // Table 0357: 200–203 say "not here, never", which is a reject; everything else is an error of this message.
            let rejects = issues.first.map { (200...203).contains($0.code) } ?? false
            return acknowledgement(arrival, rejects ? .AR : .AE, control: "\(outcome.journalID)", issues: issues)
        }
    }

    /// Nothing was committed for a reason on this side: the sender must keep the message and try again.
    func unavailable(_ arrival: Arrival) -> [UInt8] {
        acknowledgement(
            arrival, .AR, control: "0",
            issues: [
                Issue(
                    .error, code: 207, place: "",
                    "The journal cannot be written at the moment; send the message again later.")
            ])
    }

    private func acknowledgement(
        _ arrival: Arrival, _ code: Acknowledgement.Code, control: String, issues: [Issue]
    ) -> [UInt8] {
        let (id, now) = ("HW" + control, ServiceClock.wallNow)
        guard let message = try? Message(arrival.bytes) else {
            // A message broken further down is still answered under its own control id.
            return Acknowledgement.build(forUnreadable: arrival.bytes, code: code, controlID: id, time: now, issues: issues)
        }
        return Acknowledgement.build(for: message, code: code, controlID: id, time: now, issues: issues)
    }

    /// Issues of bytes that are not a whole message; such an entry is never processed, not even when requeued.
    static let cutFrameCodes = 1501...1503

    private func arrival(of frame: MLLPFrame, defaultSource: String) -> Arrival {
        switch frame {
        case .message(let bytes):
            return Arrival(source: source(of: bytes) ?? defaultSource, format: .hl7v2, bytes: bytes)
        case .garbage(let count, let kept):
            return Arrival(
                source: defaultSource, format: .hl7v2, bytes: kept,
                refusal: Issue(.error, code: 1501, place: "byte 0", "\(count) bytes outside of any MLLP frame."))
        case .tooLarge(let prefix, let size):
            return Arrival(
                source: defaultSource, format: .hl7v2, bytes: prefix,
                refusal: Issue(
                    .error, code: 1502, place: "byte \(prefix.count)", "A frame of \(size) bytes is over the size limit."))
        case .truncated(let bytes):
            return Arrival(
                source: defaultSource, format: .hl7v2, bytes: bytes,
                refusal: Issue(.error, code: 1503, place: "byte \(bytes.count)", "The frame ended without its end bytes."))
        }
    }

    /// The configured source whose sending application (MSH-3) the message names.
    private func source(of bytes: [UInt8]) -> String? {
        guard !sourcesByApplication.isEmpty, let application = MessageHeader(scanning: bytes)?.sendingApplication else {
            return nil
        }
        return sourcesByApplication[application]
    }
}
