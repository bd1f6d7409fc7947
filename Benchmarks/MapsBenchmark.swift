import Foundation
import HL7v2
import V2ToFHIR

/// HL7 v2 to FHIR by the tables, one thread.
enum MapsBenchmark {
    static func run(_ options: BenchOptions, _ report: inout BenchReport) throws {
        let files = try tableFiles(options.home)
        let load = try Stopwatch.best(of: 3) { try MappingTables(files: files).rows.count }
        let converter = V2ToFHIRConverter(tables: try MappingTables(files: files))

        let corpus = ER7Corpus.messages().messages
        let (results, real) = ER7Corpus.messages(type: "ORU")
        let bytes = results.reduce(0) { $0 + $1.count }
        let written = results.reduce(0) { $0 + ((try? converter.convert($1).bundle.count) ?? 0) }
        report.note(
            "\(results.count) ORU of \(bytes / results.count) bytes on average, \(real) of them real; Bundles of "
                + "\(written / results.count) bytes")
        let texts = results.map { String(decoding: $0, as: UTF8.self) }
        let split = Double(results.count) / Stopwatch.best(of: 3) { texts.reduce(0) { $0 + splitFields($1) } }
        let bundles =
            Double(results.count)
            / Stopwatch.best(of: 5) { results.reduce(0) { $0 + ((try? converter.convert($1).bundle.count) ?? 0) } }
        let all =
            Double(corpus.count)
            / Stopwatch.best(of: 3) { corpus.reduce(0) { $0 + ((try? converter.convert($1).bundle.count) ?? 0) } }
        report.row("String.split into segments and fields", split, "msg/s")
        report.row("ORU → Bundle as JSON bytes", bundles, "msg/s", ratio: bundles / split, to: "String.split", aim: "5000")
        report.row("every message of the corpus → Bundle", all, "msg/s", ratio: all / split, to: "String.split")
        report.row("tables read, checked and compiled", load * 1000, "ms", aim: "≤ 50")
    }

    /// The files of the newest version, by their path within it.
    private static func tableFiles(_ home: String) throws -> [MappingTables.File] {
        let root = "\(home)/Mappings/v2-to-fhir/1.0"
        var files: [MappingTables.File] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) where name.hasSuffix(".tsv") {
            files.append((name, Array(try Data(contentsOf: URL(filePath: "\(root)/\(name)")))))
        }
        return files
    }

    private static func splitFields(_ message: String) -> Int {
        message.split(separator: "\r").reduce(0) { $0 + $1.split(separator: "|", omittingEmptySubsequences: false).count }
    }
}
