internal import Clinical
public import FHIR

/// Mappings as a FHIR ConceptMap and back (R4 section 13.11, R5 section 5.6).
///
/// Conditions and validity are `dependsOn` entries: a reader that does not evaluate them must not use the mapping, and
/// this one refuses elements that depend on what it does not know.
public enum ConceptMapCoding {
    public enum Version: String, Sendable {
        case r4, r5
    }

    /// What a `dependsOn` may ask for; the URI of R4 and the code of R5.
    enum Condition: String, CaseIterable {
        case unit, specimen, method, device
        case validFrom = "valid-from"
        case validTo = "valid-to"

        static let base = "urn:headwall:condition:"

        /// Also by the plain names that LIVD catalogues use: `specimen`, `result` for the unit, `model` for the device.
        init?(property: String) {
            let name = property.hasPrefix(Self.base) ? String(property.dropFirst(Self.base.count)) : property
            switch name {
            case "result", "units": self = .unit
            case "model": self = .device
            default:
                guard let condition = Condition(rawValue: name) else { return nil }
                self = condition
            }
        }
    }

    // MARK: Writing

    /// - Parameters:
    ///   - url, name, version: of the ConceptMap; the version is that of the table.
    ///   - mappings: only approved ones are written.
    public static func write(
        _ mappings: [CodeMapping], url: String, name: String, version: String, as format: Version
    ) -> JSON {
        var map = JSONObject(resourceType: "ConceptMap", id: nil)
        map.append("url", url)
        map.append("version", version)
        map.append("name", name)
        map.append("status", "active")
        let approved = mappings.filter { $0.status == .approved }
        if format == .r5 {
            let used = Condition.allCases.filter { condition in approved.contains { $0.value(of: condition) != nil } }
            map.append(
                "additionalAttribute",
                used.map { ["code": .string($0.rawValue), "uri": .string(Condition.base + $0.rawValue), "type": "string"] })
        }
        var order: [String] = []
        var groups: [String: [CodeMapping]] = [:]
        for mapping in approved {
            let key = mapping.system + "\n" + (mapping.target?.system ?? CodeSystem.loinc)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(mapping)
        }
        map.append("group", order.map { group(groups[$0] ?? [], format) })
        return JSON(map)
    }

    private static func group(_ mappings: [CodeMapping], _ format: Version) -> JSON {
        var elements: [JSON] = []
        var index = 0
        while index < mappings.count {
            let code = mappings[index].code
            var targets: [JSON] = []
            var element = JSONObject(minimumCapacity: 3)
            element.append("code", code)
            element.append("display", mappings[index].label)
            var isNone = false
            while index < mappings.count, mappings[index].code == code {
                if mappings[index].target == nil, format == .r5, mappings[index].isUnconditional {
                    isNone = true
                } else {
                    targets.append(target(mappings[index], format))
                }
                index += 1
            }
            if isNone { element.append("noMap", true) }
            element.append("target", targets)
            elements.append(JSON(element))
        }
        var group = JSONObject(minimumCapacity: 3)
        group.append("source", mappings.first?.system)
        group.append("target", mappings.lazy.compactMap { $0.target?.system }.first ?? CodeSystem.loinc)
        group.append("element", elements)
        return JSON(group)
    }

    private static func target(_ mapping: CodeMapping, _ format: Version) -> JSON {
        var target = JSONObject(minimumCapacity: 5)
        target.append("code", mapping.target?.code)
        target.append("display", mapping.target?.display)
        let equivalence = mapping.target == nil ? "unmatched" : mapping.relationship
        switch format {
        case .r4: target.append("equivalence", equivalence)
        case .r5: target.append("relationship", relationships[equivalence] ?? "related-to")
        }
        target.append("comment", mapping.comment)
        let conditions = Condition.allCases.compactMap { condition in
            mapping.value(of: condition).map { value -> JSON in
                switch format {
                case .r4: ["property": .string(Condition.base + condition.rawValue), "value": .string(value)]
                case .r5: ["attribute": .string(condition.rawValue), "valueString": .string(value)]
                }
            }
        }
        target.append("dependsOn", conditions)
        return JSON(target)
    }

    /// R4 equivalence → R5 relationship (R5 section 5.6.4: R5 says what the source is).
    private static let relationships = [
        "equivalent": "equivalent", "equal": "equivalent", "wider": "source-is-narrower-than-target",
        "subsumes": "source-is-narrower-than-target", "narrower": "source-is-broader-than-target",
        "specializes": "source-is-broader-than-target", "inexact": "related-to", "relatedto": "related-to",
        "unmatched": "not-related-to", "disjoint": "not-related-to",
    ]

    // MARK: Reading

    /// The mappings of a ConceptMap, or of every ConceptMap in a Bundle (LIVD); R4 and R5 are told apart by their
    /// elements. They come in as `proposed`.
    ///
    /// - Parameter system: of the local codes where the map does not say.
    public static func read(_ resource: JSON, system: String? = nil) throws(TerminologyError) -> MappingImport {
        switch resource.resourceType {
        case "ConceptMap": return readMap(resource, system)
        case "Bundle":
            var all = MappingImport(mappings: [], skipped: [])
            for entry in resource["entry"]?.arrayValue ?? [] {
                guard let map = entry["resource"], map.resourceType == "ConceptMap" else { continue }
                let part = readMap(map, system)
                all.mappings += part.mappings
                all.skipped += part.skipped
            }
            return all
        default:
            throw TerminologyError(
                problems: [
                    .init(
                        cause: .invalidValue, file: "ConceptMap", line: nil,
                        reason: "This is neither ConceptMap nor Bundle.")
                ])
        }
    }

    private static func readMap(_ map: JSON, _ system: String?) -> MappingImport {
        var result = MappingImport(mappings: [], skipped: [])
        var attributes: [String: Condition] = [:]
        for attribute in map["additionalAttribute"]?.arrayValue ?? [] {
            if let code = attribute["code"]?.stringValue, let uri = attribute["uri"]?.stringValue {
                attributes[code] = Condition(property: uri)
            }
        }
        let whole = map["sourceUri"]?.stringValue ?? map["sourceCanonical"]?.stringValue
        var number = 0
        for group in map["group"]?.arrayValue ?? [] {
            let source = group["source"]?.stringValue ?? system ?? whole ?? ""
            let target = group["target"]?.stringValue ?? CodeSystem.loinc
            for element in group["element"]?.arrayValue ?? [] {
                defer { number += 1 }
                guard let code = element["code"]?.stringValue, !source.isEmpty else {
                    result.skipped.append((number, "The element has no code, or no code system."))
                    continue
                }
                let base = CodeMapping(system: source, code: code, label: element["display"]?.stringValue, target: nil)
                if element["noMap"]?.boolValue == true { result.mappings.append(base) }
                for one in element["target"]?.arrayValue ?? [] {
                    var mapping = base
                    if let reason = read(one, target, attributes, into: &mapping) {
                        result.skipped.append((number, reason))
                    } else {
                        result.mappings.append(mapping)
                    }
                }
            }
        }
        return result
    }

    /// Why a target cannot be taken over; `nil` when it was.
    private static func read(
        _ target: JSON, _ system: String, _ attributes: [String: Condition], into mapping: inout CodeMapping
    ) -> String? {
        let stated = target["equivalence"]?.stringValue ?? target["relationship"]?.stringValue ?? "equivalent"
        mapping.comment = target["comment"]?.stringValue
        switch stated {
        case "equivalent", "equal": mapping.relationship = "equivalent"
        case "wider", "subsumes", "source-is-narrower-than-target": mapping.relationship = "wider"
        case "narrower", "specializes", "source-is-broader-than-target": mapping.relationship = "narrower"
        case "inexact", "relatedto", "related-to": mapping.relationship = "inexact"
        case "unmatched", "disjoint", "not-related-to": break
        default: return "The equivalence is not one of FHIR's."
        }
        if stated != "unmatched", stated != "disjoint", stated != "not-related-to" {
            guard let code = target["code"]?.stringValue else { return "The target has no code." }
            mapping.target = Code(system: system, code: code, display: target["display"]?.stringValue)
        }
        for dependency in target["dependsOn"]?.arrayValue ?? [] {
            let name = dependency["property"]?.stringValue ?? dependency["attribute"]?.stringValue ?? ""
            guard let condition = attributes[name] ?? Condition(property: name) else {
                return "The target depends on something that is not known here."
            }
            guard
                let value = dependency["value"]?.stringValue ?? dependency["valueString"]?.stringValue
                    ?? dependency["valueCode"]?.stringValue ?? dependency["valueCoding"]?["code"]?.stringValue
            else { return "The target depends on a value that is not a text." }
            mapping.set(condition, value)
        }
        return nil
    }
}

extension CodeMapping {
    var isUnconditional: Bool { conditions.isEmpty && validFrom == nil && validTo == nil }

    func value(of condition: ConceptMapCoding.Condition) -> String? {
        switch condition {
        case .unit: conditions.unit
        case .specimen: conditions.specimen
        case .method: conditions.method
        case .device: conditions.device
        case .validFrom: validFrom
        case .validTo: validTo
        }
    }

    mutating func set(_ condition: ConceptMapCoding.Condition, _ value: String) {
        switch condition {
        case .unit: conditions.unit = value
        case .specimen: conditions.specimen = value
        case .method: conditions.method = value
        case .device: conditions.device = value
        case .validFrom: validFrom = value
        case .validTo: validTo = value
        }
    }
}
