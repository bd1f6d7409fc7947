import Clinical

/// One version of a finding as a timeline keeps it: what differs from value to value, about 130 bytes.
///
/// What is the same for most values of a series is in ``FindingContext``. A ``Finding`` itself takes over 500 bytes
/// and a dozen heap strings, which ten thousand patients with hundreds of findings each cannot afford.
struct PackedFinding: Sendable {
    enum Value: Sendable {
        /// The usual number; its unit is in the context.
        case number(coefficient: Int64, scale: Int16, comparator: Quantity.Comparator?)
        case missing(MissingReason)
        case other(Box)

        /// Codes, texts and numbers of more than 18 digits.
        final class Box: Sendable {
            let value: Finding.Value
            init(_ value: Finding.Value) { self.value = value }
        }
    }

    let id: FindingID
    let status: Finding.Status
    let context: UInt32
    let series: UInt32
    /// Next older version of the same id, −1 if none.
    var older: Int32 = -1
    let time: PackedTime
    let value: Value
    let effective: Int64
    let known: Int64
    let messageID: Int64
    let path: String
    let rawValue: String

    init(_ finding: Finding, series: UInt32, context: UInt32) {
        id = FindingID(finding.id)
        status = finding.status
        self.context = context
        self.series = series
        time = PackedTime(finding.effective)
        effective = finding.effective.instant.microseconds
        known = finding.known.microseconds
        messageID = finding.origin.address.messageID
        path = finding.origin.address.path
        rawValue = finding.origin.rawValue.exposed
        switch finding.value {
        case .quantity(let quantity):
            if let coefficient = Int64(exactly: quantity.value.coefficient) {
                value = .number(coefficient: coefficient, scale: quantity.value.scale, comparator: quantity.comparator)
            } else {
                value = .other(Value.Box(finding.value))
            }
        case .missing(let reason): value = .missing(reason)
        case .coded, .text: value = .other(Value.Box(finding.value))
        }
    }

    func isMissing() -> Bool {
        if case .missing = value { true } else { false }
    }

    func finding(in context: FindingContext) -> Finding {
        let value: Finding.Value =
            switch self.value {
            case .number(let coefficient, let scale, let comparator):
                .quantity(
                    Quantity(
                        value: ExactDecimal(coefficient: Int128(coefficient), scale: Int(scale)), unit: context.unit,
                        comparator: comparator))
            case .missing(let reason): .missing(reason)
            case .other(let box): box.value
            }
        return Finding(
            id: id.text, patient: context.patient, code: context.code, value: value, status: status,
            effective: time.time(at: Instant(microseconds: effective)), known: Instant(microseconds: known),
            origin: Finding.Origin(
                source: context.source, address: SourceAddress(messageID: messageID, path: path), rawCode: context.rawCode,
                rawValue: PHI(rawValue), rawUnit: context.rawUnit, mapping: context.mapping))
    }
}

/// What reads look at first, apart from the rest so that a scan of a series stays in the cache.
struct VersionMoment: Sendable {
    let effective: Int64
    /// This version is the current one for reads whose `known` is in `from..<until`; `.max` as `until` has no end.
    var from: Int64
    var until: Int64 = .max
    /// The number as it was sent, NaN where it is none that a double holds exactly rounded.
    let number: Double
    let context: UInt32
    let isRetracted: Bool
    let isMissing: Bool
    /// The number is only a limit, as in `<5`.
    let isBound: Bool

    init(_ version: PackedFinding, from: Instant) {
        effective = version.effective
        self.from = from.microseconds
        context = version.context
        isRetracted = version.status == .enteredInError
        isMissing = version.isMissing()
        if case .number(let coefficient, let scale, let comparator) = version.value, (0...18).contains(scale),
            coefficient.magnitude < 1 << 53
        {
            isBound = comparator != nil
            number = ExactDecimal(coefficient: Int128(coefficient), scale: Int(scale)).doubleValue
        } else {
            isBound = false
            number = .nan
        }
    }

    func isVisible(known: Int64) -> Bool {
        from <= known && (known < until || until == .max) && !isRetracted
    }
}

/// What many findings of one series share.
final class FindingContext: Sendable {
    let rawCode: Code
    let unit: String?
    let rawUnit: String?
    let source: String
    let code: Code
    let patient: PatientKey
    let mapping: MappingRecord?

    init(_ finding: Finding) {
        rawCode = finding.origin.rawCode
        if case .quantity(let quantity) = finding.value { unit = quantity.unit } else { unit = nil }
        rawUnit = finding.origin.rawUnit
        source = finding.origin.source
        code = finding.code
        patient = finding.patient
        mapping = finding.origin.mapping
    }

    /// Whether the finding has this context.
    func fits(_ finding: Finding) -> Bool {
        var unit: String?
        if case .quantity(let quantity) = finding.value { unit = quantity.unit }
        let origin = finding.origin
        return self.unit == unit && rawUnit == origin.rawUnit && source == origin.source && mapping == origin.mapping
            && code == finding.code && rawCode == origin.rawCode && patient == finding.patient
    }
}
