import Clinical
import FHIR
import Foundation
import Normalization
import Testing

/// Real messages beside the repository (`../shared/data/hl7v2`).
private enum Messages {
    static let folder = Shipped.root.deletingLastPathComponent().appending(path: "shared/data/hl7v2")
    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// Every message of every file, cut at MSH.
    static func all() -> [[UInt8]] {
        var messages: [[UInt8]] = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init() where ["hl7", "txt", "HL7"].contains(file.pathExtension) {
            guard let data = try? Data(contentsOf: file) else { continue }
            var current: [UInt8] = []
            for line in [UInt8](data).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
                if line.starts(with: "MSH|".utf8) {
                    if !current.isEmpty { messages.append(current) }
                    current = []
                }
                if !current.isEmpty || line.starts(with: "MSH|".utf8) { current += Array(line) + [0x0D] }
            }
            if !current.isEmpty { messages.append(current) }
        }
        return messages
    }
}

@Suite("What holds for every message")
struct InvariantTests {
    private static let seeds: [[String]] = [
        [
            Segment.msh("ORU^R01"), Segment.pid, "PV1|1|I|3W^12^A", Segment.obr,
            "OBX|1|NM|CREA^Kreatinin^L||1.2|mg/dL|0.7-1.2|H|||F|||20260105080000",
            "OBX|2|SN|TROP||<^0.01|ng/mL|||||F", "OBX|3|CWE|COLOR||1^a^SCT^2^b^L||||||C", "OBX|4|ST|CREA|1|<5|g/L|||||P",
            "SPM|1|||SER^Serum", "NTE|1||text",
        ],
        [
            Segment.msh("ADT^A40"), "EVN|A40|20260105", Segment.pid + "|||||||||AC^^^HOSPA", "MRG|OLD^^^HOSPA^MR",
            "PV1|1|E|W^1^2" + String(repeating: "|", count: 16) + "V^^^HOSPA" + String(repeating: "|", count: 25)
                + "2026|2027",
        ],
    ]

    private func check(_ message: NormalizedMessage, _ context: String) {
        #expect(message.faults == [], "\(context)")
        let known = Set(message.patients.map(\.key))
        for finding in message.findings {
            #expect(known.contains(finding.patient), "\(context)")
            #expect(!finding.origin.address.path.isEmpty, "\(context)")
        }
        // One resource a finding, each id once.
        let ids = message.resources("Observation").compactMap { $0["id"]?.stringValue }
        #expect(ids.count == Set(ids).count, "\(context)")
        #expect(ids == message.findings.map(\.id), "\(context)")
    }

    @Test func sameBytesGiveTheSameResult() throws {
        for seed in Self.seeds {
            let (first, second) = (try Bench().hl7(seed), try Bench().hl7(seed))
            #expect(first == second)
            #expect(first.bundle?.write() == second.bundle?.write())
        }
    }

    @Test func provenanceNamesSourceMessageAndEveryResource() throws {
        let message = try Bench().hl7(Self.seeds[0])
        let provenance = try #require(message.resources("Provenance").first)
        #expect(provenance["entity"]?[0]?["what"]?["identifier"]?["value"]?.stringValue == "C1")
        #expect(provenance["agent"]?[0]?["who"]?["identifier"]?["value"]?.stringValue == "lab")
        #expect(provenance["recorded"]?.stringValue == "2026-01-05T08:30:00+01:00")
        let targets = (provenance["target"]?.arrayValue ?? []).compactMap { $0["reference"]?.stringValue }
        let others = (message.bundle?["entry"]?.arrayValue ?? []).compactMap { $0["request"]?["url"]?.stringValue }
            .filter { !$0.hasPrefix("Provenance/") }
        #expect(targets == others && targets.count == 5)
        for entry in message.bundle?["entry"]?.arrayValue ?? [] {
            #expect(entry["request"]?["method"]?.stringValue == "PUT")
        }
    }

    @Test func mutantsAreNormalisedOrRefusedAndNothingIsQuoted() throws {
        var random = SplitMix64(state: 2026)
        let bench = try Bench()
        let pieces = [
            "|", "^", "~", "&", "\\", "\r", "\"\"", "\\F\\", "\\X00\\", "PID|", "OBX|1|NM|", "99991399", "+1e9", "ZQX",
        ]
        var (read, refused) = (0, 0)
        for round in 0..<3000 {
            var bytes = Array(
                Self.seeds[round % Self.seeds.count].map { $0.replacing("Müller", with: "ZQXJKVW") + "\r" }.joined().utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...20, using: &random)))
                case 2: bytes.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: at)
                default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 60)], at: at)
                }
                if bytes.isEmpty { bytes = [0x4D] }
            }
            do {
                let message = try bench.normalizer.normalize(
                    InboundMessage(source: "lab", format: .hl7v2, bytes: bytes, received: received))
                check(message, "round \(round)")
                #expect(!message.issues.contains { "\($0)".contains("ZQXJKVW") }, "round \(round)")
                read += 1
            } catch {
                #expect(!error.reason.isEmpty && !error.description.contains("ZQXJKVW"), "round \(round)")
                refused += 1
            }
        }
        #expect(read > 300 && refused > 300)
    }

    @Test(.enabled(if: Messages.isPresent, "skipped: ../shared/data/hl7v2 is not beside the repository"))
    func realMessagesAreNormalisedOrRefusedWithAPlace() throws {
        let bench = try Bench()
        var reasons: [String: Int] = [:]
        var read = 0
        var findings = 0
        var supported = 0
        for (number, bytes) in Messages.all().enumerated() {
            do {
                let message = try bench.normalizer.normalize(
                    InboundMessage(source: "lab", format: .hl7v2, bytes: bytes, received: received))
                check(message, "message \(number)")
                read += 1
                supported += 1
                findings += message.findings.count
            } catch {
                #expect(!error.place.isEmpty && !error.reason.isEmpty, "message \(number)")
                if error.code != 200 { supported += 1 }
                reasons["\(error.code) \(error.reason)", default: 0] += 1
            }
        }
        #expect(read > 100)
        #expect(findings > 50)
        print("HL7v2 collection: \(read) of \(supported) ADT and ORU messages normalised, \(findings) findings; refused:")
        for (reason, count) in reasons.sorted(by: { $0.value > $1.value }) { print("  \(count)  \(reason)") }
    }

    /// None of these may cost more than in proportion to its size; the duration of the suite would show it.
    @Test func hugeAmountsOfOneThing() throws {
        let bench = try Bench()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ").map(String.init)
        let names = letters.flatMap { a in letters.flatMap { b in letters.map { "\(a)\(b)\($0)|x" } } }
            .filter {
                !["MSH", "PID", "PV1", "MRG", "OBX", "OBR", "ORC", "SPM", "EVN", "FHS", "BHS", "BTS", "FTS"].contains(
                    $0.prefix(3))
            }
        let many = try bench.hl7([Segment.msh("ADT^A31"), Segment.pid] + names + names)
        #expect(many.issues.count { $0.code == 1403 } == names.count)
        let merges = (0..<20_000).map { "MRG|O\($0)^^^HOSPA" }
        #expect(try bench.hl7([Segment.msh("ADT^A40"), Segment.pid] + merges).events.count == 20_001)
        let people = (0..<20_000).map { "PID|1||P\($0 % 10_000)^^^HOSPA" }
        let twice = try bench.hl7([Segment.msh("ADT^A31")] + people)
        #expect(twice.resources("Patient").count == 10_000)
        let codings = (0..<50_000).map { "{\"system\":\"http://loinc.org\",\"code\":\"c\($0)\"}" }.joined(separator: ",")
        let json =
            "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[\(codings)]},"
            + "\"subject\":{\"identifier\":{\"system\":\"urn:x\",\"value\":\"1\"}}}"
        #expect(try bench.fhir(json).findings.count == 1)
    }

    @Test func mutatedResourcesAndDocumentsAreNormalisedOrRefusedAndNothingIsQuoted() throws {
        let resources = """
            {"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"http://b/Patient/p","resource":{"resourceType":\
            "Patient","id":"p","identifier":[{"system":"urn:x","value":"ZQXJKVW"}],"birthDate":"1950-01-01","link":[{"other":\
            {"reference":"Patient/q"},"type":"replaces"}]}},{"resource":{"resourceType":"Observation","id":"o","status":\
            "final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/p"},\
            "effectivePeriod":{"end":"2026-01-05T08:00:00Z"},"component":[{"code":{"text":"x"},"valueQuantity":{"value":1.50,\
            "comparator":"<","unit":"g"}}]}},{"resource":{"resourceType":"Encounter","status":"planned","class":{"code":"IMP"},\
            "subject":{"identifier":{"system":"urn:x","value":"2"}},"location":[{"location":{"display":"W"}}]}}]}
            """
        let document = """
            <ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><recordTarget>\
            <patientRole><id root="1.2" extension="ZQXJKVW"/></patientRole></recordTarget><component><structuredBody>\
            <component><section><code code="8716-3"/><entry><observation moodCode="EVN"><code code="8867-4" \
            codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20260105"/>\
            <value xsi:type="IVL_PQ"><low value="1" unit="g"/></value></observation></entry></section></component>\
            </structuredBody></component></ClinicalDocument>
            """
        let words = [
            "null", "[]", "{}", "1e999", "\"\"", "\"#\"", "\"Patient/\"", "\"9999-99-99\"", "-", "true",
            "nullFlavor=\"NI\"",
        ]
        var random = SplitMix64(state: 11)
        let bench = try Bench()
        for (format, seed) in [(MessageFormat.fhir, resources), (.cda, document)] {
            // Whole tokens are replaced, so that many mutants are still well-formed.
            let pieces = seed.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
            var (read, refused) = (0, 0)
            for round in 0..<3000 {
                var mutant = pieces
                for _ in 0...Int.random(in: 0...2, using: &random) {
                    let at = Int.random(in: 0..<mutant.count, using: &random)
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: mutant[at] = words.randomElement(using: &random) ?? ""
                    case 1: mutant[at] = mutant.randomElement(using: &random) ?? ""
                    case 2: mutant.remove(at: at)
                    default: mutant[at] = mutant[at].replacing("1", with: "9").replacing(":", with: ":null,\"x\":")
                    }
                }
                let bytes = Array(mutant.joined(separator: "\"").utf8)
                do {
                    let message = try bench.normalizer.normalize(
                        InboundMessage(source: "lab", format: format, bytes: bytes, received: received))
                    #expect(!message.issues.contains { "\($0)".contains("ZQXJKVW") }, "\(format) round \(round)")
                    let targets = (message.bundle?["entry"]?.arrayValue ?? []).compactMap {
                        $0["request"]?["url"]?.stringValue
                    }
                    #expect(Set(targets).count == targets.count, "\(format) round \(round)")
                    read += 1
                } catch {
                    #expect(!error.reason.isEmpty && !error.description.contains("ZQXJKVW"), "\(format) round \(round)")
                    refused += 1
                }
            }
            #expect(read > 200 && refused > 200, "\(format): \(read) read, \(refused) refused")
        }
    }

    private static func real(_ folder: String, _ type: String) -> [URL] {
        let url = Shipped.root.deletingLastPathComponent().appending(path: "shared/data/" + folder)
        let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == type }.sorted { $0.path < $1.path }
    }

    private func normaliseAll(
        _ files: [URL], as format: MessageFormat
    ) throws -> (read: Int, findings: Int, reasons: [String: Int]) {
        let bench = try Bench()
        var (read, findings) = (0, 0)
        var reasons: [String: Int] = [:]
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            do {
                let message = try bench.normalizer.normalize(
                    InboundMessage(source: "lab", format: format, bytes: bytes, received: received))
                // References out of the input, and what its resources had wrong before, are the sender's own.
                if format == .cda { #expect(message.faults == [], "\(file.lastPathComponent)") }
                for finding in message.findings { #expect(finding.origin.address.path.hasPrefix("/")) }
                #expect(message.bundle?["type"]?.stringValue == "transaction")
                read += 1
                findings += message.findings.count
            } catch {
                #expect(!error.place.isEmpty && !error.reason.isEmpty, "\(file.lastPathComponent)")
                reasons["\(error.code) \(error.reason)", default: 0] += 1
            }
        }
        return (read, findings, reasons)
    }

    private static let noFolder: Comment = "skipped: ../shared/data is not beside the repository"

    @Test(.enabled(if: !real("cda", "xml").isEmpty, noFolder))
    func realDocumentsAreNormalisedOrRefusedWithAPlace() throws {
        let files = Self.real("cda", "xml")
        let (read, findings, reasons) = try normaliseAll(files, as: .cda)
        #expect(read > 500)
        #expect(findings > 5000)
        print("CDA collection: \(read) of \(files.count) files normalised, \(findings) findings; refused:")
        for (reason, count) in reasons.sorted(by: { $0.value > $1.value }) { print("  \(count)  \(reason)") }
    }

    @Test(.enabled(if: !real("hl7v2/pairs", "json").isEmpty, noFolder))
    func realBundlesAreNormalisedOrRefusedWithAPlace() throws {
        let files = Self.real("hl7v2/pairs", "json")
        let (read, findings, reasons) = try normaliseAll(files, as: .fhir)
        #expect(read > 250)
        print("FHIR collection: \(read) of \(files.count) bundles normalised, \(findings) findings; refused:")
        for (reason, count) in reasons.sorted(by: { $0.value > $1.value }) { print("  \(count)  \(reason)") }
    }
}
