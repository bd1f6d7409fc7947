import Clinical

/// The logical id of a resource: a number, and the 32 hexadecimal digits that it is written as wherever it is referred to.
struct ResourceID: Equatable {
    private var number: UInt128 = 0
    private var digits: [32 of UInt8] = InlineArray(repeating: 0)

    /// Not given yet; written as nothing.
    static let none = ResourceID()

    private init() {}

    /// - Parameter name: what identifies the resource, in parts with their lengths in front.
    init(name: [UInt8]) {
        number = ContentDigest.identifierNumber(ofJoined: name)
        var rest = number
        for place in digits.indices.reversed() {
            let digit = UInt8(truncatingIfNeeded: rest) & 15
            digits[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
            rest >>= 4
        }
    }

    static func == (left: ResourceID, right: ResourceID) -> Bool { left.number == right.number }

    func append(to output: inout [UInt8]) {
        guard self != .none else { return }
        digits.span.withUnsafeBufferPointer { output.append(contentsOf: $0) }
    }

    var text: String {
        var digits: [UInt8] = []
        append(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }
}
