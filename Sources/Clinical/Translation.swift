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
///
/// Every finding has one, and many have the same: it is one reference to carry, not seven texts.
public struct MappingRecord: Hashable, Sendable, Codable {
    private final class Fields: Hashable, Sendable {
        let table: String
        let tableDigest: String
        let row: String
        let relationship: String
        let unitRead: String?
        let conversion: String
        let factor: String?
        let reviewer: String?

        init(
            table: String, tableDigest: String, row: String, relationship: String, unitRead: String?, conversion: String,
            factor: String?, reviewer: String?
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

        static func == (left: Fields, right: Fields) -> Bool {
            left === right
                || left.row == right.row && left.tableDigest == right.tableDigest && left.table == right.table
                    && left.relationship == right.relationship && left.unitRead == right.unitRead
                    && left.conversion == right.conversion && left.factor == right.factor
                    && left.reviewer == right.reviewer
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(row)
            hasher.combine(unitRead)
        }
    }

    private let fields: Fields

    /// Table and version, `labA/1.0.0`.
    public var table: String { fields.table }
    /// SHA-256 of the table file, hexadecimal.
    public var tableDigest: String { fields.tableDigest }
    /// Content hash of the row.
    public var row: String { fields.row }
    /// SSSOM predicate or FHIR equivalence of the row (`equivalent`, `wider`, …).
    public var relationship: String { fields.relationship }
    /// UCUM unit the raw unit was read as.
    public var unitRead: String? { fields.unitRead }
    /// How the number was changed: `none`, `ucum`, `molar`, `affine`, … with its factor and citation.
    public var conversion: String { fields.conversion }
    /// Multiplied by this (exact text, `88.42`); `nil` when the number was not changed.
    public var factor: String? { fields.factor }
    /// Who approved the row, with `|` between several; `nil` for codes that need no row of a table.
    public var reviewer: String? { fields.reviewer }

    public init(
        table: String, tableDigest: String, row: String, relationship: String, unitRead: String?, conversion: String,
        factor: String?, reviewer: String? = nil
    ) {
        fields = Fields(
            table: table, tableDigest: tableDigest, row: row, relationship: relationship, unitRead: unitRead,
            conversion: conversion, factor: factor, reviewer: reviewer)
    }

    private enum CodingKeys: String, CodingKey {
        case table, tableDigest, row, relationship, unitRead, conversion, factor, reviewer
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            table: try container.decode(String.self, forKey: .table),
            tableDigest: try container.decode(String.self, forKey: .tableDigest),
            row: try container.decode(String.self, forKey: .row),
            relationship: try container.decode(String.self, forKey: .relationship),
            unitRead: try container.decodeIfPresent(String.self, forKey: .unitRead),
            conversion: try container.decode(String.self, forKey: .conversion),
            factor: try container.decodeIfPresent(String.self, forKey: .factor),
            reviewer: try container.decodeIfPresent(String.self, forKey: .reviewer))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(table, forKey: .table)
        try container.encode(tableDigest, forKey: .tableDigest)
        try container.encode(row, forKey: .row)
        try container.encode(relationship, forKey: .relationship)
        try container.encodeIfPresent(unitRead, forKey: .unitRead)
        try container.encode(conversion, forKey: .conversion)
        try container.encodeIfPresent(factor, forKey: .factor)
        try container.encodeIfPresent(reviewer, forKey: .reviewer)
    }
}

/// Turns local codes and units into LOINC and UCUM. Implemented by `Terminology`.
public protocol CodeTranslator: Sendable {
    func translate(_ request: TranslationRequest) -> TranslationOutcome
}
