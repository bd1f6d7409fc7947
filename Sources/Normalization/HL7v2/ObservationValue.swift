import Clinical
import HL7v2

/// OBX-5 by its type in OBX-2, with the units of OBX-6.
extension MessageDraft {
    mutating func value(of obx: Segment, path: String) throws(NormalizationError) -> RawValue {
        let field = obx.field(5)
        guard field.isValued else { return .missing(.noValue, text: nil, absent: "unknown") }
        let type = obx.field(2).text ?? ""
        let first = field.repetition(1)
        let isRepeated = !field.repetition(2).isAbsent
        if isRepeated, type != "TX", type != "FT" {
            note(
                .warning, IssueCode.repeated, path + "-5",
                "The value repeats; the first was used, the others are preserved only in the journal.")
        }
        switch type {
        case "NM":
            guard let text = CleanText.string(first.wholeText) else {
                return .missing(.noValue, text: nil, absent: "unknown")
            }
            guard let number = number(text, obx) else {
                note(.warning, IssueCode.dataType, path + "-5", "The value is declared a number (NM) and is not one.")
                return .missing(.notUsable, text: text, absent: "not-a-number")
            }
            return .number(number)
        case "SN":
            return structured(first, obx, path: path)
        case "CE", "CWE", "CNE", "CF":
            let codes = codes(first)
            let text = first.text(9) ?? (codes.isEmpty ? first.text(2) ?? first.text(5) : nil)
            guard !codes.isEmpty || text != nil else { return .missing(.noValue, text: nil, absent: "unknown") }
            return .coded(codes, text: text)
        case "ST", "TX", "FT", "IS", "ID", "":
            if type.isEmpty {
                note(
                    .warning, IssueCode.requiredFieldMissing, path + "-2",
                    "The value has no declared type; it is read as text.")
            }
            // Repetitions of TX and FT are the lines of one text.
            let text =
                isRepeated && (type == "TX" || type == "FT")
                ? field.repetitions.map { $0.wholeText ?? "" }.joined(separator: "\n") : first.wholeText ?? ""
            guard let clean = CleanText.string(text) else { return .missing(.noValue, text: nil, absent: "unknown") }
            return .text(clean, number: isRepeated ? nil : number(clean, obx))
        case "DT", "TM", "TS", "DTM", "DR", "SI", "TN", "XTN", "CX", "EI", "XPN", "XCN", "XON", "XAD", "PN", "AD":
            return .text(first.wholeText ?? "", number: nil)
        default:
            note(
                .information, IssueCode.notConverted, path + "-5",
                "Values of this type are preserved only in the journal.")
            return .missing(.notUsable, text: nil, absent: "unsupported")
        }
    }

    /// A number with or without a comparator in front.
    private func number(_ text: String, _ obx: Segment) -> RawNumber? {
        guard let first = text.utf8.first, first < 0x40,
            let bound = (try? StructuredNumeric(text: text))?.bound
        else { return nil }
        return withUnits(bound.value, bound.comparator, obx)
    }

    private mutating func structured(_ repetition: Repetition, _ obx: Segment, path: String) -> RawValue {
        do {
            let value = try StructuredNumeric(repetition)
            if let bound = value.bound { return .number(withUnits(bound.value, bound.comparator, obx)) }
            if value.separator == .range, value.comparator == .equal, let low = value.first, let high = value.second {
                return .range(low: withUnits(low, nil, obx), high: withUnits(high, nil, obx))
            }
            let text = repetition.components.map { $0.text ?? "" }.joined()
            return .text(text, number: nil)
        } catch {
            note(.warning, error.code, path + "-5", error.reason)
            return .missing(.notUsable, text: repetition.wholeText, absent: "not-a-number")
        }
    }

    private func withUnits(_ value: ExactDecimal, _ comparator: Quantity.Comparator?, _ obx: Segment) -> RawNumber {
        let field = obx.field(6)
        guard !field.isEmpty else { return RawNumber(value: value, comparator: comparator) }
        let unit = field.repetition(1)
        var number = RawNumber(value: value, comparator: comparator)
        if let code = CleanText.string(unit.text) { number.units.append(code) }
        if let name = CleanText.string(unit.text(2)), name != number.units.first {
            number.units.append(name)
        }
        if let name = unit.text(3), number.units.first != nil, unit.text != nil,
            let uri = tables.target(name, in: .codeSystemName)
        {
            number.unitSystem = uri
        }
        return number
    }
}
