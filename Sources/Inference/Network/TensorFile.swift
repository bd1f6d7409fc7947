/// Tensors of single precision by name, from a safetensors file: eight bytes with the length of a JSON header, the header,
/// and the numbers in little-endian order.
public struct TensorFile: Sendable {
    public struct Tensor: Sendable, Hashable {
        public var shape: [Int]
        /// In row-major order.
        public var values: [Float]
    }

    public let tensors: [String: Tensor]

    /// Reads `F32` and `F64` tensors; the others are refused.
    public init(_ bytes: [UInt8]) throws(InferenceError) {
        guard bytes.count >= 8 else { throw ModelDocument.broken("header", "The file is too short.") }
        var length: UInt64 = 0
        for index in (0..<8).reversed() { length = length << 8 | UInt64(bytes[index]) }
        guard length <= UInt64(bytes.count - 8) else { throw ModelDocument.broken("header", "The file is too short.") }
        let start = 8 + Int(length)
        guard case .object(let entries) = try JSONDocument.read(Array(bytes[8..<start])) else {
            throw ModelDocument.broken("header", "The header is an object.")
        }
        var tensors: [String: Tensor] = [:]
        for (name, entry) in entries where name != "__metadata__" {
            var shape: [Int] = []
            var count = 1
            for number in try entry.numbers("shape") {
                guard let side = Int(exactly: number), side >= 0, side <= 1 << 28, count <= 1 << 28 else {
                    throw ModelDocument.broken(name, "The shape is not possible.")
                }
                shape.append(side)
                count *= side
            }
            let kind = try entry.text("dtype")
            guard kind == "F32" || kind == "F64" else {
                throw InferenceError(.unsupported, at: name, "Only F32 and F64 tensors are read.")
            }
            let size = kind == "F32" ? 4 : 8
            let offsets = try entry.numbers("data_offsets")
            guard offsets.count == 2, let from = Int(exactly: offsets[0]), let to = Int(exactly: offsets[1]), from >= 0,
                to >= from, to <= bytes.count - start, count <= 1 << 28, to - from == count * size
            else { throw ModelDocument.broken(name, "The numbers are not where the header says.") }
            var values: [Float] = []
            values.reserveCapacity(count)
            for index in 0..<count {
                let place = start + from + index * size
                var word: UInt64 = 0
                for byte in (0..<size).reversed() { word = word << 8 | UInt64(bytes[place + byte]) }
                let value = size == 4 ? Float(bitPattern: UInt32(word)) : Float(Double(bitPattern: word))
                guard value.isFinite else { throw ModelDocument.broken(name, "A number is not finite.") }
                values.append(value)
            }
            tensors[name] = Tensor(shape: shape, values: values)
        }
        self.tensors = tensors
    }
}
