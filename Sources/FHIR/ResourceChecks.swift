public import Clinical

/// Checks of FHIR R4 resources: what must be there, what shape it has, which codes a status may have, and whether
/// references inside a bundle or to contained resources lead somewhere.
///
/// Looked at in depth are Patient, Encounter, Observation, Bundle, DiagnosticReport, ServiceRequest, Specimen,
/// Provenance, RiskAssessment, MessageHeader, Practitioner, Organization, Location, Device and OperationOutcome. Of other
/// types only the id and the references are checked. Elements that are not known are left alone.
public enum ResourceChecks {
    /// Issues in the order of the rules, each with the JSON pointer of its element. Their codes are of HL7 table 0357:
    /// 100 structure, 101 required element missing, 102 wrong type or form, 103 code not in its value set, 204
    /// reference that leads nowhere, 205 duplicate.
    ///
    /// - Parameters:
    ///   - place: where the resource stands; put in front of every place reported.
    ///   - maximumIssues: after so many, one more (code 207, a warning) says that the list is cut short.
    public static func check(_ resource: JSON, place: JSONPointer = .root, maximumIssues: Int = 1000) -> [Issue] {
        var check = ResourceCheck(place: place, maximumIssues: maximumIssues)
        check.resource(resource)
        return check.issues
    }
}

/// One run over a resource.
struct ResourceCheck {
    private(set) var issues: [Issue] = []
    private var place: JSONPointer
    private let maximumIssues: Int

    init(place: JSONPointer, maximumIssues: Int) {
        self.place = place
        self.maximumIssues = max(maximumIssues, 0)
    }

    mutating func resource(_ resource: JSON, in index: BundleIndex? = nil) {
        guard case .object(let object) = resource else {
            return report(102, "A resource is a JSON object.")
        }
        guard let type = object["resourceType"]?.stringValue else {
            return report(101, "A resource needs its resourceType.", at: "resourceType")
        }
        elements(object, ResourceRules.common)
        if let rules = ResourceRules.rules(for: type) { elements(object, rules) }
        invariants(type, object)
        if type == "Bundle" {
            bundle(object)
        } else {
            references(resource, ReferenceScope(container: object, bundle: index))
        }
        for (position, contained) in (object["contained"]?.arrayValue ?? []).enumerated() {
            within("contained", position) { $0.containedResource(contained) }
        }
    }

    private mutating func containedResource(_ resource: JSON) {
        guard case .object(let object) = resource, let type = object["resourceType"]?.stringValue else { return }
        elements(object, ResourceRules.common)
        if let rules = ResourceRules.rules(for: type) { elements(object, rules) }
        invariants(type, object)
    }

    mutating func report(_ code: Int, _ text: String, at key: String? = nil, as severity: Issue.Severity = .error) {
        guard issues.count < maximumIssues else {
            if issues.count == maximumIssues {
                let text = "There are more issues than the \(maximumIssues) listed."
                issues.append(Issue(.warning, code: 207, place: place.description, text))
            }
            return
        }
        let element = key.map { place.appending($0) } ?? place
        issues.append(Issue(severity, code: code, place: element.description, text))
    }

    mutating func within(_ key: String, _ position: Int? = nil, _ body: (inout ResourceCheck) -> Void) {
        let depth = place.tokens.count
        place.tokens.append(key)
        if let position { place.tokens.append(String(position)) }
        body(&self)
        place.tokens.removeLast(place.tokens.count - depth)
    }
}

extension ResourceCheck {
    private mutating func elements(_ object: JSONObject, _ rules: [ElementRule]) {
        for rule in rules {
            if !rule.choices.isEmpty {
                choice(object, rule)
                continue
            }
            guard let value = object[rule.name] else {
                // A primitive may have only extensions, which stand under its name with an underscore.
                if rule.isRequired, object["_" + rule.name] == nil {
                    report(101, "The element \(rule.name) is required.", at: rule.name)
                }
                continue
            }
            if !rule.isList {
                within(rule.name) { $0.element(value, rule.kind) }
            } else if case .array(let list) = value {
                if list.isEmpty { report(102, "An array is never empty in FHIR; leave it out.", at: rule.name) }
                for (position, element) in list.enumerated() where element != .null {
                    within(rule.name, position) { $0.element(element, rule.kind) }
                }
            } else {
                report(102, "The element \(rule.name) repeats, so it is an array.", at: rule.name)
            }
        }
    }

    private mutating func choice(_ object: JSONObject, _ rule: ElementRule) {
        var found = 0
        for suffix in rule.choices {
            let name = rule.name + suffix
            guard let value = object[name] else {
                if object["_" + name] != nil { found += 1 }
                continue
            }
            found += 1
            within(name) { $0.element(value, ElementRule.kind(ofSuffix: suffix)) }
        }
        if found > 1 { report(102, "Only one type of \(rule.name)[x] is allowed at a time.") }
        if found == 0, rule.isRequired {
            report(101, "One of \(rule.choices.map { rule.name + $0 }.joined(separator: ", ")) is required.")
        }
    }

    private mutating func element(_ value: JSON, _ kind: ElementRule.Kind) {
        switch kind {
        case .boolean:
            if value.boolValue == nil { report(102, "Expected is true or false.") }
        case .integer:
            if value.integerValue == nil { report(102, "Expected is a whole number.") }
        case .decimal:
            if value.numberValue == nil { report(102, "Expected is a number, without quotation marks.") }
        case .string:
            text(value, "Expected is a text, not empty and of 1,048,576 characters at most.", FHIRPrimitive.isString)
            if let text = value.stringValue, FHIRPrimitive.hasControlCharacters(text) {
                report(102, "The text has control characters other than tab, CR and LF.", as: .warning)
            }
        case .id:
            text(value, "An id has 1 to 64 letters A-Z, a-z, digits, hyphens or dots.", FHIRPrimitive.isID)
        case .uri:
            text(value, "Expected is a URI, without white space.", FHIRPrimitive.isURI)
        case .code:
            text(value, "Expected is a code, without white space around it.", FHIRPrimitive.isCode)
        case .date: time(value) { text throws(FHIRError) in try FHIRDateTime.date(text) }
        case .dateTime: time(value) { text throws(FHIRError) in try FHIRDateTime.dateTime(text) }
        case .instant: time(value) { text throws(FHIRError) in try FHIRDateTime.instant(text) }
        case .bound(let valueSet, let codes):
            guard let code = value.stringValue else { return report(102, "Expected is a code in quotation marks.") }
            if !codes.contains(code) { report(103, "The code is not in the required value set \(valueSet).") }
        case .group(let rules): object(value, rules)
        case .object: object(value, [])
        case .codeableConcept: object(value, ElementRule.DataType.codeableConcept)
        case .coding: object(value, ElementRule.DataType.coding)
        case .identifier: object(value, ElementRule.DataType.identifier)
        case .quantity: object(value, ElementRule.DataType.quantity)
        case .reference: object(value, ElementRule.DataType.reference)
        case .humanName: object(value, ElementRule.DataType.humanName)
        case .address: object(value, ElementRule.DataType.address)
        case .period:
            object(value, ElementRule.DataType.period)
            if let period = Period(value), let start = period.start, let end = period.end,
                let first = try? FHIRDateTime.dateTime(start), let last = try? FHIRDateTime.dateTime(end),
                min(first.precision, last.precision) >= .second, last.instant < first.instant
            {
                report(102, "The period ends before it starts.")
            }
        case .contactPoint:
            object(value, ElementRule.DataType.contactPoint)
            if value["value"] != nil, value["system"] == nil {
                report(101, "A contact point with a value needs its system.", at: "system")
            }
        }
    }

    private mutating func object(_ value: JSON, _ rules: [ElementRule]) {
        guard case .object(let object) = value else { return report(102, "Expected is an object.") }
        if object.isEmpty { return report(102, "An object is never empty in FHIR; leave it out.") }
        elements(object, rules)
    }

    private mutating func text(_ value: JSON, _ expectation: String, _ isValid: (String) -> Bool) {
        guard let text = value.stringValue, isValid(text) else { return report(102, expectation) }
    }

    private mutating func time(_ value: JSON, _ read: (String) throws(FHIRError) -> ClinicalTime) {
        guard let text = value.stringValue else { return report(102, "Expected is a date or time in quotation marks.") }
        do {
            _ = try read(text)
        } catch {
            report(102, error.place + ": " + error.reason)
        }
    }
}
