/// What each feature adds to a margin: `bias` and all `values` add up to it.
public struct Attribution: Sendable, Hashable {
    /// The margin of no particular row: the mean over the training rows, or over the background.
    public var bias: Double
    /// One a feature. Associations in the model, not causes.
    public var values: [Double]

    public init(bias: Double, values: [Double]) {
        self.bias = bias
        self.values = values
    }

    public var sum: Double { values.reduce(bias, +) }
}

extension TreeEnsemble {
    /// Exact Shapley values of the first output, with what is not known averaged over the training rows of each node
    /// (path-dependent TreeSHAP).
    public func attribution(_ row: [Double]) -> Attribution {
        attributions(row)[0]
    }

    /// As ``attribution(_:)``, for each output.
    public func attributions(_ row: [Double]) -> [Attribution] {
        var sums = Array(repeating: Array(repeating: 0.0, count: featureCount), count: outputCount)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: slots.count) { values in
            row.withUnsafeBufferPointer { slots.fill(values, from: $0) }
            attribution.add(values, outputOfTree: outputOfTree, scale: scale, featureCount: featureCount, to: &sums)
        }
        return sums.indices.map { Attribution(bias: expectations[$0], values: sums[$0]) }
    }

    /// Exact Shapley values of the first output against a background: what is not known is taken from its rows
    /// (interventional TreeSHAP).
    ///
    /// - Parameter background: Rows of the features, at least one. The bias is their mean margin.
    public func attribution(_ row: [Double], background: [[Double]]) -> Attribution {
        InterventionalAttribution(self).attribution(row, background: background)
    }
}
