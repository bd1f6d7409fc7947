/// One HTTP request.
public struct TransportRequest: Hashable, Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

    public var method: Method
    /// Absolute, `http` or `https`.
    public var url: String
    public var headers: [Header]
    /// Sent with `post` and `put`.
    public var body: [UInt8]
    /// Time for the whole exchange.
    public var timeout: Duration
    /// Largest body of the response, in bytes after decompression.
    public var maximumBodyBytes: Int

    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        _ method: Method = .get, url: String, headers: [Header] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(30), maximumBodyBytes: Int = 16 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumBodyBytes = maximumBodyBytes
    }
}

/// One HTTP response, whatever its status.
public struct TransportResponse: Hashable, Sendable {
    public var status: Int
    public var headers: [TransportRequest.Header]
    public var body: [UInt8]

    public init(status: Int, headers: [TransportRequest.Header] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of a name; names are the same in upper and lower case (RFC 9110, 5.1).
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Exchanges a request for a response.
public protocol HTTPTransport: Sendable {
    /// - Throws: ``PollingError`` if there is no complete response; a response of any status is not an error.
    func send(_ request: TransportRequest) async throws(PollingError) -> TransportResponse
}
