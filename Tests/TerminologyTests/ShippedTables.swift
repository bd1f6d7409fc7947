import Clinical
import Foundation
import Terminology
import Testing

/// The tables in `Mappings/`, as a service would load them.
enum ShippedTables {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Mappings").path

    static func files() throws -> [TerminologyFile] {
        var files: [TerminologyFile] = []
        for folder in ["units", "codes"] {
            let walk = try #require(FileManager.default.enumerator(atPath: root + "/" + folder))
            for case let name as String in walk where name.hasSuffix(".tsv") || name.hasSuffix(".json") {
                let path = folder + "/" + name
                let data = try #require(FileManager.default.contents(atPath: root + "/" + path))
                files.append(TerminologyFile(path: path, content: [UInt8](data)))
            }
        }
        return files
    }

    /// Loaded once for all tests.
    static let terminology = Result { try Terminology(files: try files()) }

    static func translate(
        _ source: String, _ system: String, _ code: String, _ value: String? = nil, _ unit: String? = nil,
        specimen: String? = nil, on date: CivilDate? = nil
    ) throws -> TranslationOutcome {
        try terminology.get().translate(
            TranslationRequest(
                source: source, code: Code(system: system, code: code), unit: unit,
                value: value.flatMap { ExactDecimal($0) },
                specimen: specimen, effective: date.map { Instant(seconds: Int64($0.daysSinceEpoch) * 86_400 + 43_200) }))
    }

    static let mimic = "urn:headwall:codes:mimic"
    static let labA = "urn:headwall:codes:lab-a"
}

extension TranslationOutcome {
    var translation: Translation? {
        if case .mapped(let translation) = self { translation } else { nil }
    }

    var reason: MissingReason? {
        if case .unmapped(let reason, _, _) = self { reason } else { nil }
    }

    var candidates: [String] {
        if case .unmapped(_, _, let candidates) = self { candidates } else { [] }
    }

    /// `2160-0 1.2 mg/dL`
    var summary: String {
        switch self {
        case .mapped(let translation):
            let quantity = translation.quantity.map { " \($0.value) \($0.unit ?? "?")" } ?? ""
            return translation.target.code + quantity
        case .unmapped(let reason, _, _): return reason.rawValue
        }
    }
}
