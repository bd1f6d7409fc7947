internal import CLibXML2

/// Reads CDA R2 documents (ANSI/HL7 CDA R2-2005, C-CDA R2.1) from bytes nobody vouches for.
///
/// Document type declarations are refused, so no entity but the five of XML exists; nothing is loaded from anywhere.
/// A `ClinicalDocument` without the namespace `urn:hl7-org:v3` and undeclared prefixes are tolerated and reported.
public enum CDAReader {
    /// Reads a document.
    ///
    /// - Throws: ``CDAError`` when the bytes are too large, wrongly encoded, not well-formed, over a limit, or not a CDA
    ///   document.
    public static func read(_ bytes: [UInt8], limits: CDALimits = CDALimits()) throws(CDAError) -> CDADocument {
        let text = try DocumentText(bytes, limits: limits)
        try MarkupScan.check(text.bytes, limits: limits)
        let parser = EventParser(limits: limits)
        try parser.parse(text.bytes)
        return parser.document()
    }
}
