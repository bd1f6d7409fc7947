/// The other side of a connection, as far as the transport knows it.
public struct MLLPPeer: Hashable, Sendable {
    /// Address and port as text.
    public let address: String
    /// Number of the connection, counted from 1 since the server started.
    public let connection: Int
    /// Common name of the subject of the client certificate; `nil` without one.
    public let certificateName: String?

    public init(address: String, connection: Int, certificateName: String? = nil) {
        self.address = address
        self.connection = connection
        self.certificateName = certificateName
    }
}
