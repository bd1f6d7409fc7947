/// One model of an ensemble.
indirect enum EnsembleMember: Sendable {
    case trees(TreeEnsemble)
    case linear(LinearModel)
    case scorecard(Scorecard)
    case network(FeedForwardNetwork)
    case recurrent(RecurrentNetwork)
    #if ONNX
        case onnx(ONNXModel)
    #endif
    /// A model that takes some of the inputs, in an order of its own.
    case part(inputs: [Int], EnsembleMember)

    /// Whether it computes in single precision, as the nets do.
    var isSinglePrecision: Bool {
        switch self {
        case .trees, .linear, .scorecard: false
        case .network, .recurrent: true
        #if ONNX
            case .onnx: true
        #endif
        case .part(_, let member): member.isSinglePrecision
        }
    }

    func margin(_ row: [Double]) -> Double {
        switch self {
        case .trees(let trees): trees.margin(row)
        case .linear(let linear): linear.margin(row)
        case .scorecard(let scorecard): scorecard.margin(row)
        case .network(let network): network.margin(row)
        case .recurrent(let network): network.margin(row)
        #if ONNX
            case .onnx(let model): model.margin(row)
        #endif
        case .part(let inputs, let member): member.margin(inputs.map { row[$0] })
        }
    }

    func attribution(_ row: [Double]) -> Attribution {
        switch self {
        case .trees(let trees): return trees.attribution(row)
        case .linear(let linear): return linear.attribution(row)
        case .scorecard(let scorecard): return scorecard.attribution(row)
        case .network(let network): return network.attribution(row)
        case .recurrent(let network): return network.attribution(row)
        #if ONNX
            case .onnx(let model): return model.attribution(row)
        #endif
        case .part(let inputs, let member):
            let part = member.attribution(inputs.map { row[$0] })
            var whole = Attribution(bias: part.bias, values: Array(repeating: 0, count: row.count))
            for (input, value) in zip(inputs, part.values) { whole.values[input] += value }
            return whole
        }
    }
}
