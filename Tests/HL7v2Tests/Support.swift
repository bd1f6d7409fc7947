import Clinical
import HL7v2

/// Sebastiano Vigna's SplitMix64 (public domain): a seeded generator, so that a failing case can be repeated.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A message with one more segment after a usual header.
func message(_ segments: String..., version: String = "2.5.1", characterSet: String = "") throws -> Message {
    let header = "MSH|^~\\&|LAB|HOSPITAL|HEADWALL|WARD|20260105080000||ORU^R01^ORU_R01|C1|P|\(version)||||||\(characterSet)"
    return try Message(Array(([header] + segments).joined(separator: "\r").utf8) + [0x0D])
}

/// The error that reading the bytes throws, if any.
func failure(_ bytes: [UInt8], limits: Message.Limits = Message.Limits()) -> HL7v2Error? {
    do {
        _ = try Message(bytes, limits: limits)
        return nil
    } catch {
        return error
    }
}

func failure(_ text: String) -> HL7v2Error? { failure(Array(text.utf8)) }

/// Reads every part of a message in every way; returns how many texts there were.
func readEverything(_ message: Message) -> Int {
    var count = 0
    for segment in message.segments {
        count += segment.raw.count == segment.range.count ? 0 : 1_000_000
        for field in segment.fields {
            count += field.text == nil ? 0 : 1
            count += field.wholeText == nil ? 0 : 1
            for repetition in field.repetitions {
                for component in repetition.components {
                    for subcomponent in component.subcomponents where subcomponent.text != nil { count += 1 }
                }
            }
        }
        _ = segment.field(segment.fieldCount + 1).repetition(2).component(3).subcomponent(4).text
        _ = segment.field(.max).path
    }
    _ = (message.controlID, message.type, message.version, message.sendingApplication)
    return count
}

/// The parts of an ER7 message by plain splitting: an independent reading to compare the index with.
enum PlainSplit {
    static func segments(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }).map(Array.init)
    }

    static func cut(_ bytes: [UInt8], at byte: Character) -> [[UInt8]] {
        bytes.split(separator: byte.asciiValue ?? 0, omittingEmptySubsequences: false).map(Array.init)
    }
}

let usualMessage = """
    MSH|^~\\&|LABA|GENERAL|HEADWALL|WARD|20260105081500+0100||ORU^R01^ORU_R01|MSG00001|P|2.5.1|||AL|NE||UNICODE UTF-8
    PID|1||123456^^^GENERAL&1.2.3&ISO^MR~999^^^SSA^SS||Doe^John^Q||19470312|M|||12 Main \\T\\ 3rd^^Springfield
    PV1|1|I|4EAST^412^A|""|||||
    OBR|1|ORD1^HIS|FIL1^LABA|24323-8^Panel^LN|||20260105073000+0100
    OBX|1|NM|2160-0^Creatinine^LN||1.2|mg/dL|0.6-1.3|N|||F
    OBX|2|SN|777-3^Platelets^LN||<^5|10*3/uL||LL|||F
    NTE|1||Line one\\.br\\Line two, größer
    OBX|3|TX|8251-1^Comment^LN||a~b^c&d||||||F

    """.split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\r") + "\r"
