import Clinical
import FHIR
import Foundation
import Normalization

/// The tables that ship with the project.
enum Shipped {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func files() throws -> [String: String] {
        var files: [String: String] = [:]
        for folder in ["Mappings/v2-to-fhir/codes", "Mappings/identifiers"] {
            let url = root.appending(path: folder)
            for file in try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
            where file.pathExtension == "tsv" {
                files[folder + "/" + file.lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
            }
        }
        return files
    }

    static func tables() throws -> NormalizationTables { try NormalizationTables(files: files()) }
}

/// A few mappings: enough to tell what normalisation does with each kind of answer.
struct StubTranslator: CodeTranslator {
    struct Row {
        var loinc: String
        var display: String
        var unit: String?
        /// Raw unit → factor to ``unit``.
        var factors: [String: Int] = [:]
        /// Only for this specimen.
        var specimen: String?
    }

    static let local = "urn:headwall:codes:lab"
    static let record = MappingRecord(
        table: "lab/1.0.0", tableDigest: String(repeating: "0", count: 64), row: "row1", relationship: "equivalent",
        unitRead: nil, conversion: "ucum", factor: nil)

    var rows: [String: Row] = [
        "\(local)|CREA": Row(
            loinc: "2160-0", display: "Creatinine", unit: "mg/dL", factors: ["mg/dL": 1, "g/L": 100, "MDC_DIM": 1]),
        "\(local)|TROP": Row(loinc: "6598-7", display: "Troponin T", unit: "ug/L", factors: ["ng/mL": 1]),
        "\(local)|COLOR": Row(loinc: "5778-6", display: "Color of Urine"),
        "\(local)|GLU": Row(
            loinc: "2345-7", display: "Glucose", unit: "mg/dL", factors: ["mg/dL": 1], specimen: "SER"),
        "\(CodeSystem.mdc)|147842": Row(
            loinc: "8867-4", display: "Heart rate", unit: "/min", factors: ["MDC_DIM_BEAT_PER_MIN": 1]),
    ]

    func translate(_ request: TranslationRequest) -> TranslationOutcome {
        if request.code.system == CodeSystem.loinc {
            let quantity = request.value.map { Quantity(value: $0, unit: request.unit) }
            return .mapped(Translation(target: request.code, quantity: quantity, record: Self.record))
        }
        guard let row = rows[request.code.system + "|" + request.code.code] else {
            return .unmapped(.unmappedCode, explanation: "The mapping table has no row for this code.", candidates: [])
        }
        if let specimen = row.specimen, specimen != request.specimen {
            return .unmapped(.ambiguous, explanation: "The specimen decides and is not stated.", candidates: [row.loinc])
        }
        let target = Code(system: CodeSystem.loinc, code: row.loinc, display: row.display)
        guard let value = request.value, let unit = row.unit else {
            return .mapped(Translation(target: target, quantity: nil, record: Self.record))
        }
        guard let factor = request.unit == nil ? 1 : row.factors[request.unit ?? ""] else {
            return .unmapped(.unit, explanation: "The unit does not fit the code.", candidates: [row.loinc])
        }
        let product = ExactDecimal(coefficient: value.coefficient * Int128(factor), scale: Int(value.scale))
        return .mapped(
            Translation(target: target, quantity: Quantity(value: product, unit: unit), record: Self.record))
    }
}

/// 2026-01-05T09:00:00Z.
let received = Instant(seconds: 1_767_603_600)

struct Bench {
    var normalizer: Normalizer

    init(_ profile: SourceProfile = SourceProfile(name: "lab", zone: .fixed(minutes: 60))) throws {
        normalizer = Normalizer(
            tables: try Shipped.tables(), sources: [profile.name: profile], translator: StubTranslator())
    }

    func hl7(_ segments: String...) throws(NormalizationError) -> NormalizedMessage {
        try hl7(segments)
    }

    func hl7(_ segments: [String]) throws(NormalizationError) -> NormalizedMessage {
        let text = segments.map { $0 + "\r" }.joined()
        return try normalizer.normalize(
            InboundMessage(source: "lab", format: .hl7v2, bytes: Array(text.utf8), received: received))
    }

    func fhir(_ json: String) throws(NormalizationError) -> NormalizedMessage {
        try normalizer.normalize(
            InboundMessage(source: "lab", format: .fhir, bytes: Array(json.utf8), received: received))
    }

    func cda(_ xml: String) throws(NormalizationError) -> NormalizedMessage {
        try normalizer.normalize(
            InboundMessage(source: "lab", format: .cda, bytes: Array(xml.utf8), received: received))
    }
}

extension NormalizedMessage {
    var findings: [Finding] {
        events.compactMap { if case .finding(let finding) = $0 { finding } else { nil } }
    }
    var patients: [PatientRecord] {
        events.compactMap { if case .patient(let record) = $0 { record } else { nil } }
    }
    var encounters: [EncounterRecord] {
        events.compactMap { if case .encounter(let record) = $0 { record } else { nil } }
    }

    func resources(_ type: String) -> [JSON] {
        (bundle?["entry"]?.arrayValue ?? []).compactMap { $0["resource"] }.filter { $0.resourceType == type }
    }

    /// What the checks of the FHIR room find wrong with the Bundle.
    var faults: [Issue] { (bundle.map { ResourceChecks.check($0) } ?? []).filter { $0.severity == .error } }

    func has(_ code: Int, at place: String) -> Bool {
        issues.contains { $0.code == code && $0.place == place }
    }
}

extension Finding {
    /// The number and unit; `nil` for other values.
    var number: String? {
        guard case .quantity(let quantity) = value else { return nil }
        return (quantity.comparator?.rawValue ?? "") + quantity.value.description + " " + (quantity.unit ?? "")
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failing case can be run again.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

enum Segment {
    static func msh(_ type: String, control: String = "C1", time: String = "20260105083000+0100") -> String {
        "MSH|^~\\&|APP|FAC|HEADWALL|HOSP|\(time)||\(type)|\(control)|P|2.5.1||||||UNICODE UTF-8"
    }
    static let pid = "PID|1||P-0001^^^HOSPA^MR||Müller^Max^A||19610203|M"
    static let obr = "OBR|1|PL1|ORD-7^LABA|PANEL^Panel^L|||20260105080000+0100"
}
