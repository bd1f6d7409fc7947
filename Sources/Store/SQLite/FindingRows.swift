import Clinical

/// Rows of the timeline: what one journal entry says of one patient.
enum FindingRows {
    // MARK: Writing

    /// Writes the findings among the events of an entry, a row for each patient.
    static func insert(_ events: [ClinicalEvent], journal: Int64, _ writer: WriterConnection) throws {
        var rows: [(patient: Int64, findings: [StoredFinding])] = []
        // An entry is mostly about one patient, and from one source.
        var (last, row): (PatientKey?, Int) = (nil, 0)
        var known: (source: String, id: Int64)?
        for ordinal in events.indices {
            guard case .finding(let finding) = events[ordinal] else { continue }
            if finding.patient != last {
                let patient = try writer.patient(finding.patient, known: finding.known)
                last = finding.patient
                row = rows.firstIndex { $0.patient == patient } ?? rows.count
                if row == rows.count { rows.append((patient, [])) }
            }
            let name = finding.origin.source
            let source = if let known, known.source == name { known } else { (source: name, id: try writer.term(name)) }
            known = source
            rows[row].findings.append(try StoredFinding(finding, source: source.id, journal: journal, writer))
        }
        for row in rows {
            try writer.statement(.insertFindings).bind(try FindingKey(patient: row.patient, journal: journal).rowID)
                .bind(StoredFinding.body(row.findings)).run()
        }
    }

    // MARK: Reading

    /// Findings of one patient number in their order, with what orders them among those of merged keys.
    static func findings(of patient: Int64, _ reader: ReaderConnection) throws -> [OrderedFinding] {
        let key = try reader.patientKey(patient)
        let range = try FindingKey.range(of: patient)
        var findings = try reader.statement(.findings).bind(range.lowerBound).bind(range.upperBound).all { row in
            let journal = FindingKey(rowID: row.int64(0)).journal
            return try StoredFinding.findings(row.bytes(1)).enumerated().map { ordinal, stored in
                OrderedFinding(
                    order: Order(
                        effective: stored.effective.instant, known: stored.known, journal: journal, ordinal: ordinal),
                    finding: try stored.finding(of: key, journal: journal, reader))
            }
        }.flatMap { $0 }
        findings.sort { $0.order < $1.order }
        return findings
    }

    struct OrderedFinding {
        var order: Order
        var finding: Finding
    }

    struct Order: Comparable {
        var effective: Int64
        var known: Int64
        var journal: Int64
        var ordinal: Int

        static func < (left: Order, right: Order) -> Bool {
            (left.effective, left.known, left.journal, left.ordinal)
                < (right.effective, right.known, right.journal, right.ordinal)
        }
    }
}

/// The number of a row of findings: patient above, journal entry below, so that a patient's rows lie together.
struct FindingKey {
    /// Of the journal entry: 68 thousand million of them, and 134 million patients.
    private static let bits: Int64 = 36

    let patient: Int64
    let journal: Int64

    /// - Throws: ``StoreError/Kind/constraint`` beyond what the number holds.
    init(patient: Int64, journal: Int64) throws {
        guard 0..<(1 << (63 - Self.bits)) ~= patient, 0..<(1 << Self.bits) ~= journal else {
            throw StoreError(.constraint, operation: "findings.insert")
        }
        (self.patient, self.journal) = (patient, journal)
    }

    init(rowID: Int64) {
        (patient, journal) = (rowID >> Self.bits, rowID & (1 << Self.bits - 1))
    }

    var rowID: Int64 { patient << Self.bits | journal }

    static func range(of patient: Int64) throws -> ClosedRange<Int64> {
        try FindingKey(patient: patient, journal: 0).rowID...FindingKey(patient: patient, journal: 1 << bits - 1).rowID
    }
}
