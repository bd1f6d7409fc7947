internal import Clinical
public import FHIR

/// The FHIR operation `$translate` on a concept map (R4, http://hl7.org/fhir/R4/conceptmap-operation-translate.html) as a
/// function from Parameters to Parameters.
///
/// `dependency` is evaluated: its `element` names a condition (`unit`, `specimen`, `method`, `device`, `date`, bare or as
/// `urn:headwall:condition:…`). A mapping whose condition is not stated is no match, and the message says what is asked.
public struct TranslateOperation: Sendable {
    let terminology: Terminology

    public init(_ terminology: Terminology) {
        self.terminology = terminology
    }

    /// Why the request itself cannot be answered (HTTP 400).
    public struct Fault: Error, Hashable, Sendable {
        /// Name of the parameter.
        public var parameter: String
        public var reason: String
    }

    public func callAsFunction(_ parameters: JSON) throws(Fault) -> JSON {
        guard parameters.resourceType == "Parameters" else {
            throw Fault(parameter: "resourceType", reason: "A Parameters resource is expected.")
        }
        var codes: [Code] = []
        var (system, code): (String?, String?)
        var request = TranslationRequest(source: "", code: Code(system: "", code: ""))
        var isReverse = false
        var targetSystem: String?
        var map: String?
        for parameter in parameters["parameter"]?.arrayValue ?? [] {
            switch parameter["name"]?.stringValue {
            case "code": code = parameter["valueCode"]?.stringValue
            case "system": system = parameter["valueUri"]?.stringValue
            case "coding": codes += [Self.code(parameter["valueCoding"])].compactMap { $0 }
            case "codeableConcept":
                codes += (parameter["valueCodeableConcept"]?["coding"]?.arrayValue ?? []).compactMap { Self.code($0) }
            case "targetsystem", "targetSystem": targetSystem = parameter["valueUri"]?.stringValue
            case "url": map = parameter["valueUri"]?.stringValue ?? parameter["valueCanonical"]?.stringValue
            case "reverse": isReverse = parameter["valueBoolean"]?.boolValue ?? false
            case "source": request.source = parameter["valueUri"]?.stringValue ?? ""
            case "dependency": try Self.add(parameter, to: &request)
            case "conceptMapVersion", "target": break
            default: throw Fault(parameter: "parameter", reason: "A parameter is not one of the operation's.")
            }
        }
        if let code {
            guard let system else { throw Fault(parameter: "system", reason: "A code needs its system.") }
            codes.append(Code(system: system, code: code))
        }
        guard !codes.isEmpty else { throw Fault(parameter: "code", reason: "There is no code to translate.") }
        if isReverse { return reverse(codes, targetSystem, map) }
        if let targetSystem, targetSystem != CodeSystem.loinc {
            return Self.answer([], "No map leads to this code system.")
        }
        return forward(codes, request, map)
    }

    private func forward(_ codes: [Code], _ request: TranslationRequest, _ map: String?) -> JSON {
        var matches: [JSON] = []
        var messages: [String] = []
        for code in codes {
            var request = request
            request.code = code
            if request.source.isEmpty || request.source.contains(":") { request.source = owner(of: code.system, map) }
            switch terminology.translate(request) {
            case .mapped(let translation):
                matches.append(
                    Self.match(
                        translation.record.relationship, translation.target,
                        map: "urn:headwall:map:" + translation.record.table
                    ))
            case .unmapped(let reason, let explanation, let candidates):
                // Candidates are for a person: no match of this operation, which a program would take.
                let hint = candidates.isEmpty ? "" : " In question: \(candidates.joined(separator: ", "))."
                messages.append("\(reason.rawValue): \(explanation)\(hint)")
            }
        }
        return Self.answer(matches, messages.isEmpty ? nil : messages.joined(separator: " "))
    }

    /// Local codes whose approved rows lead to a code; each with its conditions as `product` of the match.
    private func reverse(_ codes: [Code], _ targetSystem: String?, _ map: String?) -> JSON {
        var matches: [JSON] = []
        for code in codes where code.system == CodeSystem.loinc {
            for table in terminology.index.tables {
                guard map == nil || map == "urn:headwall:map:" + table.title,
                    let target = table.table.targets.firstIndex(of: code.code)
                else { continue }
                for (number, entry) in table.table.entries.enumerated()
                where Int(entry.target) == target && entry.status == .approved {
                    let row = table.table.row(number)
                    guard targetSystem == nil || targetSystem == row.system else { continue }
                    let inverse = ["wider": "narrower", "narrower": "wider"][row.relationship] ?? row.relationship
                    let asked = CodeMapping(row, terminology.concepts)
                    let products = ConceptMapCoding.Condition.allCases.compactMap { condition in
                        asked.value(of: condition).map { (condition, $0) }
                    }
                    matches.append(
                        Self.match(
                            inverse, Code(system: row.system, code: row.code, display: row.label),
                            map: "urn:headwall:map:" + table.title, products: products))
                }
            }
        }
        return Self.answer(matches, matches.isEmpty ? "No approved row leads to this code." : nil)
    }

    /// The first source that a table serves the code system for.
    private func owner(of system: String, _ map: String?) -> String {
        let serving = terminology.tables.filter {
            $0.isInUse && $0.manifest.codeSystems.values.contains(system)
        }
        let named = serving.first { map == "urn:headwall:map:\($0.manifest.name)/\($0.manifest.version)" }
        return (named ?? serving.first)?.manifest.sources.first ?? ""
    }

    private static func add(_ parameter: JSON, to request: inout TranslationRequest) throws(Fault) {
        var (element, value): (String?, String?)
        for part in parameter["part"]?.arrayValue ?? [] {
            switch part["name"]?.stringValue {
            case "element": element = part["valueUri"]?.stringValue
            case "concept":
                value =
                    part["valueCodeableConcept"]?["coding"]?[0]?["code"]?.stringValue
                    ?? part["valueCodeableConcept"]?["text"]?.stringValue ?? part["valueString"]?.stringValue
            default: break
            }
        }
        guard let element, let value else {
            throw Fault(parameter: "dependency", reason: "A dependency has an element and a concept.")
        }
        let name =
            element.hasPrefix(ConceptMapCoding.Condition.base)
            ? String(element.dropFirst(ConceptMapCoding.Condition.base.count)) : element
        switch name {
        case "unit": request.unit = value
        case "specimen": request.specimen = value
        case "method": request.method = value
        case "device": request.device = value
        case "date":
            guard let day = MappingRow.day(value) else {
                throw Fault(parameter: "dependency", reason: "The date is not YYYY-MM-DD.")
            }
            request.effective = day
        default: throw Fault(parameter: "dependency", reason: "No mapping depends on this element.")
        }
    }

    private static func code(_ coding: JSON?) -> Code? {
        guard let code = coding?["code"]?.stringValue else { return nil }
        return Code(system: coding?["system"]?.stringValue ?? "", code: code, display: coding?["display"]?.stringValue)
    }

    private static func match(
        _ equivalence: String, _ code: Code, map: String, products: [(ConceptMapCoding.Condition, String)] = []
    ) -> JSON {
        var coding = JSONObject(minimumCapacity: 3)
        coding.append("system", code.system)
        coding.append("code", code.code)
        coding.append("display", code.display)
        var parts: [JSON] = [
            ["name": "equivalence", "valueCode": .string(equivalence)],
            ["name": "concept", "valueCoding": JSON(coding)],
        ]
        for (condition, value) in products {
            parts.append([
                "name": "product",
                "part": [
                    ["name": "element", "valueUri": .string(ConceptMapCoding.Condition.base + condition.rawValue)],
                    ["name": "concept", "valueCoding": ["code": .string(value)]],
                ],
            ])
        }
        parts.append(["name": "source", "valueUri": .string(map)])
        return ["name": "match", "part": .array(parts)]
    }

    private static func answer(_ matches: [JSON], _ message: String?) -> JSON {
        var parameters: [JSON] = [["name": "result", "valueBoolean": JSON(!matches.isEmpty)]]
        if let message { parameters.append(["name": "message", "valueString": .string(message)]) }
        return ["resourceType": "Parameters", "parameter": .array(parameters + matches)]
    }
}
