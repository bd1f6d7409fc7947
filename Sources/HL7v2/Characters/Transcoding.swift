internal import Glibc

/// Conversions between UTF-8 and the multi-byte sets, by glibc's iconv: their tables hold tens of thousands of characters.
enum Transcoding {
    enum Outcome {
        case converted([UInt8])
        /// Offset of the first byte that means nothing in the set, or has no place in the other one.
        case invalid(Int)
        /// The C library on this machine has no table for the set.
        case unavailable
    }

    /// - Parameters:
    ///   - source: name of the bytes' set, as iconv knows it.
    ///   - target: name of the wanted set.
    static func convert(_ bytes: [UInt8], from source: String, to target: String) -> Outcome {
        let descriptor = iconv_open(target, source)
        guard Int(bitPattern: descriptor) != -1 else { return .unavailable }
        defer { iconv_close(descriptor) }
        var input = bytes.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: bytes.count * 4 + 32)
        var written = 0
        var failure: Int?
        let capacity = output.count
        input.withUnsafeMutableBufferPointer { from in
            output.withUnsafeMutableBufferPointer { into in
                var start = from.baseAddress
                var left = from.count
                var end = into.baseAddress
                var room = capacity
                let result = iconv(descriptor, &start, &left, &end, &room)
                if result == -1 || left > 0 {
                    failure = bytes.count - left
                } else {
                    // Sets with shift states close theirs.
                    _ = iconv(descriptor, nil, nil, &end, &room)
                }
                written = capacity - room
            }
        }
        if let failure { return .invalid(failure) }
        return .converted(output[..<written].map { UInt8(bitPattern: $0) })
    }
}
