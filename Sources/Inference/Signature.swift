internal import CLibCrypto
import Clinical
internal import Foundation

/// Who vouches for a package: an Ed25519 signature (RFC 8032) over what names it and its digest.
///
/// `signatures.json` in the folder of the package is a list of objects with `publicKey` and `signature`, both base64 of the
/// raw 32 and 64 bytes. The file itself is not part of the digest, so that a signature can be added without a new version.
public enum Signature {
    public static let file = "signatures.json"

    /// A public key that a site trusts.
    public struct PublicKey: Sendable, Hashable {
        /// What it is called in messages, such as the name of its file.
        public var name: String
        let bytes: [UInt8]

        /// - Parameter pem: `-----BEGIN PUBLIC KEY-----` (RFC 8410), as `openssl pkey -pubout` writes it.
        /// - Throws: When it is no Ed25519 key.
        public init(name: String, pem: [UInt8]) throws(InferenceError) {
            guard let bytes = Signature.keyBytes(pem: pem, label: "PUBLIC KEY", prefix: Self.prefix) else {
                throw InferenceError(.signature, at: name, "An Ed25519 public key in PEM is needed.")
            }
            self.name = name
            self.bytes = bytes
        }

        /// SubjectPublicKeyInfo up to the key (RFC 8410, section 4).
        private static let prefix: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

        func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
            guard signature.count == 64, let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
            else { return false }
            defer { EVP_PKEY_free(key) }
            guard let context = EVP_MD_CTX_new() else { return false }
            defer { EVP_MD_CTX_free(context) }
            return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
                && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
    }

    /// A key that signs.
    public struct PrivateKey: Sendable {
        private let bytes: [UInt8]

        /// - Parameter pem: `-----BEGIN PRIVATE KEY-----`, as `openssl genpkey -algorithm ed25519` writes it.
        /// - Throws: When it is no Ed25519 key.
        public init(pem: [UInt8]) throws(InferenceError) {
            guard let bytes = Signature.keyBytes(pem: pem, label: "PRIVATE KEY", prefix: Self.prefix) else {
                throw InferenceError(.signature, at: "key", "An Ed25519 private key in PEM is needed.")
            }
            self.bytes = bytes
        }

        /// OneAsymmetricKey up to the key (RFC 8410, section 7).
        private static let prefix: [UInt8] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]

        /// `signatures.json` of a package with this key's signature added to those that are there.
        public func sign(_ package: ModelPackage, existing: [UInt8]?) throws(InferenceError) -> [UInt8] {
            guard let (publicKey, signature) = signature(over: Signature.statement(package.reference)) else {
                throw InferenceError(.signature, at: "key", "The package could not be signed.")
            }
            var entries = try existing.map { bytes throws(InferenceError) in try Signature.read(bytes) } ?? []
            entries.removeAll { $0.publicKey == publicKey }
            entries.append(Entry(publicKey: publicKey, signature: signature))
            let lines = entries.map { entry in
                " {\"publicKey\": \"\(Signature.base64(entry.publicKey))\", \"signature\": \"\(Signature.base64(entry.signature))\"}"
            }
            return Array("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8)
        }

        private func signature(over message: [UInt8]) -> (publicKey: [UInt8], signature: [UInt8])? {
            guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return nil }
            defer { EVP_PKEY_free(key) }
            var publicKey = Array(repeating: UInt8(0), count: 32)
            var keyLength = publicKey.count
            var signature = Array(repeating: UInt8(0), count: 64)
            var length = signature.count
            guard EVP_PKEY_get_raw_public_key(key, &publicKey, &keyLength) == 1, let context = EVP_MD_CTX_new() else {
                return nil
            }
            defer { EVP_MD_CTX_free(context) }
            guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
                EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == 64
            else { return nil }
            return (publicKey, signature)
        }
    }

    // MARK: - Checking

    /// The trusted keys whose signature the package carries.
    /// - Throws: When keys are trusted and none of them signed it, or one that claims to did not.
    static func signers(
        of reference: ModelReference, signatures: [UInt8]?, trusted: [PublicKey]
    ) throws(InferenceError) -> [String] {
        guard !trusted.isEmpty else { return [] }
        guard let signatures else {
            throw InferenceError(.signature, at: file, "The package is not signed, and this site asks for a signature.")
        }
        var signers: [String] = []
        for entry in try read(signatures) {
            guard let key = trusted.first(where: { $0.bytes == entry.publicKey }) else { continue }
            guard key.isValid(entry.signature, over: statement(reference)) else {
                throw InferenceError(.signature, at: file, "A signature is not over this package.")
            }
            signers.append(key.name)
        }
        guard !signers.isEmpty else {
            throw InferenceError(.signature, at: file, "No key that this site trusts has signed the package.")
        }
        return signers
    }

    /// What is signed.
    private static func statement(_ reference: ModelReference) -> [UInt8] {
        Array("headwall model package\n\(reference.name) \(reference.version)\n\(reference.digest)\n".utf8)
    }

    private struct Entry {
        var publicKey: [UInt8]
        var signature: [UInt8]
    }

    private static func read(_ bytes: [UInt8]) throws(InferenceError) -> [Entry] {
        var entries: [Entry] = []
        for node in try ManifestNode(parsing: bytes, maximumBytes: 1 << 16).array {
            let object = try node.object("publicKey", "signature")
            guard let key = Data(base64Encoded: try object.required("publicKey").string), key.count == 32,
                let signature = Data(base64Encoded: try object.required("signature").string), signature.count == 64
            else { throw InferenceError(.signature, at: file + node.pointer, "32 and 64 bytes in base64 are needed.") }
            entries.append(Entry(publicKey: Array(key), signature: Array(signature)))
        }
        return entries
    }

    private static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The 32 bytes of a key in PEM, whose DER form is a fixed prefix and the key.
    private static func keyBytes(pem: [UInt8], label: String, prefix: [UInt8]) -> [UInt8]? {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let begin = lines.firstIndex(of: "-----BEGIN \(label)-----"),
            let end = lines.firstIndex(of: "-----END \(label)-----"), begin < end,
            let der = Data(base64Encoded: lines[(begin + 1)..<end].joined()), der.count == prefix.count + 32,
            der.starts(with: prefix)
        else { return nil }
        return Array(der.suffix(32))
    }
}
