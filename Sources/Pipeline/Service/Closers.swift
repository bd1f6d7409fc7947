internal import Polling
internal import ServiceLifecycle
internal import Store

/// Keeps the store open until everything else has stopped.
struct StoreCloser: Service {
    let store: any PersistentStore

    func run() async throws {
        try? await gracefulShutdown()
        try await store.close()
    }
}

/// A poller and the transfer thread that it uses.
struct PollingService: Service {
    let poller: FHIRPoller
    let transport: CurlTransport

    func run() async throws {
        do {
            try await poller.run()
        } catch {
            await transport.shutdown()
            throw error
        }
        await transport.shutdown()
    }
}
