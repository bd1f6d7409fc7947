internal import UCUM

/// The parts of an official long common name: `Basophils/100 leukocytes in Blood by Automated count`.
///
/// Source: LOINC Users' Guide, "Long common name": component, property in square brackets, system after `in`, method after
/// `by`. Names are read, never made.
public struct LOINCName: Hashable, Sendable {
    /// The analyte as the name has it: `Basophils/100 leukocytes`.
    public var component: String
    /// `Mass/volume`; `nil` where the name has none.
    public var property: String?
    /// `Serum or Plasma`.
    public var system: String?
    public var method: String?
    /// LOINC marks the names of deprecated terms.
    public var isDeprecated: Bool

    public init(_ name: String) {
        var rest = name[...]
        isDeprecated = rest.hasPrefix("Deprecated ")
        if isDeprecated { rest = rest.dropFirst("Deprecated ".count) }
        var tail = ""[...]
        if let open = rest.range(of: " ["), let close = rest[open.upperBound...].firstIndex(of: "]") {
            property = String(rest[open.upperBound..<close])
            tail = rest[rest.index(after: close)...]
            rest = rest[..<open.lowerBound]
        } else if let place = rest.range(of: " in ") ?? rest.range(of: " of ") {
            tail = rest[place.lowerBound...]
            rest = rest[..<place.lowerBound]
        } else if let by = rest.range(of: " by ") {
            tail = rest[by.lowerBound...]
            rest = rest[..<by.lowerBound]
        }
        component = String(rest)
        if let by = tail.range(of: " by ") {
            method = String(tail[by.upperBound...])
            tail = tail[..<by.lowerBound]
        }
        if let place = tail.range(of: " in ") ?? tail.range(of: " of ") { system = String(tail[place.upperBound...]) }
    }

    /// The analyte without what it is divided by and without its subspecies: `basophils` of `Basophils/100 leukocytes`,
    /// `bilirubin` of `Bilirubin.direct`.
    public var analyte: String {
        let end = component.firstIndex { $0 == "/" || $0 == "." } ?? component.endIndex
        return component[..<end].lowercased()
    }

    /// Units that values under this name may have, one for each kind; empty where the name does not say.
    var exemplars: [String] {
        if let property { return Self.units[property] ?? [] }
        if component.contains("/100 ") || component.contains(".total") || component.contains("/1000 ") { return ["%"] }
        return []
    }

    /// Property → units of every kind that it allows (LOINC Users' Guide, appendix "Properties").
    private static let units: [String: [String]] = [
        "Mass/volume": ["g/L"], "Moles/volume": ["mol/L", "eq/L"], "#/volume": ["/L"],
        "Units/volume": ["U/L", "[IU]/L", "[arb'U]/L", "[CFU]/L", "[EU]/L", "[GPL'U]", "[MPL'U]", "[APL'U]", "[beth'U]"],
        "Enzymatic activity/volume": ["U/L", "[IU]/L"], "Volume Fraction": ["%"], "Mass fraction": ["%"],
        "Pure mass fraction": ["%"], "Entitic volume": ["fL"], "Entitic mass": ["pg"], "Partial pressure": ["mm[Hg]"],
        "Pressure": ["mm[Hg]"], "Mass": ["g"], "Moles": ["mol", "eq"], "Volume": ["L"], "Length": ["m"], "Time": ["s"],
        "Mass/time": ["g/h"], "Moles/time": ["mol/h", "eq/h"], "Mass/mass": ["g/g"], "Mass Ratio": ["g/g", "g/mol"],
        "Moles/mass": ["mol/g"], "Molar ratio": ["mol/mol", "%"], "Ratio": ["1", "g/mol", "mol/mol"],
        "Volume Rate": ["L/min"], "Osmolality": ["osm/kg"], "#/area": ["/[HPF]", "/[LPF]", "/m2", "/{field}"],
        "Temperature": ["Cel"], "Relative density": ["1"], "Velocity": ["m/s"], "Viscosity": ["Pa.s"],
        "Enzymatic activity/mass": ["U/g", "[IU]/g"], "Length fraction": ["%"],
        "Entitic Mass": ["pg"], "Entitic mass concentration": ["g/L"],
        "Volume Rate/Area": ["mL/min/{1.73_m2}", "L/min/m2"],
        "Log #/volume": ["1", "/L", "[IU]/L"], "Number Fraction": ["%"], "Units/mass": ["[IU]/g", "[arb'U]/g", "U/g"],
    ]
}

extension StringProtocol {
    /// The first place of a text, byte by byte.
    func range(of text: String) -> Range<Index>? {
        guard let first = text.utf8.first else { return nil }
        var start = startIndex
        while let place = self[start...].utf8.firstIndex(of: first) {
            if self[place...].hasPrefix(text) {
                guard let end = self[place...].utf8.index(place, offsetBy: text.utf8.count, limitedBy: endIndex) else {
                    return nil
                }
                return place..<end
            }
            start = utf8.index(after: place)
        }
        return nil
    }
}
