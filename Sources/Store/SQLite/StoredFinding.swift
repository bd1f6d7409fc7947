import Clinical

/// A finding as the row of its message holds it: texts, codes and mapping by their numbers in the dictionaries.
///
/// The results of a message mostly share their times and their sender; what is as in the result before is not written again.
struct StoredFinding {
    var id: FindingID
    var code: Int64
    var status: Finding.Status
    var effective: StoredTime
    /// Microseconds since 1970.
    var known: Int64
    var value: StoredValue
    var source: Int64
    /// Number of the message, where it is not the entry whose row this is.
    var message: Int64?
    var path: String
    var rawCode: Int64
    var rawValue: String
    var rawUnit: Int64?
    var mapping: Int64?

    // Places in this list are stored: entries are only ever added at its end.
    static let statuses: [Finding.Status] = [.preliminary, .final, .corrected, .enteredInError]

    // Bits of the first byte, under which the status stands.
    private static let statusBits: UInt8 = 0b0000_0111
    private static let sameEffective: UInt8 = 1 << 3
    private static let sameKnown: UInt8 = 1 << 4
    private static let sameSource: UInt8 = 1 << 5

    // MARK: Body of a row

    private static let version: UInt64 = 1

    /// The body of a row: version, number of findings, findings in the order of the message.
    static func body(_ findings: [StoredFinding]) -> [UInt8] {
        var body = BodyWriter()
        body.append(unsigned: version)
        body.append(unsigned: UInt64(findings.count))
        for place in findings.indices {
            findings[place].write(after: place == 0 ? nil : findings[place - 1], to: &body)
        }
        return body.bytes
    }

    /// - Throws: ``StoreError/Kind/unreadableRow`` for bytes that are no such body.
    static func findings(_ bytes: [UInt8]) throws -> [StoredFinding] {
        var body = BodyReader(bytes)
        guard try body.unsigned() == version else { throw BodyReader.unreadable }
        var last: StoredFinding?
        let findings = try body.array { body in
            let finding = try StoredFinding(after: last, &body)
            last = finding
            return finding
        }
        guard body.isAtEnd else { throw BodyReader.unreadable }
        return findings
    }

    /// In ``statuses``.
    private static func place(of status: Finding.Status) -> UInt8 {
        switch status {
        case .preliminary: 0
        case .final: 1
        case .corrected: 2
        case .enteredInError: 3
        }
    }

    private func write(after last: StoredFinding?, to body: inout BodyWriter) {
        var head = Self.place(of: status)
        if let last {
            if last.effective == effective { head |= Self.sameEffective }
            if last.known == known { head |= Self.sameKnown }
            if last.source == source { head |= Self.sameSource }
        }
        body.append(byte: head)
        body.append(id)
        if head & Self.sameEffective == 0 {
            body.append(signed: effective.instant)
            body.append(number: effective.form)
        }
        if head & Self.sameKnown == 0 { body.append(signed: known) }
        if head & Self.sameSource == 0 { body.append(number: source) }
        body.append(number: code)
        value.write(to: &body)
        body.append(number: message)
        body.append(path)
        body.append(number: rawCode)
        body.append(rawValue)
        body.append(number: rawUnit)
        body.append(number: mapping)
    }
}

extension StoredFinding {
    fileprivate init(after last: StoredFinding?, _ body: inout BodyReader) throws {
        let head = try body.byte()
        let place = Int(head & Self.statusBits)
        guard Self.statuses.indices.contains(place) else { throw BodyReader.unreadable }
        status = Self.statuses[place]
        id = try body.findingID()
        func same<Value>(_ bit: UInt8, _ read: () throws -> Value, _ known: (StoredFinding) -> Value) throws -> Value {
            if head & bit == 0 { return try read() }
            guard let last else { throw BodyReader.unreadable }
            return known(last)
        }
        effective = try same(
            Self.sameEffective, { StoredTime(instant: try body.signed(), form: try body.number()) }, { $0.effective })
        known = try same(Self.sameKnown, { try body.signed() }, { $0.known })
        source = try same(Self.sameSource, { try body.number() }, { $0.source })
        code = try body.number()
        value = try StoredValue(&body)
        message = try body.optionalNumber()
        path = try body.text()
        rawCode = try body.number()
        rawValue = try body.text()
        rawUnit = try body.optionalNumber()
        mapping = try body.optionalNumber()
    }
}

extension StoredFinding {
    // MARK: Dictionaries

    /// - Parameters:
    ///   - source: number of its source.
    ///   - journal: the entry whose row it is.
    init(_ finding: Finding, source: Int64, journal: Int64, _ writer: WriterConnection) throws {
        let origin = finding.origin
        self.init(
            id: FindingID(finding.id), code: try writer.code(finding.code), status: finding.status,
            effective: StoredTime(finding.effective), known: finding.known.microseconds,
            value: try StoredValue(finding.value, writer), source: source,
            message: origin.address.messageID == journal ? nil : origin.address.messageID, path: origin.address.path,
            rawCode: try writer.code(origin.rawCode), rawValue: origin.rawValue.exposed,
            rawUnit: try writer.term(origin.rawUnit), mapping: try writer.mapping(origin.mapping))
    }

    func finding(of patient: PatientKey, journal: Int64, _ reader: ReaderConnection) throws -> Finding {
        guard let time = effective.time else { throw BodyReader.unreadable }
        return Finding(
            id: id.text, patient: patient, code: try reader.code(code), value: try value.value(reader), status: status,
            effective: time, known: Instant(microseconds: known),
            origin: Finding.Origin(
                source: try reader.term(source), address: SourceAddress(messageID: message ?? journal, path: path),
                rawCode: try reader.code(rawCode), rawValue: PHI(rawValue), rawUnit: try reader.term(rawUnit),
                mapping: try reader.mapping(mapping)))
    }
}

/// The value of a finding in the row of its message.
enum StoredValue {
    /// `unit` by its number.
    case quantity(ExactDecimal, unit: Int64?, comparator: Quantity.Comparator?)
    case coded(Int64)
    case text(String)
    case missing(MissingReason)

    /// Numbers are stored and never change.
    enum Kind: UInt64 {
        case quantity = 1, coded, text, missing
        /// A quantity whose coefficient is no 64-bit integer; it is stored as text.
        case longQuantity
    }

    // Places in this list, from 1, are stored: entries are only ever added at its end.
    static let comparators: [Quantity.Comparator] = [.less, .lessOrEqual, .greaterOrEqual, .greater]

    /// In ``comparators``, from 1.
    private static func number(of comparator: Quantity.Comparator) -> UInt64 {
        switch comparator {
        case .less: 1
        case .lessOrEqual: 2
        case .greaterOrEqual: 3
        case .greater: 4
        }
    }

    init(_ value: Finding.Value, _ writer: WriterConnection) throws {
        switch value {
        case .quantity(let quantity):
            self = .quantity(quantity.value, unit: try writer.term(quantity.unit), comparator: quantity.comparator)
        case .coded(let code): self = .coded(try writer.code(code))
        case .text(let text): self = .text(text.exposed)
        case .missing(let reason): self = .missing(reason)
        }
    }

    func value(_ reader: ReaderConnection) throws -> Finding.Value {
        switch self {
        case .quantity(let value, let unit, let comparator):
            .quantity(Quantity(value: value, unit: try reader.term(unit), comparator: comparator))
        case .coded(let code): .coded(try reader.code(code))
        case .text(let text): .text(PHI(text))
        case .missing(let reason): .missing(reason)
        }
    }

    func write(to body: inout BodyWriter) {
        switch self {
        case .quantity(let value, let unit, let comparator):
            if let small = Int64(exactly: value.coefficient) {
                body.append(unsigned: Kind.quantity.rawValue)
                body.append(signed: small)
            } else {
                body.append(unsigned: Kind.longQuantity.rawValue)
                body.append(String(value.coefficient))
            }
            body.append(signed: Int64(value.scale))
            body.append(number: unit)
            body.append(unsigned: comparator.map(Self.number(of:)) ?? 0)
        case .coded(let code):
            body.append(unsigned: Kind.coded.rawValue)
            body.append(number: code)
        case .text(let text):
            body.append(unsigned: Kind.text.rawValue)
            body.append(text)
        case .missing(let reason):
            body.append(unsigned: Kind.missing.rawValue)
            body.append(reason.rawValue)
        }
    }

    init(_ body: inout BodyReader) throws {
        guard let kind = Kind(rawValue: try body.unsigned()) else { throw BodyReader.unreadable }
        switch kind {
        case .quantity, .longQuantity:
            let coefficient: Int128? = kind == .quantity ? Int128(try body.signed()) : Int128(try body.text())
            guard let coefficient, let scale = Int(exactly: try body.signed()) else { throw BodyReader.unreadable }
            let unit = try body.optionalNumber()
            let place = try body.unsigned()
            guard place <= UInt64(Self.comparators.count) else { throw BodyReader.unreadable }
            self = .quantity(
                ExactDecimal(coefficient: coefficient, scale: scale), unit: unit,
                comparator: place == 0 ? nil : Self.comparators[Int(place) - 1])
        case .coded: self = .coded(try body.number())
        case .text: self = .text(try body.text())
        case .missing:
            guard let reason = MissingReason(rawValue: try body.text()) else { throw BodyReader.unreadable }
            self = .missing(reason)
        }
    }
}
