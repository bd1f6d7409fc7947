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

/// The same, refused also where UCUM converts and a laboratory must not: moles and counts, equivalents and moles, microscope
/// fields and numbers, a logarithmic scale and the quantity behind it, units whose annotations differ.
///
/// - Throws: ``UCUMError``, as ``convert(_:from:to:)`` does, or `differentCount`, `differentAnnotation`.
public func convertSameKind(
    _ value: ExactDecimal, from source: String, to target: String
) throws(UCUMError) -> ExactDecimal {
    let (given, wanted) = (try UnitExpression(source), try UnitExpression(target))
    let (from, to) = (try Unit(given), try Unit(wanted))
    let conversion = try from.conversion(to: to)
    guard from.amount == to.amount else {
        throw UCUMError(.differentCount, "The units count different things: moles, equivalents, osmoles, particles.")
    }
    guard conversion.kind != .function || from.isSpecial == to.isSpecial else {
        throw UCUMError(.differentCount, "A logarithmic scale does not convert into the quantity it is taken of.")
    }
    if let difference = AnnotationRule.difference(AnnotationRule.texts(of: given), AnnotationRule.texts(of: wanted)) {
        throw UCUMError(.differentAnnotation, difference)
    }
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
