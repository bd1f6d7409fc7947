import Doors

/// A random stream of frames with what must be found in it, made from the grammar and not by the code under test.
struct RandomStream {
    var bytes: [UInt8] = []
    var expected: [MLLPFrame] = []

    static let maximumFrameBytes = 200
    static let maximumKeptBytes = 50

    init(seed: UInt64, pieces: Int) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<pieces {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                // White space between frames is no frame.
                bytes += (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    [0x0D, 0x0A, 0x20, 0x09].randomElement(using: &random) ?? 0
                }
            case 1:
                // Garbage begins with something that is not white space; a frame or FS CR ends it.
                let garbage = [0x41] + Self.content(Int.random(in: 0...120, using: &random), &random)
                bytes += garbage + [0x1C, 0x0D]
                let all = garbage.count + 2
                expected.append(.garbage(count: all, kept: Array(garbage.prefix(Self.maximumKeptBytes))))
            case 2:
                // A frame without its end, ended by the start of the next.
                let cut = Self.content(Int.random(in: 0...Self.maximumFrameBytes, using: &random), &random)
                let next = Self.content(Int.random(in: 0...50, using: &random), &random)
                bytes += [0x0B] + cut + [0x0B] + next + [0x1C, 0x0D]
                expected += [.truncated(cut), .message(next)]
            case 3:
                let large = Self.content(Self.maximumFrameBytes + Int.random(in: 1...300, using: &random), &random)
                bytes += [0x0B] + large + [0x1C, 0x0D]
                expected.append(.tooLarge(prefix: Array(large.prefix(Self.maximumKeptBytes)), size: large.count))
            default:
                let content = Self.content(Int.random(in: 0...Self.maximumFrameBytes, using: &random), &random)
                bytes += [0x0B] + content + [0x1C, 0x0D]
                expected.append(.message(content))
            }
        }
    }

    /// Any bytes but VT, with FS often and never before CR or at the end, where it would mean something else.
    static func content(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        var bytes = (0..<count).map { _ -> UInt8 in
            let byte =
                Bool.random(using: &random)
                ? UInt8.random(in: 0...255, using: &random) : [0x1C, 0x0D, 0x41].randomElement(using: &random) ?? 0x41
            return byte == 0x0B ? 0x42 : byte
        }
        for index in bytes.indices where bytes[index] == 0x1C {
            if index + 1 == bytes.count || bytes[index + 1] == 0x0D { bytes[index] = 0x43 }
        }
        return bytes
    }

    /// The bytes cut at random places.
    func pieces(seed: UInt64, longest: Int) -> [[UInt8]] {
        var random = SplitMix64(seed: seed)
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...longest, using: &random))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }
}
