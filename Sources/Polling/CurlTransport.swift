internal import CCurl
internal import Foundation
public import ServiceLifecycle

/// HTTP through libcurl: one thread of its own drives all transfers.
///
/// TLS 1.2 or later with the server's certificate and name verified, HTTP and HTTPS only, redirects not followed, no
/// proxy and no credentials from the environment, sizes and times bounded. End it with ``shutdown()``, or run it as a
/// service.
public final class CurlTransport: HTTPTransport {
    /// Settings common to all requests.
    public struct Configuration: Hashable, Sendable {
        /// Time for connecting, TLS included.
        public var connectTimeout: Duration
        /// Largest headers of a response, in bytes.
        public var maximumHeaderBytes: Int
        /// PEM file with the authorities that server certificates must come from; `nil` for those of the system.
        public var authorityFile: String?
        /// PEM files with the certificate and the private key to show to the server; `nil` for none.
        public var certificateFile: String?
        public var privateKeyFile: String?
        /// `http://host:port`; `nil` connects directly, whatever the environment says.
        public var proxy: String?
        public var userAgent: String

        public init(
            connectTimeout: Duration = .seconds(10), maximumHeaderBytes: Int = 64 << 10, authorityFile: String? = nil,
            certificateFile: String? = nil, privateKeyFile: String? = nil, proxy: String? = nil,
            userAgent: String = "headwall"
        ) {
            self.connectTimeout = connectTimeout
            self.maximumHeaderBytes = maximumHeaderBytes
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.privateKeyFile = privateKeyFile
            self.proxy = proxy
            self.userAgent = userAgent
        }
    }

    private let loop: CurlLoop

    /// Starts the thread.
    ///
    /// - Throws: ``PollingError`` when libcurl cannot be set up.
    public init(configuration: Configuration = Configuration()) throws(PollingError) {
        loop = try CurlLoop(configuration: configuration)
        let thread = Thread { [loop] in loop.run() }
        thread.name = "headwall.curl"
        thread.start()
    }

    deinit {
        loop.stop()
    }

    public func send(_ request: TransportRequest) async throws(PollingError) -> TransportResponse {
        try CurlTransfer.check(request)
        let loop = loop
        let transfer = CurlTransfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(transfer, continuation)
            }
        } onCancel: {
            loop.cancel(transfer.id)
        }
        return try result.get()
    }

    /// Ends all transfers with an error and returns when the thread has ended.
    public func shutdown() async {
        await loop.stopped()
    }
}

extension CurlTransport: Service {
    /// Waits for graceful shutdown or cancellation, then shuts down.
    public func run() async throws {
        try? await gracefulShutdown()
        await shutdown()
    }
}
