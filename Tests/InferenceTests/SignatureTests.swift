import Clinical
import Foundation
import Inference
import Testing

/// Signatures, with keys and one signature made by OpenSSL's command line.
struct SignatureTests {
    private static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private struct Keys {
        var folder: URL
        var secret: [UInt8]
        var open: [UInt8]
    }

    private func keys() throws -> Keys {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.run("genpkey", "-algorithm", "ed25519", "-out", folder.path + "/key.pem")
        try Self.run("pkey", "-in", folder.path + "/key.pem", "-pubout", "-out", folder.path + "/key.pub.pem")
        return Keys(
            folder: folder, secret: [UInt8](try Data(contentsOf: folder.appending(path: "key.pem"))),
            open: [UInt8](try Data(contentsOf: folder.appending(path: "key.pub.pem"))))
    }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(openssl))
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    private func load(
        _ signatures: [UInt8]?, trusted: [Signature.PublicKey], name: String = "qsofa"
    ) throws -> ModelPackage {
        try ModelPackage(
            manifest: manifest(name), files: signatures.map { [Signature.file: $0] } ?? [:], trusted: trusted)
    }

    @Test(.enabled(if: openssl != nil, "openssl is not there: no key was made and nothing was signed"))
    func aSignedPackageIsLoadedAndAnotherIsNot() throws {
        let (own, other) = (try keys(), try keys())
        let unsigned = try load(nil, trusted: [])
        let trusted = [try Signature.PublicKey(name: "own.pem", pem: own.open)]
        let signed = try Signature.PrivateKey(pem: own.secret).sign(unsigned, existing: nil)
        let package = try load(signed, trusted: trusted)
        #expect(package.signers == ["own.pem"])
        // The signature is not part of what it vouches for.
        #expect(package.reference.digest == unsigned.reference.digest)

        for (signatures, name) in [
            (nil, "qsofa"), (try Signature.PrivateKey(pem: other.secret).sign(unsigned, existing: nil), "qsofa"),
            // Over another package.
            (signed, "news2"),
        ] {
            let error = #expect(throws: InferenceError.self) { try load(signatures, trusted: trusted, name: name) }
            #expect(error?.cause == .signature)
            #expect(error?.place == "signatures.json")
        }
        // Two keys sign one package; either is enough.
        let both = try Signature.PrivateKey(pem: other.secret).sign(unsigned, existing: signed)
        #expect(try load(both, trusted: trusted).signers == ["own.pem"])
        #expect(
            try load(both, trusted: trusted + [.init(name: "other.pem", pem: other.open)]).signers == [
                "own.pem", "other.pem",
            ])
    }

    /// RFC 8032 by another implementation: OpenSSL signs the text that docs/model-package.md gives.
    @Test(.enabled(if: openssl != nil, "openssl is not there: no key was made and nothing was signed"))
    func openSSLsSignatureIsAccepted() throws {
        let own = try keys()
        let reference = try load(nil, trusted: []).reference
        let text = "headwall model package\n\(reference.name) \(reference.version)\n\(reference.digest)\n"
        let (input, output) = (own.folder.appending(path: "text"), own.folder.appending(path: "signature"))
        try Data(text.utf8).write(to: input)
        try Self.run(
            "pkeyutl", "-sign", "-rawin", "-inkey", own.folder.path + "/key.pem", "-in", input.path, "-out", output.path)
        // The raw key is the end of its DER form.
        let der = try #require(
            Data(base64Encoded: String(decoding: own.open, as: UTF8.self).split(separator: "\n")[1].description))
        let entry = [
            "publicKey": der.suffix(32).base64EncodedString(),
            "signature": try Data(contentsOf: output).base64EncodedString(),
        ]
        let signatures = [UInt8](try JSONSerialization.data(withJSONObject: [entry]))
        let trusted = [try Signature.PublicKey(name: "own.pem", pem: own.open)]
        #expect(try load(signatures, trusted: trusted).signers == ["own.pem"])
    }

    @Test func whatIsNoKeyIsRefused() {
        for pem in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            let error = #expect(throws: InferenceError.self) { try Signature.PublicKey(name: "x", pem: Array(pem.utf8)) }
            #expect(error?.cause == .signature)
        }
    }
}
