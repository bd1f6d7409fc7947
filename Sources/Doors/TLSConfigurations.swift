/// TLS of a server: at least version 1.2.
public struct TLSServerConfiguration: Hashable, Sendable {
    /// PEM file with the server's certificate, followed by intermediate certificates.
    public var certificateChainFile: String
    /// PEM file with the private key of the first certificate.
    public var privateKeyFile: String
    /// PEM file with the authorities that client certificates must come from. When set, a client without such a
    /// certificate is refused; when `nil`, clients are not asked for one.
    public var clientAuthorityFile: String?

    public init(certificateChainFile: String, privateKeyFile: String, clientAuthorityFile: String? = nil) {
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.clientAuthorityFile = clientAuthorityFile
    }
}

/// TLS of a client: at least version 1.2; the server's certificate and name are always verified.
public struct TLSClientConfiguration: Hashable, Sendable {
    /// PEM file with the authorities the server's certificate must come from; `nil` for those of the system.
    public var authorityFile: String?
    /// PEM file with the client's certificate, followed by intermediate certificates; `nil` for none.
    public var certificateChainFile: String?
    /// PEM file with the private key of the client's certificate.
    public var privateKeyFile: String?
    /// The name in the server's certificate, where it is not the host that is connected to. A certificate for the very
    /// address connected to is accepted as well.
    public var serverName: String?

    public init(
        authorityFile: String? = nil, certificateChainFile: String? = nil, privateKeyFile: String? = nil,
        serverName: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.serverName = serverName
    }
}
