/// Finds a key that an object has twice, of which Foundation's decoder would silently drop one.
enum DuplicateKeys {
    /// The line of the first repeated key; `nil` when there is none.
    ///
    /// - Parameter bytes: Valid JSON. Keys are compared as they are written: `"a"` and `"\u0061"` count as different.
    static func line(in bytes: [UInt8]) -> Int? {
        // One set for each open object or array; arrays never get a key.
        var open: [Set<ArraySlice<UInt8>>] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): open.append([])
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: "\""):
                let start = index + 1
                index = start
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                var next = index + 1
                while next < bytes.count, isSpace(bytes[next]) { next += 1 }
                guard next < bytes.count, bytes[next] == UInt8(ascii: ":"), !open.isEmpty else { break }
                if !open[open.count - 1].insert(bytes[start..<index]).inserted {
                    return 1 + bytes.prefix(start).count { $0 == UInt8(ascii: "\n") }
                }
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\t")
    }
}
