public import Clinical

/// Cuts input into messages: a batch file (FHS, BHS, messages, BTS, FTS; HL7 v2.5.1 section 2.10.3), messages one after
/// another, or a single one.
///
/// A message starts at a line that starts with MSH and ends before the next header or trailer. Blank space, byte order
/// marks and left-over MLLP framing around messages belong to none.
public struct BatchReader: Sendable {
    /// Bounds on what is read.
    public struct Limits: Sendable, Hashable {
        public var maximumBytes: Int
        public var maximumMessages: Int

        public init(maximumBytes: Int = 1 << 30, maximumMessages: Int = 5_000_000) {
            self.maximumBytes = maximumBytes
            self.maximumMessages = maximumMessages
        }
    }

    /// Where the messages lie in the input, in order, without blank space around them.
    public private(set) var messages: [Range<Int>] = []
    /// Counts that disagree with the trailers, missing headers and trailers, bytes that belong to no message.
    public private(set) var issues: [Issue] = []

    /// One batch (BHS to BTS), or the messages outside of any.
    public struct Batch: Sendable, Hashable {
        /// Where BHS lies in the input, without its terminator; `nil` for messages outside of a batch.
        public var header: Range<Int>?
        /// Positions in ``BatchReader/messages``.
        public var messages: Range<Int>
    }

    /// The batches in order; every message belongs to exactly one.
    public private(set) var batches: [Batch] = []
    /// Where the first file header (FHS) lies, without its terminator.
    public private(set) var fileHeader: Range<Int>?

    private var batchStart: Int?
    private var fileStart: Int?
    private var messagesInBatch = 0
    private var batchesInFile = 0

    /// - Throws: ``HL7v2Error`` when there is no MSH, FHS or BHS at all, or a limit is exceeded.
    public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(HL7v2Error) {
        guard bytes.count <= limits.maximumBytes else {
            throw HL7v2Error(
                code: HL7v2Error.Code.tooLarge, place: HL7v2Location(byteOffset: limits.maximumBytes),
                reason: "The input is longer than the limit of \(limits.maximumBytes) bytes; split it or raise the limit.")
        }
        var openMessage: Int?
        var strayStart: Int?
        var strayLines = 0
        var sawHeader = false
        var lineStart = 0
        while lineStart < bytes.count {
            let lineEnd = Self.lineEnd(bytes, from: lineStart)
            let start = Self.skippingFrame(bytes, lineStart, lineEnd)
            let kind = Self.kind(bytes, start, lineEnd)
            if let kind {
                if let open = openMessage { close(open, before: lineStart, in: bytes) }
                openMessage = nil
                switch kind {
                case .msh:
                    guard messages.count < limits.maximumMessages else {
                        throw HL7v2Error(
                            code: HL7v2Error.Code.tooManyParts, place: HL7v2Location(byteOffset: start),
                            reason: "The input holds more than \(limits.maximumMessages) messages; split it.")
                    }
                    openMessage = start
                    sawHeader = true
                case .fhs:
                    sawHeader = true
                    endFile(at: start)
                    fileStart = start
                    if fileHeader == nil { fileHeader = start..<lineEnd }
                case .bhs:
                    sawHeader = true
                    endBatch(at: start)
                    batchStart = start
                    messagesInBatch = 0
                    batchesInFile += 1
                    batches.append(Batch(header: start..<lineEnd, messages: messages.count..<messages.count))
                case .bts: readBatchTrailer(bytes[start..<lineEnd], at: start)
                default: readFileTrailer(bytes[start..<lineEnd], at: start)
                }
            } else if openMessage == nil, !Self.isBlank(bytes, start, lineEnd) {
                if strayStart == nil { strayStart = start }
                strayLines += 1
            }
            lineStart = lineEnd + 1
        }
        if let open = openMessage { close(open, before: bytes.count, in: bytes) }
        endFile(at: bytes.count)
        guard sawHeader else {
            throw HL7v2Error(
                code: HL7v2Error.Code.notAMessage, place: HL7v2Location(byteOffset: strayStart ?? 0),
                reason: strayStart == nil
                    ? "The input is empty." : "No line starts with MSH, FHS or BHS, so there is no message.")
        }
        if let strayStart {
            issues.append(
                Issue(
                    .error, code: HL7v2Error.Code.outsideMessages, place: "byte \(strayStart)",
                    "\(strayLines) lines, the first here, belong to no message and were not read."))
        }
    }

    private mutating func close(_ start: Int, before end: Int, in bytes: [UInt8]) {
        var end = end
        while end > start, Self.isPadding(bytes[end - 1]) { end -= 1 }
        // The terminator of the last segment belongs to the message.
        if end < bytes.count, bytes[end] == 0x0D || bytes[end] == 0x0A { end += 1 }
        messages.append(start..<end)
        messagesInBatch += 1
        if let last = batches.indices.last, (batches[last].header == nil) == (batchStart == nil) {
            batches[last].messages = batches[last].messages.lowerBound..<messages.count
        } else {
            batches.append(Batch(header: nil, messages: messages.count - 1..<messages.count))
        }
    }

    private mutating func readBatchTrailer(_ line: ArraySlice<UInt8>, at offset: Int) {
        guard batchStart != nil else {
            issues.append(
                Issue(
                    .warning, code: HL7v2Error.Code.batchHeaderMissing, place: "byte \(offset)",
                    "A batch trailer (BTS) stands here without a batch header (BHS)."))
            return
        }
        batchStart = nil
        check(line, counted: messagesInBatch, "messages", "BTS-1", at: offset)
    }

    private mutating func readFileTrailer(_ line: ArraySlice<UInt8>, at offset: Int) {
        endBatch(at: offset)
        guard fileStart != nil else {
            issues.append(
                Issue(
                    .warning, code: HL7v2Error.Code.batchHeaderMissing, place: "byte \(offset)",
                    "A file trailer (FTS) stands here without a file header (FHS)."))
            return
        }
        fileStart = nil
        check(line, counted: batchesInFile, "batches", "FTS-1", at: offset)
        batchesInFile = 0
    }

    /// A trailer that is due when something else starts.
    private mutating func endBatch(at offset: Int) {
        guard batchStart != nil else { return }
        batchStart = nil
        issues.append(
            Issue(
                .warning, code: HL7v2Error.Code.batchTrailerMissing, place: "byte \(offset)",
                "A batch header (BHS) has no trailer (BTS); messages may be missing at its end."))
    }

    private mutating func endFile(at offset: Int) {
        endBatch(at: offset)
        defer { batchesInFile = 0 }
        guard fileStart != nil else { return }
        fileStart = nil
        issues.append(
            Issue(
                .warning, code: HL7v2Error.Code.batchTrailerMissing, place: "byte \(offset)",
                "A file header (FHS) has no trailer (FTS); batches may be missing at its end."))
    }

    private mutating func check(_ line: ArraySlice<UInt8>, counted: Int, _ what: String, _ field: String, at offset: Int) {
        let digits = line.dropFirst(4).prefix { $0 &- UInt8(ascii: "0") < 10 }.prefix(12)
        guard let stated = Int(String(decoding: digits, as: UTF8.self)), stated != counted else { return }
        issues.append(
            Issue(
                .error, code: HL7v2Error.Code.batchCount, place: "byte \(offset)",
                "\(field) announces \(stated) \(what), but there are \(counted)."))
    }

    private static func lineEnd(_ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        let span = bytes.span
        while end < span.count, span[end] != 0x0D, span[end] != 0x0A { end += 1 }
        return end
    }

    /// Start of a line's content behind a byte order mark, MLLP framing (0x0B, 0x1C) and blanks.
    private static func skippingFrame(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
        var position = start
        while position < end {
            if isPadding(bytes[position]) {
                position += 1
            } else if end - position >= 3, bytes[position] == 0xEF, bytes[position + 1] == 0xBB, bytes[position + 2] == 0xBF
            {
                position += 3
            } else {
                break
            }
        }
        return position
    }

    private static func isPadding(_ byte: UInt8) -> Bool {
        HeaderScan.isBlank(byte) || byte == 0x0B || byte == 0x1C
    }

    private static func isBlank(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        bytes[start..<end].allSatisfy(isPadding)
    }

    /// The header or trailer a line is, if any: its name, and then no letter or digit.
    private static func kind(_ bytes: [UInt8], _ start: Int, _ end: Int) -> SegmentName? {
        guard end - start >= 3 else { return nil }
        let name = SegmentName(bytes[start], bytes[start + 1], bytes[start + 2])
        guard name == .msh || name.belongsToBatch else { return nil }
        guard end - start == 3 || Delimiters.mayDelimit(bytes[start + 3]) else { return nil }
        return name
    }
}
