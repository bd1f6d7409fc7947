/// What FHIR R4 says of one element, as far as ``ResourceChecks`` looks at it.
struct ElementRule: Sendable {
    indirect enum Kind: Sendable {
        case boolean, integer, decimal
        case string, id, uri, code, date, dateTime, instant
        /// A code of a required binding.
        case bound(String, Set<String>)
        /// An object with elements of its own.
        case group([ElementRule])
        /// An object of which nothing is checked here.
        case object
        case codeableConcept, coding, identifier, quantity, period, reference, humanName, contactPoint, address
    }

    var name: String
    var kind: Kind
    var isRequired: Bool
    var isList: Bool
    /// Suffixes of a choice of types, `value[x]`; empty for other elements.
    var choices: [String] = []

    static func one(_ name: String, _ kind: Kind) -> ElementRule {
        ElementRule(name: name, kind: kind, isRequired: false, isList: false)
    }

    static func required(_ name: String, _ kind: Kind) -> ElementRule {
        ElementRule(name: name, kind: kind, isRequired: true, isList: false)
    }

    static func many(_ name: String, _ kind: Kind) -> ElementRule {
        ElementRule(name: name, kind: kind, isRequired: false, isList: true)
    }

    static func some(_ name: String, _ kind: Kind) -> ElementRule {
        ElementRule(name: name, kind: kind, isRequired: true, isList: true)
    }

    /// At most one of `nameSuffix`, or exactly one when required.
    static func choice(_ name: String, _ suffixes: [String], isRequired: Bool = false) -> ElementRule {
        ElementRule(name: name, kind: .object, isRequired: isRequired, isList: false, choices: suffixes)
    }

    /// The type that a suffix of a choice stands for.
    static func kind(ofSuffix suffix: String) -> Kind {
        switch suffix {
        case "Boolean": .boolean
        case "Integer": .integer
        case "Decimal": .decimal
        case "String", "Time", "Markdown": .string
        case "Uri", "Url", "Canonical": .uri
        case "Date": .date
        case "DateTime": .dateTime
        case "Instant": .instant
        case "CodeableConcept": .codeableConcept
        case "Coding": .coding
        case "Quantity", "Age": .quantity
        case "Period": .period
        case "Reference": .reference
        default: .object
        }
    }
}

extension ElementRule {
    /// Elements of the data types (http://hl7.org/fhir/R4/datatypes.html).
    enum DataType {
        static let coding: [ElementRule] = [
            .one("system", .uri), .one("version", .string), .one("code", .code), .one("display", .string),
            .one("userSelected", .boolean),
        ]
        static let codeableConcept: [ElementRule] = [.many("coding", .coding), .one("text", .string)]
        static let identifier: [ElementRule] = [
            .one("use", .bound("identifier-use", ["usual", "official", "temp", "secondary", "old"])),
            .one("type", .codeableConcept), .one("system", .uri), .one("value", .string), .one("period", .period),
            .one("assigner", .reference),
        ]
        static let quantity: [ElementRule] = [
            .one("value", .decimal), .one("comparator", .bound("quantity-comparator", ["<", "<=", ">=", ">"])),
            .one("unit", .string), .one("system", .uri), .one("code", .code),
        ]
        static let period: [ElementRule] = [.one("start", .dateTime), .one("end", .dateTime)]
        static let reference: [ElementRule] = [
            .one("reference", .string), .one("type", .uri), .one("identifier", .identifier), .one("display", .string),
        ]
        static let humanName: [ElementRule] = [
            .one(
                "use",
                .bound("name-use", ["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"])),
            .one("text", .string), .one("family", .string), .many("given", .string), .many("prefix", .string),
            .many("suffix", .string), .one("period", .period),
        ]
        static let contactPoint: [ElementRule] = [
            .one(
                "system",
                .bound("contact-point-system", ["phone", "fax", "email", "pager", "url", "sms", "other"])),
            .one("value", .string),
            .one("use", .bound("contact-point-use", ["home", "work", "temp", "old", "mobile"])),
            .one("period", .period),
        ]
        static let address: [ElementRule] = [
            .one("use", .bound("address-use", ["home", "work", "temp", "old", "billing"])),
            .one("type", .bound("address-type", ["postal", "physical", "both"])), .one("text", .string),
            .many("line", .string), .one("city", .string), .one("district", .string), .one("state", .string),
            .one("postalCode", .string), .one("country", .string), .one("period", .period),
        ]
    }
}
