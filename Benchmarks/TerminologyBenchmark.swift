import Clinical
import Foundation
import Terminology
import UCUM

/// Lookups, conversions and the loading of a table of a million rows.
struct TerminologyBenchmark {
    private let options: BenchOptions

    init(_ options: BenchOptions) {
        self.options = options
    }

    func run(_ report: inout BenchReport) throws {
        try units(&report)
        try table(&report)
    }

    // MARK: Units

    private func units(_ report: inout BenchReport) throws {
        let rounds = options.scaled(200_000)
        let pairs = [
            ("mg/dL", "g/L"), ("10*3/uL", "10*9/L"), ("mm[Hg]", "kPa"), ("U/L", "ukat/L"), ("[degF]", "Cel"),
            ("m[IU]/L", "u[IU]/mL"), ("mg/(24.h)", "g/d"), ("[lb_av]", "kg"), ("mL/min/{1.73_m2}", "L/h/{1.73_m2}"),
            ("mmol/L", "umol/mL"),
        ]
        let values = (0..<16).compactMap { ExactDecimal("\($0 + 4).\($0)") }
        let compiled = try pairs.map { try Unit($0.0).conversion(to: Unit($0.1)) }
        let applied = Stopwatch.best(of: 5) { round in
            var done = 0
            for step in 0..<rounds {
                let value = values[(step &+ round) & 15]
                for conversion in compiled where conversion.apply(value) != nil { done += 1 }
            }
            return done
        }
        report.row(
            "precompiled conversion, ten pairs in turn", Double(rounds * pairs.count) / applied, "/s", aim: "5,000,000")
        let cold = Stopwatch.best(of: 3) { round in
            var done = 0
            for step in 0..<rounds / 10 {
                for (from, to) in pairs {
                    if (try? UCUM.convert(values[(step &+ round) & 15], from: from, to: to)) != nil { done += 1 }
                }
            }
            return done
        }
        report.row(
            "both units parsed, then converted", Double(rounds / 10 * pairs.count) / cold, "/s", aim: "300,000")
    }

    // MARK: A table

    private func table(_ report: inout BenchReport) throws {
        let rows = options.scaled(1_000_000)
        var files = try mappingFiles()
        let (map, manifest) = Self.generated(rows)
        let megabytes = Double(map.count) / 1e6
        files.append(TerminologyFile(path: "codes/large/1.0.0/map.tsv", content: map))
        files.append(TerminologyFile(path: "codes/large/1.0.0/manifest.json", content: manifest))
        report.note("\(rows) rows, \(Int(megabytes)) MB, half of them with a condition on the specimen")

        let before = try Self.resident()
        let start = ContinuousClock.now
        let terminology = try Terminology(files: files)
        let seconds = (ContinuousClock.now - start).inSeconds
        report.row("load, checked, with SHA-256", seconds, "s", aim: "≤ 2")
        report.row("growth of memory by it", (try Self.resident() - before) / 1e6, "MB")
        report.row("and with the bytes of the file", (try Self.resident() - before) / 1e6 + megabytes, "MB", aim: "≤ 400")

        let count = 65_536
        var random = SplitMix64(state: 11)
        let requests = (0..<count).map { number in
            let row = Int.random(in: 0..<rows / 2, using: &random)
            return TranslationRequest(
                source: "large", code: Code(system: "urn:large", code: Self.code(row)),
                specimen: number % 3 == 0 ? "UR" : "SER")
        }
        guard let lookups = terminology.lookups(system: "urn:large", source: "large") else {
            throw BenchFailure("the table serves nobody")
        }
        // In parts of two thousand, the best time of each: a part is over before another program takes the core, and comes
        // again only when the caches have seen all others.
        let parts = stride(from: 0, to: count, by: 2048).map { Array(requests[$0..<min($0 + 2048, count)]) }
        let looked = Stopwatch.sumOfBest(of: 20, parts) { part in
            part.reduce(0) { sum, request in if case .found = lookups(request) { sum + 1 } else { sum } }
        }
        report.row("conditional lookup in it, codes at random", Double(count) / looked, "/s", aim: "5,000,000")
        let hot = Array(requests.prefix(512))
        let hotLooked = Stopwatch.best(of: 50) { _ in
            (0..<64).reduce(0) { total, _ in
                hot.reduce(total) { sum, request in if case .found = lookups(request) { sum + 1 } else { sum } }
            }
        }
        report.row("conditional lookup of 512 codes in turn", Double(64 * hot.count) / hotLooked, "/s", aim: "5,000,000")
        let translated = Stopwatch.best(of: 5) { _ in
            requests.reduce(0) { sum, request in if case .mapped = terminology.translate(request) { sum + 1 } else { sum } }
        }
        report.row("whole translation with its record, rows hashed", Double(count) / translated, "/s")
    }

    private func mappingFiles() throws -> [TerminologyFile] {
        let root = options.home + "/Mappings/units"
        return try FileManager.default.contentsOfDirectory(atPath: root).sorted().map { name in
            TerminologyFile(
                path: "units/" + name, content: [UInt8](try Data(contentsOf: URL(filePath: root + "/" + name))))
        }
    }

    private static func code(_ number: Int) -> String { "T" + String(10_000_000 + number) }

    /// Two rows a code for the first quarter of the codes, and one for the others.
    private static func generated(_ rows: Int) -> (map: [UInt8], manifest: [UInt8]) {
        let header = [
            "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification",
            "author_id",
            "reviewer_id", "mapping_date", "confidence", "comment", "subject_unit", "subject_specimen", "subject_method",
            "subject_device", "valid_from", "valid_to", "unit", "unit_if_absent", "unit_aliases", "status",
        ]
        var map = Array((header.joined(separator: "\t") + "\n").utf8)
        map.reserveCapacity(rows * 140)
        let middle = "\tsemapv:ManualMappingCuration\tauthor\treviewer\t2026-01-01\t1\t\t\t"
        func line(_ number: Int, _ specimen: String, _ target: String, _ display: String, _ unit: String) {
            map += "X:\(code(number))\tTest \(number)\tskos:exactMatch\tLOINC:\(target)\t\(display)".utf8
            map += "\(middle)\(specimen)\t\t\t\t\t\(unit)\t\t\tapproved\n".utf8
        }
        let serum = ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma")
        let urine = ("2161-8", "Creatinine [Mass/volume] in Urine")
        for number in 0..<rows / 4 {
            line(number, "SER", serum.0, serum.1, "mg/dL")
            line(number, "UR", urine.0, urine.1, "mg/dL")
        }
        for number in rows / 4..<rows / 4 + (rows - rows / 4 * 2) { line(number, "", serum.0, serum.1, "mg/dL") }
        let manifest = """
            {"name": "large", "version": "1.0.0", "status": "active", "sources": ["large"],
             "codeSystems": {"X": "urn:large"}, "sha256": "\(ContentDigest(of: map).hex)", "loincVersion": "2.72",
             "ucumVersion": "2.2"}
            """
        return (map, Array(manifest.utf8))
    }

    /// Bytes of this process in memory.
    private static func resident() throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard
            let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Double($0)
            })
        else { throw BenchFailure("/proc/self/status has no VmRSS") }
        return kilobytes * 1024
    }
}
