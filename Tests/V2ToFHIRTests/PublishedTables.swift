import Foundation
import HL7v2
import V2ToFHIR

/// The tables of the repository, and a converter over them.
enum PublishedTables {
    static var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Mappings/v2-to-fhir/1.0")
    }

    static func files() throws -> [MappingTables.File] {
        let root = folder.standardizedFileURL.path
        guard let paths = FileManager.default.enumerator(atPath: root) else { return [] }
        var files: [MappingTables.File] = []
        for case let path as String in paths where path.hasSuffix(".tsv") {
            files.append((path, [UInt8](try Data(contentsOf: URL(filePath: root + "/" + path)))))
        }
        return files
    }

    static func converter(adding site: [MappingTables.File] = []) throws -> V2ToFHIRConverter {
        V2ToFHIRConverter(tables: try MappingTables(files: try files() + site))
    }
}

/// A converted Bundle, to be asked by path: `Patient.name.0.family`.
struct Converted {
    let bundle: [String: Any]
    let result: V2ToFHIRResult

    init(_ lines: [String], _ converter: V2ToFHIRConverter) throws {
        result = try converter.convert(Array((lines.joined(separator: "\r") + "\r").utf8))
        bundle = try JSONSerialization.jsonObject(with: Data(result.bundle)) as? [String: Any] ?? [:]
    }

    var entries: [[String: Any]] { bundle["entry"] as? [[String: Any]] ?? [] }

    func resources(_ type: String) -> [[String: Any]] {
        entries.compactMap { $0["resource"] as? [String: Any] }.filter { $0["resourceType"] as? String == type }
    }

    /// What a reference of the Bundle means, `Patient/17`; `nil` when nothing.
    func resource(_ reference: String) -> [String: Any]? {
        entries.compactMap { $0["resource"] as? [String: Any] }
            .first { "\($0["resourceType"] ?? "")/\($0["id"] ?? "")" == reference }
    }

    /// The text of an element of the first resource of a type; `nil` when there is none.
    subscript(path: String) -> String? {
        let steps = path.split(separator: ".").map(String.init)
        guard let type = steps.first, let resource = resources(type).first else { return nil }
        var value: Any = resource
        for step in steps.dropFirst() {
            if let index = Int(step) {
                guard let array = value as? [Any], index < array.count else { return nil }
                value = array[index]
            } else {
                guard let object = value as? [String: Any], let next = object[step] else { return nil }
                value = next
            }
        }
        if let text = value as? String { return text }
        if let number = value as? NSNumber { return "\(number)" }
        return nil
    }

    /// Every text in the Bundle.
    var texts: [String] {
        var found: [String] = []
        func visit(_ value: Any) {
            if let object = value as? [String: Any] { for inner in object.values { visit(inner) } }
            if let array = value as? [Any] { for inner in array { visit(inner) } }
            if let text = value as? String { found.append(text) }
        }
        visit(bundle)
        return found
    }
}
