/// What the values under a local code look like, in bounded space: the smallest, the largest, and every so many-th value.
///
/// The same values in the same order give the same sketch.
public struct ValueSketch: Sendable, Hashable {
    /// Most values that are kept.
    public static let capacity = 64

    public private(set) var minimum: Double?
    public private(set) var maximum: Double?
    /// Values with ordinals divisible by the stride, in the order in which they came.
    public private(set) var sample: [Double] = []
    private var stride: Int64 = 1

    public init() {}

    public var isEmpty: Bool { sample.isEmpty && minimum == nil }

    /// The middle value of the sample; `nil` without values.
    public var median: Double? {
        let sorted = sample.sorted()
        return sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// - Parameter ordinal: how many results came under the code before this one.
    /// - Returns: whether the sketch is another one now.
    mutating func add(_ value: Double, ordinal: Int64) -> Bool {
        guard value.isFinite else { return false }
        let before = self
        minimum = min(minimum ?? value, value)
        maximum = max(maximum ?? value, value)
        if ordinal % stride == 0 {
            if sample.count == Self.capacity {
                sample = sample.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
                stride *= 2
            }
            if ordinal % stride == 0 { sample.append(value) }
        }
        return self != before
    }

    // MARK: As a column

    /// Stride, smallest, largest and the values with spaces between them; empty for an empty sketch.
    var text: String {
        guard let minimum, let maximum else { return "" }
        return ([String(stride), "\(minimum)", "\(maximum)"] + sample.map { "\($0)" }).joined(separator: " ")
    }

    /// `nil` for what is not such a text.
    init?(text: String) {
        guard !text.isEmpty else { return }
        let words = text.split(separator: " ")
        let numbers = words.dropFirst().map { Double($0) }
        guard let first = words.first, let stride = Int64(first), stride > 0, numbers.count >= 2, !numbers.contains(nil),
            numbers.count <= Self.capacity + 2
        else { return nil }
        self.stride = stride
        minimum = numbers[0]
        maximum = numbers[1]
        sample = numbers.dropFirst(2).compactMap(\.self)
    }
}
