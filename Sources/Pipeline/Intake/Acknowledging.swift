internal import Clinical
internal import Doors
internal import HL7v2
internal import Logging
internal import Store

/// The edge where outcomes become HL7v2 acknowledgements (v2.5.1 sections 2.9.2 and 2.9.3): accepted after commit, an error
/// for content that cannot be used, a reject for what is not a message this service takes. MSH-15 and MSH-16 say which
/// answers the sender wants, CA and AA or one of them; without either it gets AA.
extension Intake {
    /// Handles the frames of one read of an MLLP connection, in order. Gives the answers to each.
    func acknowledge(_ frames: [MLLPFrame], defaultSource: String) async -> [[[UInt8]]] {
        let arrivals = frames.map { arrival(of: $0, defaultSource: defaultSource) }
        do {
            let outcomes = try await receive(arrivals)
            return zip(arrivals, outcomes).map { arrival, outcome in answers(to: arrival, Answer(outcome)) }
        } catch {
            logger.error("journal refused a batch", metadata: ["code": "\(error.code)", "messages": "\(frames.count)"])
            return arrivals.map { answers(to: $0, .unavailable) }
        }
    }

    /// The one answer that a synchronous exchange has room for: what the sender asked for first, else AA, AE or AR.
    func reply(to arrival: Arrival, _ outcome: Outcome) -> [UInt8] { onlyAnswer(to: arrival, Answer(outcome)) }

    /// Nothing was committed for a reason on this side: the sender must keep the message and try again.
    func unavailable(_ arrival: Arrival) -> [UInt8] { onlyAnswer(to: arrival, .unavailable) }

    /// What became of a message, in the terms of an acknowledgement.
    private struct Answer {
        var result: Acknowledgement.Outcome
        var control: String
        var issues: [Issue]

        init(_ outcome: Outcome) {
            control = "\(outcome.journalID)"
            switch outcome.fate {
            case .accepted, .duplicate: (result, issues) = (.accepted, [])
            case .quarantined(let found):
                // Table 0357: 200–203 say "not here, never", which is a reject; everything else is an error of this message.
                let rejects = found.first.map { (200...203).contains($0.code) } ?? false
                (result, issues) = (rejects ? .rejected : .error, found)
            }
        }

        private init(result: Acknowledgement.Outcome, control: String, issues: [Issue]) {
            (self.result, self.control, self.issues) = (result, control, issues)
        }

        static let unavailable = Answer(
            result: .rejected, control: "0",
            issues: [
                Issue(
                    .error, code: 207, place: "",
                    "The journal cannot be written at the moment; send the message again later.")
            ])
    }

    private func answers(to arrival: Arrival, _ answer: Answer) -> [[UInt8]] {
        let message = try? Message(arrival.bytes)
        // A message broken further down is still answered under its own control id.
        let header = message.map { MessageHeader($0) } ?? MessageHeader(scanning: arrival.bytes)
        let codes = Acknowledgement.Stage.allCases.compactMap {
            Acknowledgement.code(for: header, at: $0, answer.result)
        }
        return codes.enumerated().map { index, code in
            build(header, code, control: answer.control + (index == 0 ? "" : "A"), answer.issues)
        }
    }

    private func onlyAnswer(to arrival: Arrival, _ answer: Answer) -> [UInt8] {
        if let first = answers(to: arrival, answer).first { return first }
        // The sender asked for none, but an HTTP response has a body all the same.
        let code: Acknowledgement.Code =
            switch answer.result {
            case .accepted: .AA
            case .error: .AE
            case .rejected: .AR
            }
        return build(MessageHeader(scanning: arrival.bytes), code, control: answer.control, answer.issues)
    }

    private func build(
        _ header: MessageHeader?, _ code: Acknowledgement.Code, control: String, _ issues: [Issue]
    ) -> [UInt8] {
        Acknowledgement.build(
            header: header, code: code, controlID: "HW" + control, time: ServiceClock.wallNow, issues: issues)
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
