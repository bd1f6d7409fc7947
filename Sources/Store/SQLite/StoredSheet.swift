import Clinical
import Foundation

/// A ``DecisionSheet`` as a row holds it: the requests as JSON.
enum StoredSheet {
    static func content(_ sheet: DecisionSheet) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(sheet.requests), as: UTF8.self)
    }

    /// - Throws: ``StoreError/Kind/unreadableRow`` for a text that is none.
    static func sheet(_ content: String) throws -> DecisionSheet {
        guard let requests = try? JSONDecoder().decode([FeatureRequest].self, from: Data(content.utf8)) else {
            throw StoreError(.unreadableRow, operation: "decision.read")
        }
        return DecisionSheet(requests)
    }
}
