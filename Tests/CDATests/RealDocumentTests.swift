import CDA
import Foundation
import Testing

/// Documents beside the repository (`../shared/data/cda`): 1,127 files of six public collections with a manifest
/// that counts template occurrences with a text search.
private enum Collection {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/cda")

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "MANIFEST.tsv").path)
    }

    struct Row {
        let file: String
        let kind: String
        let family: String
        let vitals: Int?
        let results: Int?
    }

    static func rows() throws -> [Row] {
        let text = try String(contentsOf: folder.appending(path: "MANIFEST.tsv"), encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            func cell(_ index: Int) -> String { index < cells.count ? cells[index] : "" }
            return Row(file: cell(0), kind: cell(2), family: cell(3), vitals: Int(cell(4)), results: Int(cell(5)))
        }
    }
}

@Suite("Real documents")
struct RealDocumentTests {
    @Test(
        .enabled(if: Collection.isPresent, "skipped: ../shared/data/cda is not beside the repository"))
    func everyFileIsReadOrRefusedWithAReason() throws {
        var reasons: [Int: Int] = [:]
        var documents = 0
        let rows = try Collection.rows()
        for row in rows {
            let bytes = try [UInt8](Data(contentsOf: Collection.folder.appending(path: row.file)))
            do {
                let document = try CDAReader.read(bytes)
                documents += 1
                #expect(!document.recordTargets.isEmpty || row.kind != "cda-doc" || row.family != "C-CDA", "\(row.file)")
                #expect(row.kind.hasPrefix("cda"), "\(row.file)")
            } catch {
                reasons[error.code, default: 0] += 1
                #expect(!error.reason.isEmpty && !error.place.isEmpty)
                // Documents that the collections themselves call bad XML are the only ones of theirs to be refused.
                let deliberate = ["NT_BadXml_r11_v2", "170.315_b2_ciri__r21_sample1_ccd_v11"]
                if row.kind == "cda-doc" {
                    #expect(deliberate.contains { row.file.contains($0) }, "\(row.file): \(error)")
                }
            }
        }
        #expect(rows.count == 1127)
        print("CDA collection: \(documents) documents read, refused by code \(reasons.sorted { $0.key < $1.key })")
    }

    @Test(
        .enabled(if: Collection.isPresent, "skipped: ../shared/data/cda is not beside the repository"))
    func vitalSignsAndResultsAreAllFound() throws {
        var compared = 0
        var (vitalsTotal, resultsTotal) = (0, 0)
        for row in try Collection.rows() {
            guard let vitals = row.vitals, let results = row.results else { continue }
            let bytes = try [UInt8](Data(contentsOf: Collection.folder.appending(path: row.file)))
            guard let document = try? CDAReader.read(bytes) else { continue }
            func occurrences(_ root: String) -> Int {
                document.observations.reduce(0) { $0 + $1.templateIDs.count { $0.root == root } }
            }
            #expect(occurrences("2.16.840.1.113883.10.20.22.4.27") == vitals, "\(row.file)")
            #expect(occurrences("2.16.840.1.113883.10.20.22.4.2") == results, "\(row.file)")
            vitalsTotal += vitals
            resultsTotal += results
            compared += 1
        }
        #expect(compared >= 535)
        print("CDA collection: \(compared) documents with \(vitalsTotal) vital signs and \(resultsTotal) results compared")
    }
}
