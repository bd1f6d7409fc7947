public import Clinical

/// A number in one unit as a number in another, from and to case sensitive UCUM codes.
///
///     try UCUM.convert(ExactDecimal(98.6), from: "[degF]", to: "Cel")   // 37
///
/// - Throws: ``UCUMError`` when a code cannot be read, the units are not commensurable, or the result is no decimal.
public func convert(_ value: ExactDecimal, from source: String, to target: String) throws(UCUMError) -> ExactDecimal {
    let conversion = try Unit(source).conversion(to: Unit(target))
    guard let result = conversion.apply(value) else {
        throw UCUMError(.outOfRange, "There is no number in the target unit for this value.")
    }
    return result
}

/// What is wrong with a UCUM code; `nil` when it is valid.
public func validate(_ code: String) -> UCUMError? {
    do throws(UCUMError) {
        _ = try Unit(code)
        return nil
    } catch {
        return error
    }
}

/// A UCUM code spelled out: `(milligram) / (deciliter)`; the empty code is the unity, though it is no valid code.
public func displayName(_ code: String) throws(UCUMError) -> String {
    code.isEmpty ? "(unity)" : try UnitExpression(code).displayName
}
