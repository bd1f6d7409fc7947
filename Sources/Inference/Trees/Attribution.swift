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
        attributions(rows: [row])[0]
    }

    /// As ``attributions(_:)``, of several rows: faster than one after the other, and the same to the last bit.
    public func attributions(rows: [[Double]]) -> [[Attribution]] {
        var found: [[Attribution]] = []
        found.reserveCapacity(rows.count)
        let size = AttributionForest.rowsAtOnce
        for start in stride(from: 0, to: rows.count, by: size) {
            found += together(rows[start..<min(rows.count, start + size)])
        }
        return found
    }

    private func together(_ rows: ArraySlice<[Double]>) -> [[Attribution]] {
        let none = Array(repeating: Array(repeating: 0.0, count: featureCount), count: outputCount)
        var sums = Array(repeating: none, count: rows.count)
        attribution.add(slots: slots.count, scale: scale, featureCount: featureCount, to: &sums) { position, values in
            rows[rows.startIndex + position].withUnsafeBufferPointer { slots.fill(values, from: $0) }
        }
        return sums.map { sums in sums.indices.map { Attribution(bias: expectations[$0], values: sums[$0]) } }
    }

    /// Exact Shapley values of the first output against a background: what is not known is taken from its rows
    /// (interventional TreeSHAP).
    ///
    /// - Parameter background: Rows of the features, at least one. The bias is their mean margin.
    public func attribution(_ row: [Double], background: [[Double]]) -> Attribution {
        InterventionalAttribution(self).attribution(row, background: background)
    }
}
