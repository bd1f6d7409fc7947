import Clinical
import Store

/// Values for tests.
enum Samples {
    static let start = Instant(seconds: 1_767_600_000)  // 2026-01-05T08:00:00Z

    static func entry(
        _ body: String, controlID: String?, source: String = "labA", seconds: Int64 = 0, format: MessageFormat = .hl7v2
    ) -> NewEntry {
        entry(Array(body.utf8), controlID: controlID, source: source, seconds: seconds, format: format)
    }

    static func entry(
        _ bytes: [UInt8], controlID: String?, source: String = "labA", seconds: Int64 = 0, format: MessageFormat = .hl7v2
    ) -> NewEntry {
        NewEntry(
            message: InboundMessage(
                source: source, format: format, bytes: bytes, received: start.adding(seconds: seconds)),
            controlID: controlID)
    }

    /// Appends that many different messages and returns their numbers.
    static func journal(_ store: SQLiteStore, _ count: Int, tag: String = "m") async throws -> [Int64] {
        try await store.append((0..<count).map { entry("\(tag) body \($0)", controlID: "\(tag)\($0)", seconds: Int64($0)) })
            .map(\.id)
    }

    static func patient(_ value: String, system: String = "urn:oid:1.2.3") -> PatientKey {
        PatientKey(system: system, value: value)
    }

    static let mapping = MappingRecord(
        table: "labA/1.0.0", tableDigest: String(repeating: "ab", count: 32), row: "row-1", relationship: "equivalent",
        unitRead: "mg/dL", conversion: "molar", factor: "88.42")

    /// A creatinine of 1.00 mg/dL, converted.
    static func finding(
        _ id: String, _ patient: PatientKey, effective: Int64 = 0, known: Int64 = 0, journal: Int64 = 1,
        path: String = "OBX[1]-5", status: Finding.Status = .final, value: String = "88.42"
    ) -> Finding {
        Finding(
            id: id, patient: patient, code: Code(system: CodeSystem.loinc, code: "14682-9", display: "Creatinine"),
            value: ExactDecimal(value).map { .quantity(Quantity(value: $0, unit: "umol/L")) } ?? .missing(.noValue),
            status: status, effective: ClinicalTime(start.adding(seconds: effective)), known: start.adding(seconds: known),
            origin: Finding.Origin(
                source: "labA", address: SourceAddress(messageID: journal, path: path),
                rawCode: Code(system: "urn:headwall:codes:labA", code: "999"), rawValue: PHI("1.00"), rawUnit: "mg/dL",
                mapping: mapping))
    }

    static let news2 = ModelReference(
        name: "news2", version: "1.0.0", digest: String(repeating: "cd", count: 32), title: "NEWS2")
    static let red = RiskLevel(
        rank: 3, name: "high", colour: .red, shape: .octagon, action: "Emergency assessment by a critical care team.")

    static func decision(
        _ id: String, _ patient: PatientKey, effective: Int64 = 0, known: Int64 = 0, score: Double = 7,
        model: ModelReference = news2
    ) -> Decision {
        Decision(
            id: id, model: model, patient: patient,
            asOf: AsOf(effective: start.adding(seconds: effective), known: start.adding(seconds: known)),
            scale: .points(minimum: 0, maximum: 20),
            result: .estimate(Decision.Estimate(value: score, low: score, high: score)), level: red,
            reasons: [
                Reason(
                    name: "respiratory-rate", label: "Respiratory rate", inputs: ["respiratory-rate"], low: 3, high: 3,
                    text: "Respiratory rate 26 /min", band: "≥ 25")
            ],
            inputs: [
                FeatureValue(
                    name: "respiratory-rate", content: .number(26), unit: "/min", loinc: "9279-1",
                    effective: start.adding(seconds: effective), known: start.adding(seconds: known), finding: "f1"),
                FeatureValue(name: "temperature", content: .missing(.stale), effective: start),
            ], notes: ["1 input missing"])
    }

    static func delivery(
        _ key: String, _ patient: PatientKey, to destination: String = "engine", notBefore: Instant = start
    ) -> NewDelivery {
        NewDelivery(
            destination: destination, patient: patient, kind: .oru, payload: Array("payload \(key)".utf8),
            decisionID: "decision-\(key)", dedupeKey: key, notBefore: notBefore)
    }

    static let unmapped = UnmappedCode(
        source: "labA", code: Code(system: "urn:headwall:codes:labA", code: "777", display: "MYSTERY"), unit: "U/L",
        specimen: nil, reason: .unmappedCode, explanation: "no row fits", candidates: ["1742-6", "1920-8"],
        address: SourceAddress(path: "OBX[4]-3"))

    static let failure = Issue(.error, code: 101, place: "PID-3", "The patient identifier is missing.")
}
