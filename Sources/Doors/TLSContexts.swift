internal import NIOSSL

/// Turns TLS configurations into NIOSSL's contexts. Reads files; called once for each server and client.
enum TLSContexts {
    static func server(_ configuration: TLSServerConfiguration, place: String) throws(DoorError) -> NIOSSLContext {
        let chain = try certificates(configuration.certificateChainFile, place: place)
        let key = try privateKey(configuration.privateKeyFile, place: place)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = .tlsv12
        if let file = configuration.clientAuthorityFile {
            tls.trustRoots = .certificates(try certificates(file, place: place))
            // A client has no host name to check; its chain is verified in full, and it must present one.
            tls.certificateVerification = .noHostnameVerification
        }
        return try context(tls, place: place)
    }

    static func client(_ configuration: TLSClientConfiguration, place: String) throws(DoorError) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = configuration.authorityFile {
            tls.trustRoots = .certificates(try certificates(file, place: place))
        }
        if let file = configuration.certificateChainFile {
            tls.certificateChain = try certificates(file, place: place).map { .certificate($0) }
        }
        if let file = configuration.privateKeyFile {
            tls.privateKey = .privateKey(try privateKey(file, place: place))
        }
        return try context(tls, place: place)
    }

    private static func certificates(_ file: String, place: String) throws(DoorError) -> [NIOSSLCertificate] {
        if let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty { return certificates }
        throw DoorError(.certificate, place: place, "Cannot read PEM certificates from \(file).")
    }

    private static func privateKey(_ file: String, place: String) throws(DoorError) -> NIOSSLPrivateKey {
        if let key = try? NIOSSLPrivateKey(file: file, format: .pem) { return key }
        throw DoorError(.certificate, place: place, "Cannot read a PEM private key without passphrase from \(file).")
    }

    private static func context(_ configuration: TLSConfiguration, place: String) throws(DoorError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw DoorError(.certificate, place: place, "The certificate and the private key do not belong together.")
        }
    }
}
