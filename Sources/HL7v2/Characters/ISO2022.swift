/// Switching between character sets inside a text (ISO/IEC 2022), as Japanese and Korean messages do: HL7 v2.5.1 section
/// 2.7.2 (`\C…\`, `\M…\`) and 2.15.9.20 (MSH-20).
struct ISO2022: Sendable {
    /// What the codes 0x21…0x7E (G0) or 0xA1…0xFE (G1) stand for.
    enum Graphic: Sendable {
        /// ASCII; also JIS X 0201's Latin half (ISO-IR 14), whose two differences ASCII readers ignore.
        case ascii
        case katakana
        case jisX0208
        case jisX0212
        case ksX1001
        case gb2312
        /// The upper half of ISO 8859.
        case part(Int)
        case none
    }

    private struct CodeKey: Hashable, Sendable {
        var set: String
        var code: [UInt8]
    }

    /// Characters converted already: at most the few thousand a set has, however long the text is.
    private var known: [CodeKey: [UInt8]] = [:]
    private(set) var lower = Graphic.ascii
    private(set) var upper: Graphic
    private let base: Graphic

    /// - Parameter part: the part of ISO 8859 that the upper half holds at first.
    init(part: Int?) {
        base = part.map { .part($0) } ?? .none
        upper = base
    }

    /// Every value starts in the message's first set again.
    mutating func reset() {
        lower = .ascii
        upper = base
    }

    /// Follows an escape sequence without its ESC; false when it is not known.
    mutating func follow(_ sequence: ArraySlice<UInt8>) -> Bool {
        switch Array(sequence) {
        case Array("(B".utf8), Array("(J".utf8): lower = .ascii
        case Array("(I".utf8): lower = .katakana
        case Array(")I".utf8): upper = .katakana
        case Array("$@".utf8), Array("$B".utf8), Array("$(B".utf8): lower = .jisX0208
        case Array("$(D".utf8): lower = .jisX0212
        case Array("$A".utf8), Array("$(A".utf8): lower = .gb2312
        case Array("$)A".utf8): upper = .gb2312
        case Array("$(C".utf8): lower = .ksX1001
        case Array("$)C".utf8): upper = .ksX1001
        case Array("-A".utf8): upper = .part(1)
        case Array("-B".utf8): upper = .part(2)
        case Array("-C".utf8): upper = .part(3)
        case Array("-D".utf8): upper = .part(4)
        case Array("-L".utf8): upper = .part(5)
        case Array("-G".utf8): upper = .part(6)
        case Array("-F".utf8): upper = .part(7)
        case Array("-H".utf8): upper = .part(8)
        case Array("-M".utf8): upper = .part(9)
        case Array("-b".utf8): upper = .part(15)
        default: return false
        }
        return true
    }

    /// The length of the escape sequence after an ESC, as ISO/IEC 2022 forms them: intermediate bytes and a final one.
    static func sequenceLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        let intermediate = bytes.prefix(4).prefix { (0x20...0x2F).contains($0) }.count
        let end = bytes.startIndex + intermediate
        guard intermediate > 0, end < bytes.endIndex, (0x30...0x7E).contains(bytes[end]) else { return nil }
        return intermediate + 1
    }

    /// Appends text as UTF-8, following the escape sequences in it. Control characters return to the first sets.
    ///
    /// - Returns: the offset of the first byte that means nothing; `nil` when there is none.
    mutating func append(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) -> Int? {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            if byte == 0x1B {
                // An ESC that switches to nothing known would mean something else once text around it is written anew.
                guard let length = Self.sequenceLength(bytes[(position + 1)...]),
                    follow(bytes[position + 1...position + length])
                else { return position }
                position += length + 1
                continue
            }
            if byte <= 0x20 || byte == 0x7F {
                if byte == 0x0D || byte == 0x0A { reset() }
                text.append(byte)
                position += 1
                continue
            }
            let graphic = byte < 0x80 ? lower : upper
            var end = position + 1
            while end < bytes.endIndex, bytes[end] > 0x20, bytes[end] != 0x7F, (bytes[end] < 0x80) == (byte < 0x80) {
                end += 1
            }
            guard append(bytes[position..<end], graphic, to: &text) else { return position }
            position = end
        }
        return nil
    }

    private mutating func append(_ run: ArraySlice<UInt8>, _ graphic: Graphic, to text: inout [UInt8]) -> Bool {
        switch graphic {
        case .none: return false
        case .ascii:
            guard run.allSatisfy({ $0 < 0x80 }) else { return false }
            text += run
            return true
        case .part(let part):
            let set = Message.CharacterSet.iso8859(part: part)
            let high = run.map { $0 | 0x80 }
            guard set.firstInvalidOffset(in: high, from: 0) == nil else { return false }
            set.append(high.span, to: &text)
            return true
        case .katakana: return append(run, width: 1, prefix: 0x8E, "EUC-JP", to: &text)
        case .jisX0208: return append(run, width: 2, prefix: nil, "EUC-JP", to: &text)
        case .jisX0212: return append(run, width: 2, prefix: 0x8F, "EUC-JP", to: &text)
        case .ksX1001: return append(run, width: 2, prefix: nil, "EUC-KR", to: &text)
        case .gb2312: return append(run, width: 2, prefix: nil, "GB2312", to: &text)
        }
    }

    /// Appends characters of one or two bytes, which the set's 8-bit form has with the high bit set, behind a prefix.
    private mutating func append(
        _ run: ArraySlice<UInt8>, width: Int, prefix: UInt8?, _ set: String, to text: inout [UInt8]
    ) -> Bool {
        guard run.count.isMultiple(of: width) else { return false }
        for start in stride(from: run.startIndex, to: run.endIndex, by: width) {
            let code = (prefix.map { [$0] } ?? []) + run[start..<start + width].map { $0 | 0x80 }
            let key = CodeKey(set: set, code: code)
            if known[key] == nil {
                guard case .converted(let character) = Transcoding.convert(code, from: set, to: "UTF-8") else {
                    return false
                }
                known[key] = character
            }
            text += known[key] ?? []
        }
        return true
    }

    /// The text in ASCII, the given part of ISO 8859 and the further sets; `nil` when it needs more.
    ///
    /// Each run of other characters begins and ends with an escape sequence, so every delimiter stands in ASCII.
    static func encode(_ utf8: [UInt8], part: Int?) -> [UInt8]? {
        var bytes: [UInt8] = []
        var designation = ""
        var known: [Unicode.Scalar: (sequence: String, code: ArraySlice<UInt8>)] = [:]
        func designate(_ wanted: String) {
            guard wanted != designation else { return }
            bytes.append(0x1B)
            bytes += (wanted.isEmpty ? "(B" : wanted).utf8
            designation = wanted
        }
        for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
            if scalar.isASCII {
                designate("")
                bytes.append(UInt8(scalar.value))
            } else if let part, let byte = ISO8859.byte(of: scalar, part: part) {
                designate("")
                bytes.append(byte)
            } else if let (sequence, code) = known[scalar] ?? code(of: scalar) {
                known[scalar] = (sequence, code)
                designate(sequence)
                bytes += code.map { $0 & 0x7F }
            } else {
                return nil
            }
        }
        designate("")
        return bytes
    }

    /// A character in the first of the further sets that has it, with the escape sequence into the set.
    private static func code(of scalar: Unicode.Scalar) -> (String, ArraySlice<UInt8>)? {
        let text = Array(String(scalar).utf8)
        if case .converted(let code) = Transcoding.convert(text, from: "UTF-8", to: "EUC-JP") {
            switch (code.count, code.first) {
            case (2, 0x8E): return ("(I", code[1...])
            case (2, _): return ("$B", code[...])
            case (3, 0x8F): return ("$(D", code[1...])
            default: break
            }
        }
        for (set, sequence) in [("EUC-KR", "$(C"), ("GB2312", "$(A")] {
            if case .converted(let code) = Transcoding.convert(text, from: "UTF-8", to: set), code.count == 2 {
                return (sequence, code[...])
            }
        }
        return nil
    }
}
