#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Finds frames in a stream of bytes, however the stream is cut: `<VT> content <FS><CR>`.
///
/// Source: HL7 Minimal Lower Layer Protocol, release 1, "block format" (Implementation Guide for HL7 v2.3.1,
/// appendix C.4). The result depends on the bytes alone, never on where the reads split them. Beyond the
/// specification:
/// - `<FS>` that no `<CR>` follows is content.
/// - `<VT>` inside a frame ends that frame as ``MLLPFrame/truncated(_:)`` and begins the next one.
/// - White space between frames is skipped; other bytes there are one ``MLLPFrame/garbage(count:kept:)``, up to the
///   next `<VT>` or `<FS><CR>` (a sender that forgot only the start byte hears of it at once).
/// - The content of a frame above the limit is dropped as it streams by; only its first bytes are kept.
public struct MLLPFramer: Sendable {
    /// `<VT>`, the start of a frame.
    public static let startByte: UInt8 = 0x0B
    /// `<FS>`, the first of the two end bytes.
    public static let endByte: UInt8 = 0x1C
    /// `<CR>`, the second.
    public static let carriageReturn: UInt8 = 0x0D

    private enum State {
        case outside, frame, oversized, garbage
    }

    private let maximumFrameBytes: Int
    private let maximumKeptBytes: Int
    private var state = State.outside
    private var buffer: [UInt8] = []
    /// Content bytes since the frame or the garbage began, kept or not.
    private var seen = 0
    /// The last byte was an `<FS>` whose meaning the next byte decides.
    private var endBytePending = false

    /// - Parameters:
    ///   - maximumFrameBytes: largest content of a frame.
    ///   - maximumKeptBytes: how much of garbage or of a frame above the limit is kept.
    public init(maximumFrameBytes: Int = 16 << 20, maximumKeptBytes: Int = 64 << 10) {
        self.maximumFrameBytes = max(0, maximumFrameBytes)
        self.maximumKeptBytes = max(0, min(maximumKeptBytes, maximumFrameBytes))
    }

    /// Whether a frame or a run of garbage has begun and not ended.
    public var isOpen: Bool { state != .outside }

    /// Whether the open frame is above the size limit.
    public var isOversized: Bool { state == .oversized }

    /// Bytes of memory held for what is open.
    public var bufferedBytes: Int { buffer.count }

    /// The bytes of one frame around some content.
    public static func frame(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + 3)
        bytes.append(startByte)
        bytes.append(contentsOf: content)
        bytes.append(endByte)
        bytes.append(carriageReturn)
        return bytes
    }

    /// Whether content can travel in a frame: it holds neither `<VT>` nor `<FS><CR>`, and does not end with `<FS>`.
    public static func canCarry(_ content: [UInt8]) -> Bool {
        content.withUnsafeBytes { bytes in
            if firstIndex(of: startByte, in: bytes, from: 0) != nil { return false }
            var from = 0
            while let index = firstIndex(of: endByte, in: bytes, from: from) {
                if index + 1 == bytes.count || bytes[index + 1] == carriageReturn { return false }
                from = index + 1
            }
            return true
        }
    }

    /// Reads the next bytes of the stream and returns the frames they complete.
    public mutating func consume(_ bytes: [UInt8]) -> [MLLPFrame] {
        var frames: [MLLPFrame] = []
        bytes.withUnsafeBytes { consume($0, into: &frames) }
        return frames
    }

    /// Reads the next bytes of the stream and appends the frames they complete.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer, into frames: inout [MLLPFrame]) {
        var position = 0
        while position < bytes.count {
            if state == .outside {
                switch bytes[position] {
                case Self.startByte:
                    begin(.frame)
                    position += 1
                case 0x20, 0x09, 0x0A, 0x0D:
                    position += 1
                default:
                    begin(.garbage)
                }
                continue
            }
            if endBytePending {
                endBytePending = false
                if bytes[position] == Self.carriageReturn {
                    position += 1
                    end(into: &frames)
                    continue
                }
                withUnsafeBytes(of: Self.endByte) { append($0) }
            }
            let stop = Self.firstControl(in: bytes, from: position)
            if stop > position {
                append(UnsafeRawBufferPointer(rebasing: bytes[position..<stop]))
            }
            position = stop
            guard position < bytes.count else { break }
            if bytes[position] == Self.endByte {
                endBytePending = true
            } else {
                if let frame = interrupted() { frames.append(frame) }
                begin(.frame)
            }
            position += 1
        }
    }

    /// The stream has ended: what was open, if anything.
    public mutating func finish() -> MLLPFrame? {
        if endBytePending {
            endBytePending = false
            withUnsafeBytes(of: Self.endByte) { append($0) }
        }
        defer { reset() }
        return interrupted()
    }

    // MARK: -

    private mutating func begin(_ next: State) {
        reset()
        state = next
    }

    private mutating func reset() {
        state = .outside
        buffer = []
        seen = 0
        endBytePending = false
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        seen += bytes.count
        if state == .frame {
            if seen <= maximumFrameBytes {
                buffer.append(contentsOf: bytes)
                return
            }
            state = .oversized
            // A new array, so that the memory of the large one is given back now.
            if buffer.count > maximumKeptBytes { buffer = Array(buffer.prefix(maximumKeptBytes)) }
        }
        let room = maximumKeptBytes - buffer.count
        if room > 0 { buffer.append(contentsOf: bytes.prefix(room)) }
    }

    /// `<FS><CR>` came.
    private mutating func end(into frames: inout [MLLPFrame]) {
        switch state {
        case .outside: break
        case .frame: frames.append(.message(buffer))
        case .oversized: frames.append(.tooLarge(prefix: buffer, size: seen))
        case .garbage: frames.append(.garbage(count: seen + 2, kept: buffer))
        }
        reset()
    }

    /// What is open, ended by anything but its end bytes.
    private func interrupted() -> MLLPFrame? {
        switch state {
        case .outside: nil
        case .frame: .truncated(buffer)
        case .oversized: .tooLarge(prefix: buffer, size: seen)
        case .garbage: .garbage(count: seen, kept: buffer)
        }
    }

    /// Index of the next `<FS>` or `<VT>`, or the end.
    private static func firstControl(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let end = firstIndex(of: endByte, in: bytes, from: start) ?? bytes.count
        let upToEnd = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        return firstIndex(of: startByte, in: upToEnd, from: start) ?? end
    }

    private static func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count else { return nil }
        // memchr reads a vector at a time; a Swift loop over bytes is an order of magnitude slower.
        guard let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
