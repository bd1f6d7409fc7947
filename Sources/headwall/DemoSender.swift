import Clinical
import Doors
import Pipeline
import Polling
import Simulation

/// Sends the recorded day in its order, each message through its own door.
struct DemoSender {
    let addresses: HeadwallServer.Addresses
    let ehr: ScriptedFHIRServer

    func send(_ deliveries: [Simulation.Delivery]) async throws -> Int {
        guard let mllp = addresses.mllp.values.first, let http = addresses.http else {
            throw PipelineError(.software, place: "demo", "a door is not open")
        }
        let transport = try CurlTransport()
        var clients: [String: MLLPClient] = [:]
        var progress = ProgressBar("sending the ward day", total: deliveries.count)
        var sent = 0
        for (index, delivery) in deliveries.enumerated() {
            switch delivery.door {
            case .mllp:
                let client: MLLPClient
                if let open = clients[delivery.source] {
                    client = open
                } else {
                    client = try await MLLPClient.connect(host: "127.0.0.1", port: mllp)
                    clients[delivery.source] = client
                }
                _ = try await client.send(delivery.bytes)
                sent += 1
            case .fhir:
                try await post(delivery, to: "http://127.0.0.1:\(http)/fhir", type: "application/fhir+json", transport)
                sent += 1
            case .cda:
                try await post(delivery, to: "http://127.0.0.1:\(http)/cda", type: "application/xml", transport)
                sent += 1
            case .poll:
                await ehr.add(delivery.bytes)
            }
            progress.show(index + 1)
        }
        for client in clients.values { await client.close() }
        await transport.shutdown()
        await ehr.complete()
        return sent
    }

    private func post(_ delivery: Simulation.Delivery, to url: String, type: String, _ transport: CurlTransport)
        async throws
    {
        let headers = [TransportRequest.Header("Content-Type", type), .init("X-Headwall-Source", delivery.source)]
        let response = try await transport.send(TransportRequest(.post, url: url, headers: headers, body: delivery.bytes))
        guard response.status == 202 || response.status == 200 else {
            throw PipelineError(.software, place: url, "answered \(response.status)")
        }
    }
}
