/// A local code and value on its way to LOINC and UCUM.
public struct TranslationRequest: Hashable, Sendable {
    /// Name of the configured source; selects the mapping tables.
    public var source: String
    public var code: Code
    public var unit: String?
    public var value: ExactDecimal?
    public var specimen: String?
    public var method: String?
    public var device: String?
    /// Selects rows by their validity; `nil` means any currently valid row.
    public var effective: Instant?

    public init(
        source: String, code: Code, unit: String? = nil, value: ExactDecimal? = nil, specimen: String? = nil,
        method: String? = nil, device: String? = nil, effective: Instant? = nil
    ) {
        self.source = source
        self.code = code
        self.unit = unit
        self.value = value
        self.specimen = specimen
        self.method = method
        self.device = device
        self.effective = effective
    }
}

/// What became of a local code.
public enum TranslationOutcome: Hashable, Sendable {
    case mapped(Translation)
    /// No row, several rows, or a unit that must not be converted. `candidates` are LOINC codes in question.
    case unmapped(MissingReason, explanation: String, candidates: [String])
}

public struct Translation: Hashable, Sendable {
    /// LOINC code with its official display.
    public var target: Code
    /// The value in the unit of the target; `nil` when the request had no value.
    public var quantity: Quantity?
    public var record: MappingRecord

    public init(target: Code, quantity: Quantity?, record: MappingRecord) {
        self.target = target
        self.quantity = quantity
        self.record = record
    }
}

/// The row and the arithmetic behind a normalised value.
public struct MappingRecord: Hashable, Sendable, Codable {
    /// Table and version, `labA/1.0.0`.
    public var table: String
    /// SHA-256 of the table file, hexadecimal.
    public var tableDigest: String
    /// Content hash of the row.
    public var row: String
    /// SSSOM predicate or FHIR equivalence of the row (`equivalent`, `wider`, …).
    public var relationship: String
    /// UCUM unit the raw unit was read as.
    public var unitRead: String?
    /// How the number was changed: `none`, `ucum`, `molar`, `affine`, … with its factor and citation.
    public var conversion: String
    /// Multiplied by this (exact text, `88.42`); `nil` when the number was not changed.
    public var factor: String?
    /// Who approved the row, with `|` between several; `nil` for codes that need no row of a table.
    public var reviewer: String?

    public init(
        table: String, tableDigest: String, row: String, relationship: String, unitRead: String?, conversion: String,
        factor: String?, reviewer: String? = nil
    ) {
        self.table = table
        self.tableDigest = tableDigest
        self.row = row
        self.relationship = relationship
        self.unitRead = unitRead
        self.conversion = conversion
        self.factor = factor
        self.reviewer = reviewer
    }
}

/// Turns local codes and units into LOINC and UCUM. Implemented by `Terminology`.
public protocol CodeTranslator: Sendable {
    func translate(_ request: TranslationRequest) -> TranslationOutcome
}
