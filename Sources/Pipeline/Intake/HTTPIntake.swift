internal import Clinical
internal import Logging
internal import Store
internal import Web

extension Intake: WebIntake {
    func receive(source: String, format: MessageFormat, bytes: [UInt8]) async -> IntakeResult {
        let arrival = Arrival(source: source, format: format, bytes: bytes)
        do {
            guard let outcome = try await receive([arrival]).first else {
                return IntakeResult(.unavailable(retryAfterSeconds: 5))
            }
            let reply = format == .hl7v2 ? reply(to: arrival, outcome) : []
            switch outcome.fate {
            case .accepted: return IntakeResult(.accepted(journal: outcome.journalID), reply: reply)
            case .duplicate: return IntakeResult(.duplicate(journal: outcome.journalID), reply: reply)
            case .quarantined(let issues): return IntakeResult(.quarantined(issues), reply: reply)
            }
        } catch {
            logger.error("journal refused a body", metadata: ["code": "\(error.code)"])
            return IntakeResult(.unavailable(retryAfterSeconds: 5), reply: format == .hl7v2 ? unavailable(arrival) : [])
        }
    }
}
