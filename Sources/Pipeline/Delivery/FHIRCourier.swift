internal import Foundation
internal import Polling
internal import Store

/// Delivers transaction Bundles to a FHIR server, several at a time.
struct FHIRCourier: Courier {
    let destination: Configuration.Destination
    let transport: any HTTPTransport

    func deliver(_ deliveries: [Delivery]) async -> [CourierResult] {
        let token = destination.tokenFile.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        if destination.tokenFile != nil, token == nil {
            return deliveries.map { _ in .failed("The file with the bearer token cannot be read.") }
        }
        var results = [CourierResult](repeating: .failed("Not sent."), count: deliveries.count)
        for start in stride(from: 0, to: deliveries.count, by: destination.window) {
            let end = min(start + destination.window, deliveries.count)
            await withTaskGroup(of: (Int, CourierResult).self) { group in
                for index in start..<end {
                    group.addTask { (index, await send(deliveries[index], token: token)) }
                }
                for await (index, result) in group { results[index] = result }
            }
        }
        return results
    }

    func close() async {}

    private func send(_ delivery: Delivery, token: String?) async -> CourierResult {
        var headers = [TransportRequest.Header("Content-Type", "application/fhir+json")]
        if let token { headers.append(.init("Authorization", "Bearer \(token)")) }
        let request = TransportRequest(
            .post, url: destination.url, headers: headers, body: delivery.payload, timeout: destination.timeout)
        do {
            let response = try await transport.send(request)
            switch response.status {
            case 200..<300: return .delivered
            case 400, 409, 410, 413, 415, 422: return .refused("The server answered \(response.status).")
            default: return .failed("The server answered \(response.status).")
            }
        } catch {
            return .failed(error.reason)
        }
    }
}
