internal import Doors
internal import HL7v2
internal import Store

/// Delivers over one MLLP connection, opened when there is something to send.
actor MLLPCourier: Courier {
    private let destination: Configuration.Destination
    private var client: MLLPClient?

    init(_ destination: Configuration.Destination) {
        self.destination = destination
    }

    func deliver(_ deliveries: [Delivery]) async -> [CourierResult] {
        do {
            let client = try await connected()
            let written = deliveries.filter { !$0.payload.isEmpty }
            let replies = await client.sendPipelined(written.map(\.payload), window: destination.window)
            if replies.contains(where: { if case .failure = $0 { true } else { false } }) { await close() }
            let results = Dictionary(zip(written.map(\.id), replies.map(Self.result))) { first, _ in first }
            return deliveries.map { results[$0.id] ?? .refused("The result could not be written as HL7v2.") }
        } catch {
            return deliveries.map { _ in .failed(error.reason) }
        }
    }

    func close() async {
        await client?.close()
        client = nil
    }

    private func connected() async throws(DoorError) -> MLLPClient {
        if let client { return client }
        let limits = MLLPClient.Limits(connectTimeout: destination.timeout, replyTimeout: destination.timeout)
        let fresh = try await MLLPClient.connect(host: destination.host, port: destination.port, limits: limits)
        client = fresh
        return fresh
    }

    /// AA and CA say it arrived; AR and CR that it never will; AE and CE that it may be tried again (v2.5.1, 2.9.2).
    private static func result(_ reply: Result<[UInt8], DoorError>) -> CourierResult {
        switch reply {
        case .failure(let error): return .failed(error.reason)
        case .success(let bytes):
            guard let acknowledgement = try? Acknowledgement.parse(bytes) else {
                return .failed("The reply is not an acknowledgement.")
            }
            switch acknowledgement.code {
            case .AA, .CA: return .delivered
            case .AR, .CR: return .refused("The receiver rejected the message (\(acknowledgement.code.rawValue)).")
            case .AE, .CE: return .failed("The receiver reported an error (\(acknowledgement.code.rawValue)).")
            }
        }
    }
}
