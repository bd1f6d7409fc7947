public import Clinical

/// Builds a message: MSH first, each segment ended by CR, values escaped so that no CR comes out of one.
///
///     var message = MessageBuilder(type: MessageType(code: "ADT", event: "A01", structure: "ADT_A01"),
///                                  controlID: "1", time: now)
///     var pid = SegmentBuilder("PID")
///     pid.set(5, components: ["Doe", "John"])
///     message.append(pid)
///     let bytes = try message.build()
///
/// Text is written as ASCII where it is, otherwise as UTF-8 with `UNICODE UTF-8` in MSH-18.
public struct MessageBuilder: Sendable, Hashable {
    public let delimiters: Delimiters
    /// MSH; MSH-1 and MSH-2 follow from ``delimiters``.
    public var header: SegmentBuilder
    public private(set) var segments: [SegmentBuilder] = []

    /// A header with the fields that the standard requires: MSH-7, 9, 10, 11 and 12.
    public init(
        type: MessageType, controlID: String, time: Instant, version: String = "2.5.1", processingID: String = "P",
        delimiters: Delimiters = .standard
    ) {
        self.delimiters = delimiters
        header = SegmentBuilder("MSH")
        header.set(7, to: DateTimeWriter.text(time))
        header.set(9, components: [type.code, type.event, type.structure])
        header.set(10, to: controlID)
        header.set(11, to: processingID)
        header.set(12, to: version)
    }

    public mutating func append(_ segment: SegmentBuilder) {
        segments.append(segment)
    }

    /// The message, ended by CR.
    ///
    /// - Throws: ``HL7v2Error`` when a segment name or number is not of the standard's form, the header is no MSH, the
    ///   delimiters lack the escape or subcomponent character, or MSH-18 names a set other than UTF-8 for text that needs
    ///   more than ASCII.
    public func build() throws(HL7v2Error) -> [UInt8] {
        guard header.name == "MSH" else {
            throw HL7v2Error(
                code: HL7v2Error.Code.notAMessage, place: HL7v2Location(segment: "", occurrence: 1),
                reason: "The header of a message is the segment MSH.")
        }
        guard delimiters.escape != nil, delimiters.subcomponent != nil else {
            throw HL7v2Error(
                code: HL7v2Error.Code.delimitersInvalid, place: HL7v2Location(segment: "MSH", field: 2),
                reason: "Writing needs an escape and a subcomponent character.")
        }
        for (offset, segment) in ([header] + segments).enumerated() {
            if let fault = segment.firstFault(occurrence: offset + 1) { throw fault }
            if offset > 0, SegmentName(segment.name)?.declaresDelimiters == true {
                throw HL7v2Error(
                    code: HL7v2Error.Code.segmentSequence, place: HL7v2Location(segment: segment.name),
                    reason: "A message has one header.")
            }
        }
        var header = header
        if header.hasNonASCIIText || segments.contains(where: \.hasNonASCIIText) {
            if header.hasValue(18) {
                let declared = try Message(written([header])).characterSet
                guard declared == .utf8 else {
                    throw HL7v2Error(
                        code: HL7v2Error.Code.notRepresentable, place: HL7v2Location(segment: "MSH", field: 18),
                        reason: "Text beyond ASCII is written as UTF-8 only; leave MSH-18 to the builder.")
                }
            } else {
                header.set(18, to: Message.CharacterSet.utf8.label)
            }
        }
        return written([header] + segments)
    }

    private func written(_ segments: [SegmentBuilder]) -> [UInt8] {
        var bytes: [UInt8] = []
        for segment in segments { segment.write(to: &bytes, delimiters: delimiters) }
        return bytes
    }
}
