import Foundation
import HL7v2

/// Reading HL7 v2 messages of about 2.5 kB.
enum ER7Benchmark {
    static func run(_ report: inout BenchReport) {
        let (corpus, real) = ER7Corpus.messages()
        if let path = ProcessInfo.processInfo.environment["ER7_CORPUS"] { ER7Corpus.write(corpus, to: path) }
        let texts = corpus.map { String(decoding: $0, as: UTF8.self) }
        let bytes = corpus.reduce(0) { $0 + $1.count }
        report.note("\(corpus.count) messages of \(bytes / corpus.count) bytes on average, \(real) of them real")
        let megabytes = Double(bytes) / 1e6

        let scan =
            megabytes / Stopwatch.best(of: 30) { round in corpus.reduce(0) { $0 + separators($1, skipping: round & 7) } }
        let split = megabytes / Stopwatch.best(of: 3) { texts.reduce(0) { $0 + splitFields($1) } }
        let index = Stopwatch.best(of: 30) { corpus.reduce(0) { $0 + ((try? Message($1))?.segments.count ?? 0) } }
        let values = Stopwatch.best(of: 30) { corpus.reduce(0) { $0 + valueBytes($1) } }
        let edits = Stopwatch.best(of: 30) { corpus.reduce(0) { $0 + edited($1) } }
        let groups = Stopwatch.best(of: 30) {
            corpus.reduce(0) { $0 + ((try? Message($1))?.grouped().root.groups.count ?? 0) }
        }

        report.row("memchr for every CR and |", scan, "MB/s")
        report.row("String.split into segments and fields", split, "MB/s", ratio: split / scan, to: "memchr")
        report.row(
            "Message: index, names and character set checked", megabytes / index, "MB/s", ratio: megabytes / index / split,
            to: "String.split", aim: "1200")
        report.row("", Double(corpus.count) / index, "msg/s", ratio: megabytes / index / scan, to: "memchr", aim: "1 ×")
        report.row(
            "and PID-3.1, PID-5.1, every OBX-3.1 and OBX-5 read", megabytes / values, "MB/s",
            ratio: megabytes / values / split, to: "String.split")
        report.row(
            "", Double(corpus.count) / values, "msg/s", ratio: megabytes / values / scan, to: "memchr", aim: "300000")
        report.row("read, PID-5.1 set, written", Double(corpus.count) / edits, "msg/s", aim: "100000")
        report.row("read and grouped", Double(corpus.count) / groups, "msg/s")
    }

    /// What any reader has to do at least: find the separators.
    /// - Parameter skipping: bytes at the start that are left out, so that each round is different work.
    private static func separators(_ message: [UInt8], skipping skipped: Int) -> Int {
        message.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            var found = 0
            for separator: Int32 in [0x0D, 0x7C] {
                var at = start + min(skipped, buffer.count)
                let end = start + buffer.count
                while at < end, let hit = memchr(at, separator, end - at) {
                    found += 1
                    at = UnsafeRawPointer(hit) + 1
                }
            }
            return found
        }
    }

    private static func splitFields(_ message: String) -> Int {
        message.split(separator: "\r").reduce(0) { $0 + $1.split(separator: "|", omittingEmptySubsequences: false).count }
    }

    private static func edited(_ bytes: [UInt8]) -> Int {
        guard let message = try? Message(bytes) else { return 0 }
        var editor = MessageEditor(message)
        guard (try? editor.set("PID-5.1", to: "Smith")) != nil else { return 0 }
        return editor.write().count
    }

    private static func valueBytes(_ bytes: [UInt8]) -> Int {
        guard let message = try? Message(bytes) else { return 0 }
        var count = 0
        if let identification = message.segment("PID") {
            count += identification.text(3)?.utf8.count ?? 0
            count += identification.text(5)?.utf8.count ?? 0
        }
        for result in message.segments(named: "OBX") {
            count += result.text(3)?.utf8.count ?? 0
            count += result.text(5)?.utf8.count ?? 0
        }
        return count
    }
}
