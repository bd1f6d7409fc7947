/// A gated recurrent net with decay over irregular series (GRU-D; Che et al., Sci Rep 2018;8:6085), in single precision.
///
/// A row holds the series step by step, oldest first, each step with one number a channel, NaN where nothing was measured.
/// Values are standardised, so that the mean of a channel is 0. Of a value that is missing there remains the last one before
/// it, fading to the mean with the time since (equations 4 and 5); the state fades too (6). With `m` the mask, `δ` the hours
/// since each channel's last value and `x̂` the values so filled in:
///
///     γₓ = exp(−max(0, wₓ ⊙ δ + bₓ))          γₕ = exp(−max(0, Wₕ δ + bₕ))
///     x̂ = m ⊙ x + (1 − m) ⊙ γₓ ⊙ x′           h ← γₕ ⊙ h
///     z, r = σ(W x̂ + U h + V m + b)            h̃ = tanh(W x̂ + U (r ⊙ h) + V m + b)
///     h ← (1 − z) ⊙ h + z ⊙ h̃
///
/// The margin is a linear function of the last state. Tensors, with C channels and H states, the rows of the three gates in
/// the order z, r, h̃: `decay.input.weight` and `.bias` (C), `decay.hidden.weight` (H × C) and `.bias` (H), `input.weight`
/// and `mask.weight` (3H × C), `hidden.weight` (3H × H), `bias` (3H), `output.weight` (1 × H), `output.bias` (1).
public struct RecurrentNetwork: Sendable {
    private let channels: Int
    private let states: Int
    private let steps: Int
    private let stepHours: Float
    private let means: [Float]
    private let deviations: [Float]
    private let inputDecay: (weights: [Float], biases: [Float])
    private let hiddenDecay: (weights: [Float], biases: [Float])
    private let inputWeights: [Float]
    private let maskWeights: [Float]
    private let hiddenWeights: [Float]
    private let biases: [Float]
    private let output: (weights: [Float], bias: Float)

    /// - Parameters:
    ///   - steps: Steps in a row, at least one.
    ///   - stepHours: Hours between two steps.
    ///   - means: One a channel, as in training.
    ///   - deviations: One a channel, above zero.
    public init(
        _ file: TensorFile, steps: Int, stepHours: Double, means: [Double], deviations: [Double]
    ) throws(InferenceError) {
        guard steps > 0, stepHours > 0, !means.isEmpty, means.count == deviations.count, deviations.allSatisfy({ $0 > 0 })
        else {
            throw ModelDocument.broken(
                "deviations", "One mean and one deviation above zero a channel, and at least one step.")
        }
        let channels = means.count
        let states = file.tensors["output.weight"]?.shape.last ?? 0
        guard states > 0, file.tensors.count == 10 else {
            throw ModelDocument.broken("output.weight", "The ten tensors of a gated net with decay are needed, no others.")
        }
        func tensor(_ name: String, _ shape: Int...) throws(InferenceError) -> [Float] {
            guard let tensor = file.tensors[name], tensor.shape == shape else {
                throw ModelDocument.broken(name, "The tensor is missing or its shape does not fit the others.")
            }
            return tensor.values
        }
        inputDecay = (try tensor("decay.input.weight", channels), try tensor("decay.input.bias", channels))
        hiddenDecay = (try tensor("decay.hidden.weight", states, channels), try tensor("decay.hidden.bias", states))
        inputWeights = try tensor("input.weight", 3 * states, channels)
        maskWeights = try tensor("mask.weight", 3 * states, channels)
        hiddenWeights = try tensor("hidden.weight", 3 * states, states)
        biases = try tensor("bias", 3 * states)
        output = (try tensor("output.weight", 1, states), try tensor("output.bias", 1)[0])
        self.channels = channels
        self.states = states
        self.steps = steps
        self.stepHours = Float(stepHours)
        self.means = means.map { Float($0) }
        self.deviations = deviations.map { Float($0) }
    }

    /// Numbers in a row: steps times channels.
    public var featureCount: Int { steps * channels }

    /// The output before any link, for a row of ``featureCount`` numbers; NaN for a row of another length.
    public func margin(_ row: [Double]) -> Double {
        guard row.count == featureCount else { return .nan }
        var state = Array(repeating: Float(0), count: states)
        var last = Array(repeating: Float(0), count: channels)
        var since = Array(repeating: Float(0), count: channels)
        var wasMeasured = Array(repeating: false, count: channels)
        var filled = last
        var mask = last
        for step in 0..<steps {
            for channel in 0..<channels {
                // δ counts from the last measured step, or from the first step (equation 2 of the paper).
                if step > 0 { since[channel] = stepHours + (wasMeasured[channel] ? 0 : since[channel]) }
                let value = Float(row[step * channels + channel])
                wasMeasured[channel] = !value.isNaN
                mask[channel] = value.isNaN ? 0 : 1
                if value.isNaN {
                    let decay = Self.decay(inputDecay.weights[channel] * since[channel] + inputDecay.biases[channel])
                    filled[channel] = decay * last[channel]
                } else {
                    last[channel] = (value - means[channel]) / deviations[channel]
                    filled[channel] = last[channel]
                }
            }
            advance(&state, filled: filled, mask: mask, since: since)
        }
        var margin = output.bias
        for index in 0..<states { margin += output.weights[index] * state[index] }
        return Double(margin)
    }

    private func advance(_ state: inout [Float], filled: [Float], mask: [Float], since: [Float]) {
        for index in 0..<states {
            state[index] *= Self.decay(Self.product(hiddenDecay.weights, row: index, since) + hiddenDecay.biases[index])
        }
        var gates = biases
        for gate in 0..<3 * states {
            gates[gate] += Self.product(inputWeights, row: gate, filled) + Self.product(maskWeights, row: gate, mask)
        }
        for gate in 0..<2 * states {
            gates[gate] = Self.logistic(gates[gate] + Self.product(hiddenWeights, row: gate, state))
        }
        let reset = (0..<states).map { gates[states + $0] * state[$0] }
        for index in 0..<states {
            let sum = gates[2 * states + index] + Self.product(hiddenWeights, row: 2 * states + index, reset)
            let candidate = Float(Elementary.tanh(Double(sum)))
            state[index] = (1 - gates[index]) * state[index] + gates[index] * candidate
        }
    }

    private static func product(_ matrix: [Float], row: Int, _ vector: [Float]) -> Float {
        var sum: Float = 0
        let start = row * vector.count
        for index in vector.indices { sum += matrix[start + index] * vector[index] }
        return sum
    }

    private static func decay(_ value: Float) -> Float { Float(Elementary.exp(-Double(max(0, value)))) }

    private static func logistic(_ value: Float) -> Float { Float(Elementary.logistic(Double(value))) }

    /// Shapley values by ``KernelSHAP`` against a row where nothing was measured. A channel is one player with all its
    /// steps: its value stands at its newest step, the others are 0.
    public func attribution(_ row: [Double]) -> Attribution {
        guard row.count == featureCount else {
            return Attribution(bias: .nan, values: Array(repeating: .nan, count: row.count))
        }
        let absent = [Array(repeating: Double.nan, count: channels)]
        let present = Array(repeating: 1.0, count: channels)
        let players = KernelSHAP(background: absent).attribution(present) { coalition in
            var mixed = row
            for channel in 0..<channels where coalition[channel].isNaN {
                for step in 0..<steps { mixed[step * channels + channel] = .nan }
            }
            return margin(mixed)
        }
        var values = Array(repeating: 0.0, count: row.count)
        values.replaceSubrange((steps - 1) * channels..<steps * channels, with: players.values)
        return Attribution(bias: players.bias, values: values)
    }
}
