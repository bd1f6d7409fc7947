/// Why a document was refused, and where.
///
/// Never holds text of the document or of libxml2.
public struct CDAError: Error, Sendable, Hashable {
    /// Stable number; see ``Kind``.
    public let code: Int
    /// XPath of the innermost open element with its line (`/ClinicalDocument/recordTarget[1], line 12`), or
    /// `byte 1042` before the XML is parsed.
    public let place: String
    /// A sentence a user can act on.
    public let reason: String

    public init(_ kind: Kind, place: String, _ reason: String) {
        self.code = kind.rawValue
        self.place = place
        self.reason = reason
    }

    public init(code: Int, place: String, reason: String) {
        self.code = code
        self.place = place
        self.reason = reason
    }

    /// The kinds of refusal, with their stable numbers.
    public enum Kind: Int, Sendable {
        /// Larger than the byte limit.
        case tooLarge = 1301
        /// No bytes, or only white space.
        case empty = 1302
        /// The encoding is not supported, or the bytes do not agree with it.
        case encoding = 1303
        /// A document type declaration or entity declaration.
        case documentType = 1304
        /// A start tag is longer than the limit or has too many attributes.
        case tag = 1305
        /// Elements are nested deeper than the limit.
        case depth = 1306
        /// Too many elements, too much text in one element, or too many observations.
        case amount = 1307
        /// Not well-formed XML.
        case notWellFormed = 1308
        /// Well-formed, but the root is not a CDA `ClinicalDocument`.
        case notClinicalDocument = 1309
        /// libxml2 could not be set up.
        case parser = 1310
    }
}

extension CDAError: CustomStringConvertible {
    public var description: String { "\(reason) (\(code), \(place))" }
}
