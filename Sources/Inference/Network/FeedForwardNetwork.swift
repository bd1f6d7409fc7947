/// A feed-forward net with one output, in single precision.
///
/// Layers are the tensors `0.weight` (outputs × inputs), `0.bias`, `1.weight` and so on; the last has one output, the margin.
/// A row is standardised first, a missing value counting as the mean; with a mask the net also takes, after the values, 1 for
/// each that is there and 0 for each that is not, so that it can tell the two apart.
public struct FeedForwardNetwork: Sendable {
    public enum Activation: String, Sendable, CaseIterable {
        case relu, tanh, sigmoid
    }

    private struct Layer: Sendable {
        var inputs: Int
        var outputs: Int
        var weights: [Float]
        var biases: [Float]
    }

    private let layers: [Layer]
    private let activation: Activation
    private let means: [Float]
    private let deviations: [Float]
    private let hasMask: Bool

    /// - Parameters:
    ///   - means: One a feature, as in training.
    ///   - deviations: One a feature, above zero.
    public init(
        _ file: TensorFile, activation: Activation, means: [Double], deviations: [Double], hasMask: Bool
    ) throws(InferenceError) {
        guard !means.isEmpty, means.count == deviations.count, deviations.allSatisfy({ $0 > 0 }) else {
            throw ModelDocument.broken("deviations", "One mean and one deviation above zero a feature.")
        }
        var layers: [Layer] = []
        var width = hasMask ? 2 * means.count : means.count
        while let weight = file.tensors["\(layers.count).weight"] {
            let name = "\(layers.count)"
            guard let bias = file.tensors[name + ".bias"], weight.shape.count == 2, weight.shape[1] == width,
                bias.shape == [weight.shape[0]]
            else { throw ModelDocument.broken(name, "The layer does not fit the one before it.") }
            width = weight.shape[0]
            layers.append(
                Layer(inputs: weight.shape[1], outputs: width, weights: weight.values, biases: bias.values))
        }
        guard !layers.isEmpty, width == 1, file.tensors.count == 2 * layers.count else {
            throw ModelDocument.broken("\(max(0, layers.count - 1))", "The last layer has one output, and nothing is left.")
        }
        self.layers = layers
        self.activation = activation
        self.means = means.map { Float($0) }
        self.deviations = deviations.map { Float($0) }
        self.hasMask = hasMask
    }

    public var featureCount: Int { means.count }

    /// The output before any link, for one number a feature, NaN where missing.
    public func margin(_ row: [Double]) -> Double {
        var values = means.indices.map { index -> Float in
            let value = index < row.count ? Float(row[index]) : .nan
            return value.isNaN ? 0 : (value - means[index]) / deviations[index]
        }
        if hasMask { values += means.indices.map { $0 < row.count && !row[$0].isNaN ? 1 : 0 } }
        for (number, layer) in layers.enumerated() {
            var next = layer.biases
            for output in 0..<layer.outputs {
                var sum: Float = 0
                for input in 0..<layer.inputs { sum += layer.weights[output * layer.inputs + input] * values[input] }
                next[output] += sum
            }
            if number < layers.count - 1 {
                for index in next.indices { next[index] = activate(next[index]) }
            }
            values = next
        }
        return Double(values[0])
    }

    private func activate(_ value: Float) -> Float {
        switch activation {
        case .relu: max(0, value)
        case .tanh: Float(Elementary.tanh(Double(value)))
        case .sigmoid: Float(Elementary.logistic(Double(value)))
        }
    }

    /// Shapley values against a row where everything is missing, by ``KernelSHAP``.
    public func attribution(_ row: [Double]) -> Attribution {
        KernelSHAP(background: [Array(repeating: .nan, count: means.count)]).attribution(row) { margin($0) }
    }
}
