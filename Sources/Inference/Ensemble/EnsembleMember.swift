/// One model of an ensemble.
enum EnsembleMember: Sendable {
    case trees(TreeEnsemble)
    case linear(LinearModel)
    case network(FeedForwardNetwork)

    func margin(_ row: [Double]) -> Double {
        switch self {
        case .trees(let trees): trees.margin(row)
        case .linear(let linear): linear.margin(row)
        case .network(let network): network.margin(row)
        }
    }

    func attribution(_ row: [Double]) -> Attribution {
        switch self {
        case .trees(let trees): trees.attribution(row)
        case .linear(let linear): linear.attribution(row)
        case .network(let network): network.attribution(row)
        }
    }
}
