/// UTF-16 and UTF-32 (The Unicode Standard, section 3.9): recognized by their first four bytes, read strictly.
enum UnicodeForms {
    struct Form: Sendable, Hashable {
        var width: Int
        var isBigEndian: Bool
        var hasMark: Bool
    }

    /// The form of a message: by its byte order mark, or by how `MSH` begins; `nil` for anything else.
    static func form(of bytes: [UInt8]) -> Form? {
        guard bytes.count >= 4, bytes[0] == 0 || bytes[1] == 0 || bytes[0] >= 0xFE else { return nil }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0xFF, 0xFE, 0, 0): return Form(width: 4, isBigEndian: false, hasMark: true)
        case (0, 0, 0xFE, 0xFF): return Form(width: 4, isBigEndian: true, hasMark: true)
        case (0xFF, 0xFE, _, _): return Form(width: 2, isBigEndian: false, hasMark: true)
        case (0xFE, 0xFF, _, _): return Form(width: 2, isBigEndian: true, hasMark: true)
        case (0x4D, 0, 0, 0): return Form(width: 4, isBigEndian: false, hasMark: false)
        case (0, 0, 0, 0x4D): return Form(width: 4, isBigEndian: true, hasMark: false)
        case (0x4D, 0, 0x53, 0): return Form(width: 2, isBigEndian: false, hasMark: false)
        case (0, 0x4D, 0, 0x53): return Form(width: 2, isBigEndian: true, hasMark: false)
        default: return nil
        }
    }

    /// The text as UTF-8 without its mark, or the offset of the first unit that is no character.
    static func utf8(_ bytes: [UInt8], _ form: Form) -> Transcoding.Outcome {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = form.hasMark ? form.width : 0
        func unit(_ at: Int, _ width: Int) -> UInt32? {
            guard at + width <= bytes.count else { return nil }
            let part = bytes[at..<at + width]
            return (form.isBigEndian ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | UInt32($1) }
        }
        while position < bytes.count {
            guard var value = unit(position, form.width) else { return .invalid(position) }
            var width = form.width
            if form.width == 2, (0xD800..<0xDC00).contains(value) {
                guard let low = unit(position + 2, 2), (0xDC00..<0xE000).contains(low) else { return .invalid(position) }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                width = 4
            }
            guard let scalar = Unicode.Scalar(value) else { return .invalid(position) }
            text.append(contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
            position += width
        }
        return .converted(text)
    }

    static func encode(_ utf8: [UInt8], _ form: Form) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: UInt32) {
            let shifts = stride(from: 0, to: form.width * 8, by: 8).map { UInt32($0) }
            for shift in form.isBigEndian ? shifts.reversed() : shifts {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        if form.hasMark { append(0xFEFF) }
        for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars {
            if form.width == 2 {
                for unit in String(scalar).utf16 { append(UInt32(unit)) }
            } else {
                append(scalar.value)
            }
        }
        return bytes
    }
}
