/// A number with a unit, and a comparator where the laboratory gave only a bound.
public struct Quantity: Hashable, Sendable, Codable {
    /// FHIR R4 quantity comparator. `nil` in ``Quantity/comparator`` means an exact value.
    public enum Comparator: String, Sendable, Codable {
        case less = "<"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case greater = ">"
    }

    public let value: ExactDecimal
    /// UCUM code after normalisation (`mmol/L`), the sender's text before it; `nil` when the sender gave none.
    public let unit: String?
    public let comparator: Comparator?

    public init(value: ExactDecimal, unit: String?, comparator: Comparator? = nil) {
        self.value = value
        self.unit = unit
        self.comparator = comparator
    }
}
