import Clinical
import FHIR
import Foundation
import HL7v2
import Normalization
import Pipeline
import V2ToFHIR

/// Converts one file to Bundles.
struct Converter: Sendable {
    let normalizer: Normalizer
    let v2: V2ToFHIRConverter
    let source: String
    /// `nil` looks at the first bytes.
    let format: MessageFormat?
    let pretty: Bool
    var isReversible = false

    struct Input: Sendable {
        var path: String
        /// Where the output goes, without ending.
        var stem: String
    }

    func convert(_ input: Input) -> [Converted] {
        guard let data = FileManager.default.contents(atPath: input.path) else {
            let issue = Issue(.error, code: 1601, place: "file", "The file cannot be read.")
            return [Converted(input: input.path, output: input.stem + ".json", bundle: nil, issues: [issue])]
        }
        let bytes = [UInt8](data)
        let format = format ?? Self.guess(bytes)
        let bodies = format == .hl7v2 ? Self.messages(bytes) : [bytes]
        return bodies.enumerated().map { index, body in
            let number = String(index + 1)
            let suffix = bodies.count == 1 ? "" : "-" + String(repeating: "0", count: max(0, 4 - number.count)) + number
            return convert(body, format: format, input: input.path, output: input.stem + suffix + ".json")
        }
    }

    private func convert(_ bytes: [UInt8], format: MessageFormat?, input: String, output: String) -> Converted {
        guard let format else {
            let issue = Issue(
                .error, code: 1602, place: "byte 0", "Neither HL7v2, FHIR JSON nor CDA XML; name the format with --from.")
            return Converted(input: input, output: output, bundle: nil, issues: [issue])
        }
        if format == .hl7v2 { return convert(hl7v2: bytes, input: input, output: output) }
        do {
            // Offline there is no time of receipt; the sender's own times are in the message.
            let message = InboundMessage(source: source, format: format, bytes: bytes, received: Instant(microseconds: 0))
            let normalized = try normalizer.normalize(message)
            let bundle = normalized.bundle?.write(pretty: pretty)
            return Converted(
                input: input, output: output, bundle: bundle, issues: normalized.issues, messageType: normalized.messageType
            )
        } catch {
            return Converted(input: input, output: output, bundle: nil, issues: error.issues)
        }
    }

    private static func messages(_ bytes: [UInt8]) -> [[UInt8]] {
        guard let batch = try? BatchReader(bytes), batch.messages.count > 1 else { return [bytes] }
        return batch.messages.map { Array(bytes[$0]) }
    }

    /// Prints what made the elements and what became of the leaves.
    func show(_ input: Input, explains: Bool, accounts: Bool) throws {
        for body in Self.messages(try SiteFiles.read(input.path)) {
            let result: V2ToFHIRResult
            do {
                result = try v2.convert(body)
            } catch {
                throw PipelineError(.data, place: input.path, "\(error)")
            }
            func text(_ range: Range<Int>?) -> String {
                range.map { String(decoding: body[$0], as: UTF8.self) } ?? ""
            }
            func line(_ cells: [String]) {
                Output.line(cells.map { $0.replacing("\t", with: " ").replacing("\r", with: " ") }.joined(separator: "\t"))
            }
            if explains {
                line(["element", "row", "place", "bytes"])
                for entry in result.explanation { line([entry.element, entry.row, entry.source, text(entry.range)]) }
            }
            if accounts {
                line(["place", "fate", "element", "row", "bytes"])
                for entry in result.account {
                    line([entry.source, entry.fate.rawValue, entry.element, entry.row, text(entry.range)])
                }
            }
        }
    }

    /// By HL7's maps (docs/conformance/v2-to-fhir.md).
    private func convert(hl7v2 bytes: [UInt8], input: String, output: String) -> Converted {
        do {
            let message = try Message(bytes)
            var (v2, issues) = (v2, [Issue]())
            if let issue = Self.date(&v2.settings, message) { issues.append(issue) }
            let result = v2.convert(message)
            issues += result.issues
            var bundle = isReversible ? v2.reversibleBundle(message) : result.bundle
            if pretty, let tree = try? JSON(parsing: bundle) { bundle = tree.write(pretty: true) }
            let type = [message.type?.code, message.type?.event].compactMap(\.self).joined(separator: "^")
            return Converted(
                input: input, output: output, bundle: bundle, issues: issues, messageType: type.isEmpty ? nil : type)
        } catch {
            return Converted(input: input, output: output, bundle: nil, issues: [error.issue])
        }
    }

    /// Provenance.recorded is required and is an instant. Online it is the time of receipt; offline the message has to say,
    /// and the same bytes must give the same Bundle, so the clock cannot help.
    private static func date(_ settings: inout V2ToFHIRSettings, _ message: Message) -> Issue? {
        let sent = try? message.timestamp
        let event = message.segment("EVN").flatMap { try? DateTimeReader.read($0.field(2)) }
        guard var time = sent ?? event else {
            settings.receivedAt = Instant(microseconds: 0).description
            return Issue(
                .warning, code: 1603, place: "MSH[1]-7",
                "Neither MSH-7 nor EVN-2 says when; 1970 stands in Provenance.recorded for a time that is not known.")
        }
        let isLocal = time.offsetOrigin == .absent && time.precision > .day
        if let zone = settings.zone, isLocal { time = time.applying(zone: zone) }
        settings.receivedAt = time.instant.description
        guard settings.zone == nil || !isLocal, time.offsetOrigin == .absent else { return nil }
        return Issue(
            .warning, code: 1603, place: "MSH[1]-7",
            "The message has no time with an offset; Provenance.recorded reads what it has as UTC. Give --zone.")
    }

    /// By the first byte that is not white space or a byte order mark.
    static func guess(_ bytes: [UInt8]) -> MessageFormat? {
        let start = bytes.prefix(1024).first {
            ![0x20, 0x09, 0x0A, 0x0D, 0x0B, 0xEF, 0xBB, 0xBF, 0xFE, 0xFF, 0x00].contains($0)
        }
        switch start {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return .fhir
        case UInt8(ascii: "<"): return .cda
        case UInt8(ascii: "M"), UInt8(ascii: "F"), UInt8(ascii: "B"): return .hl7v2
        default: return nil
        }
    }
}

/// What became of one message.
struct Converted: Sendable {
    var input: String
    var output: String
    /// `nil` when the input was refused.
    var bundle: [UInt8]?
    var issues: [Issue]
    var messageType: String?

    /// One line of the report.
    var reportLine: [UInt8] {
        var object: JSONObject = ["input": .string(input)]
        object.append("output", bundle == nil ? nil : output)
        object.append("type", messageType)
        object.append("outcome", bundle == nil ? "refused" : "converted")
        let list = issues.map { issue -> JSON in
            [
                "severity": .string(issue.severity.rawValue), "code": JSON(issue.code), "place": .string(issue.place),
                "text": .string(issue.text),
            ]
        }
        object["issues"] = .array(list)
        return JSON(object).write()
    }
}
