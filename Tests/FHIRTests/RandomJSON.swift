import FHIR

/// Random values of every kind, with the characters and numbers that break readers.
enum RandomJSON {
    static func value(depth: Int, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2, 3: return .number(number(using: &generator))
        case 4, 5: return .string(text(using: &generator))
        case 6:
            return .array(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in value(depth: depth - 1, using: &generator) })
        default:
            var object = JSONObject()
            let most = Int.random(in: 0..<20, using: &generator) == 0 ? 60 : 6
            for _ in 0..<Int.random(in: 0...most, using: &generator) {
                object[text(using: &generator)] = value(depth: depth - 1, using: &generator)
            }
            return .object(object)
        }
    }

    static func number(using generator: inout SeededGenerator) -> JSONNumber {
        var literal = Bool.random(using: &generator) ? "-" : ""
        literal += String(
            UInt32.random(in: 0...UInt32.max, using: &generator) >> UInt32.random(in: 0..<32, using: &generator))
        if Bool.random(using: &generator) { literal += "." + digits(using: &generator) }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            literal += ["e", "E", "e+", "E-"].randomElement(using: &generator) ?? "e"
            literal += String(Int.random(in: 0..<30, using: &generator))
        }
        return JSONNumber(literal) ?? JSONNumber(0)
    }

    private static func digits(using generator: inout SeededGenerator) -> String {
        (0...Int.random(in: 0..<12, using: &generator)).map { _ in String(Int.random(in: 0...9, using: &generator)) }
            .joined()
    }

    static func text(using generator: inout SeededGenerator) -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<30, using: &generator) {
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: scalars.append(Unicode.Scalar(UInt8.random(in: 0..<0x20, using: &generator)))
            case 1: scalars.append(["\"", "\\", "/", "\u{7F}"].randomElement(using: &generator) ?? "/")
            case 2:
                let code = UInt32.random(in: 0x80...0x10_FFFF, using: &generator)
                if let scalar = Unicode.Scalar(code) { scalars.append(scalar) }
            case 3: scalars.append(["é", "ß", "µ", "\u{2028}", "漢", "😀"].randomElement(using: &generator) ?? "é")
            default: scalars.append(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &generator)))
            }
        }
        return String(scalars)
    }
}
