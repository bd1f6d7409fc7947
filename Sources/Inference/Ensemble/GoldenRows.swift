/// Rows with the answers of the library that the model was trained with: the package reproduces each or is not loaded.
///
/// A library may read a file of a newer version without a word and answer something else; this is what notices.
enum GoldenRows {
    static let minimum = 200
    static func check(
        _ bytes: [UInt8], file: String, model: EnsembleModel, minimum: Int = minimum
    ) throws(InferenceError) {
        guard case .array(let rows) = try JSONDocument.read(bytes) else {
            throw InferenceError(.goldenCase, at: file, "Golden rows are a list of objects.")
        }
        guard rows.count >= minimum else {
            throw InferenceError(.goldenCase, at: file, "At least \(minimum) golden rows are needed.")
        }
        for (index, row) in rows.enumerated() {
            let place = "\(file)#/\(index)"
            var inputs: [Double] = []
            for value in try row.elements("inputs") {
                if case .null = value { inputs.append(.nan) } else { inputs.append(try value.number(place)) }
            }
            guard inputs.count == model.inputs.count else {
                throw InferenceError(.goldenCase, at: place, "One value an input is needed.")
            }
            let tolerance = model.tolerance
            let margins = model.margins(inputs)
            let margin = margins.reduce(0, +) / Double(margins.count)
            try compare(margin, try row.at("margin").number(place), "margin", place, tolerance)
            try compare(model.calibration(margin), try row.at("probability").number(place), "probability", place, tolerance)
            let attribution = model.attribution(inputs)
            try compare(attribution.bias, try row.at("bias").number(place), "bias", place, tolerance)
            let expected = try row.numbers("contributions")
            guard expected.count == attribution.values.count else {
                throw InferenceError(.goldenCase, at: place, "One contribution an input is needed.")
            }
            for (found, wanted) in zip(attribution.values, expected) {
                try compare(found, wanted, "contribution", place, tolerance)
            }
            try compare(attribution.sum, margin, "sum of the contributions", place, tolerance)
        }
    }

    private static func compare(
        _ found: Double, _ wanted: Double, _ what: String, _ place: String, _ tolerance: Double
    ) throws(InferenceError) {
        guard abs(found - wanted) <= tolerance * max(1, abs(wanted)) else {
            throw InferenceError(.goldenCase, at: place, "The package gives another \(what) than the row expects.")
        }
    }
}
