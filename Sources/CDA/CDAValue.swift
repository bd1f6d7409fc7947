/// HL7 V3 `II`: an identifier, or a template the element claims to follow.
public struct InstanceIdentifier: Sendable, Hashable {
    /// OID or UUID of the assigner; `nil` with a null flavour.
    public var root: String?
    public var `extension`: String?
    public var nullFlavor: String?

    public init(root: String?, extension: String?, nullFlavor: String? = nil) {
        self.root = root
        self.extension = `extension`
        self.nullFlavor = nullFlavor
    }
}

/// HL7 V3 `CD`/`CE`/`CV`/`CS`: a code with its translations.
public struct ConceptDescriptor: Sendable, Hashable {
    public var code: String?
    /// OID of the code system.
    public var codeSystem: String?
    public var codeSystemName: String?
    public var displayName: String?
    public var originalText: String?
    public var translations: [ConceptDescriptor]
    public var nullFlavor: String?

    public init(
        code: String?, codeSystem: String?, codeSystemName: String? = nil, displayName: String? = nil,
        originalText: String? = nil, translations: [ConceptDescriptor] = [], nullFlavor: String? = nil
    ) {
        self.code = code
        self.codeSystem = codeSystem
        self.codeSystemName = codeSystemName
        self.displayName = displayName
        self.originalText = originalText
        self.translations = translations
        self.nullFlavor = nullFlavor
    }
}

/// HL7 V3 `PQ`: number and unit as written; the number is text because it may not be one.
public struct PhysicalQuantity: Sendable, Hashable {
    public var value: String?
    public var unit: String?
    /// `false` on a bound of an interval that does not belong to it.
    public var inclusive: Bool
    public var nullFlavor: String?

    public init(value: String?, unit: String?, inclusive: Bool = true, nullFlavor: String? = nil) {
        self.value = value
        self.unit = unit
        self.inclusive = inclusive
        self.nullFlavor = nullFlavor
    }
}

/// The value of an observation, by its `xsi:type`.
public enum CDAValue: Sendable, Hashable {
    /// `PQ`, and `INT` and `REAL` without a unit.
    case quantity(PhysicalQuantity)
    /// `IVL_PQ`, `IVL_INT`, `IVL_REAL`: a missing bound is open.
    case range(low: PhysicalQuantity?, high: PhysicalQuantity?)
    /// `CD`, `CE`, `CV`, `CO`, `CS`.
    case coded(ConceptDescriptor)
    /// `ST`, `ED`.
    case text(String)
    /// `TS`, as written.
    case time(CDATime)
    /// `BL`.
    case boolean(Bool)
    /// There is no value, and this is why (HL7 V3 NullFlavor).
    case null(String)
    /// A type that is not read; the name of the type.
    case unsupported(String)
}
