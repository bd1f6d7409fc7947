import Clinical

/// Turns captured elements into the values of ``CDADocument``.
struct Interpretation {
    let tree: ElementTree

    // MARK: - Header

    func document(sections: [CDADocument.Section], issues: [Issue]) -> CDADocument {
        guard !tree.elements.isEmpty else {
            return CDADocument(
                id: nil, code: nil, title: nil, templateIDs: [], effectiveTime: nil, recordTargets: [],
                encompassingEncounter: nil, sections: [], issues: issues)
        }
        let root = 0
        return CDADocument(
            id: tree.child(of: root, "id").map(identifier),
            code: tree.child(of: root, "code").map(concept),
            title: tree.child(of: root, "title").map { tree.fullText(of: $0) },
            templateIDs: identifiers(of: root, "templateId"),
            effectiveTime: tree.child(of: root, "effectiveTime").flatMap(time),
            recordTargets: tree.children(of: root, named: "recordTarget").map(recordTarget),
            encompassingEncounter: tree.child(of: root, "componentOf", "encompassingEncounter").map(encounter),
            sections: sections, issues: issues)
    }

    private func recordTarget(_ index: Int) -> CDADocument.RecordTarget {
        let role = tree.child(of: index, "patientRole")
        let patient = role.flatMap { tree.child(of: $0, "patient") }
        // The legal name where several are given (EntityNameUse `L`), else the first.
        let names = patient.map { tree.children(of: $0, named: "name") } ?? []
        let name = names.first { tree[$0]["use"]?.split(separator: " ").contains("L") ?? false } ?? names.first
        let family = name.flatMap { tree.child(of: $0, "family") }.map { tree.fullText(of: $0) }
        return CDADocument.RecordTarget(
            ids: role.map { identifiers(of: $0, "id") } ?? [],
            family: family.flatMap { $0.isEmpty ? nil : $0 },
            given: name.map { tree.children(of: $0, named: "given").map { tree.fullText(of: $0) } }?
                .filter { !$0.isEmpty } ?? [],
            birthTime: patient.flatMap { tree.child(of: $0, "birthTime") }.flatMap(time),
            sex: patient.flatMap { tree.child(of: $0, "administrativeGenderCode") }.map(concept),
            path: tree.path(of: role ?? index))
    }

    private func encounter(_ index: Int) -> CDADocument.EncompassingEncounter {
        CDADocument.EncompassingEncounter(
            ids: identifiers(of: index, "id"),
            code: tree.child(of: index, "code").map(concept),
            effectiveTime: tree.child(of: index, "effectiveTime").flatMap(interval),
            location: tree.child(of: index, "location", "healthCareFacility", "location", "name")
                .map { tree.fullText(of: $0) },
            path: tree.path(of: index))
    }

    // MARK: - Body

    func section(
        _ index: Int, path: String, _ observations: [CDADocument.Observation], _ others: [String: Int]
    ) -> CDADocument.Section {
        CDADocument.Section(
            templateIDs: identifiers(of: index, "templateId"),
            code: tree.child(of: index, "code").map(concept),
            title: tree.child(of: index, "title").map { tree.fullText(of: $0) },
            path: path, observations: observations, otherEntries: others)
    }

    /// Every observation at or below an element, outer before inner.
    func observations(in index: Int, organizer: CDADocument.Organizer? = nil) -> [CDADocument.Observation] {
        var result: [CDADocument.Observation] = []
        for child in tree[index].children {
            switch tree[child].name {
            case "observation":
                result.append(observation(child, organizer: organizer))
                result += observations(in: child, organizer: organizer)
            case "organizer":
                result += observations(in: child, organizer: self.organizer(child))
            default:
                result += observations(in: child, organizer: organizer)
            }
        }
        return result
    }

    private func organizer(_ index: Int) -> CDADocument.Organizer {
        CDADocument.Organizer(
            templateIDs: identifiers(of: index, "templateId"), ids: identifiers(of: index, "id"),
            code: tree.child(of: index, "code").map(concept),
            statusCode: tree.child(of: index, "statusCode").flatMap { tree[$0]["code"] },
            effectiveTime: tree.child(of: index, "effectiveTime").flatMap(interval), specimen: specimen(of: index))
    }

    private func observation(_ index: Int, organizer: CDADocument.Organizer?) -> CDADocument.Observation {
        let element = tree[index]
        let values = tree.children(of: index, named: "value")
        return CDADocument.Observation(
            templateIDs: identifiers(of: index, "templateId"), ids: identifiers(of: index, "id"),
            moodCode: element["moodCode"], negated: element["negationInd"] == "true", nullFlavor: element["nullFlavor"],
            code: tree.child(of: index, "code").map(concept),
            statusCode: tree.child(of: index, "statusCode").flatMap { tree[$0]["code"] },
            effectiveTime: tree.child(of: index, "effectiveTime").flatMap(interval),
            value: values.first.map(value), valueCount: values.count,
            interpretations: tree.children(of: index, named: "interpretationCode").map(concept),
            method: tree.child(of: index, "methodCode").map(concept), specimen: specimen(of: index),
            organizer: organizer, path: tree.path(of: index), line: element.line)
    }

    private func specimen(of index: Int) -> ConceptDescriptor? {
        tree.child(of: index, "specimen", "specimenRole", "specimenPlayingEntity", "code").map(concept)
    }

    // MARK: - Data types

    private func identifier(_ index: Int) -> InstanceIdentifier {
        let element = tree[index]
        return InstanceIdentifier(
            root: element["root"], extension: element["extension"], nullFlavor: element["nullFlavor"])
    }

    private func identifiers(of index: Int, _ name: String) -> [InstanceIdentifier] {
        tree.children(of: index, named: name).map(identifier)
    }

    private func concept(_ index: Int) -> ConceptDescriptor {
        let element = tree[index]
        let original = tree.child(of: index, "originalText").map { tree.fullText(of: $0) }
        return ConceptDescriptor(
            code: element["code"], codeSystem: element["codeSystem"], codeSystemName: element["codeSystemName"],
            displayName: element["displayName"], originalText: original.flatMap { $0.isEmpty ? nil : $0 },
            translations: tree.children(of: index, named: "translation").map(concept), nullFlavor: element["nullFlavor"])
    }

    private func time(_ index: Int) -> CDATime? {
        tree[index]["value"].flatMap { $0.isEmpty ? nil : CDATime($0) }
    }

    private func interval(_ index: Int) -> CDAInterval? {
        let interval = CDAInterval(
            point: time(index) ?? tree.child(of: index, "center").flatMap(time),
            low: tree.child(of: index, "low").flatMap(time), high: tree.child(of: index, "high").flatMap(time))
        return interval.moment == nil ? nil : interval
    }

    private func quantity(_ index: Int) -> PhysicalQuantity {
        let element = tree[index]
        return PhysicalQuantity(
            value: element["value"], unit: element["unit"].flatMap { $0.isEmpty ? nil : $0 },
            inclusive: element["inclusive"] != "false", nullFlavor: element["nullFlavor"])
    }

    private func value(_ index: Int) -> CDAValue {
        let element = tree[index]
        // The prefix of a type is the document's choice; the types of CDA have one name each.
        let type = element["xsi:type"]?.split(separator: ":").last.map(String.init) ?? ""
        switch type {
        case "PQ", "INT", "REAL", "MO":
            let quantity = quantity(index)
            if quantity.value == nil, let null = quantity.nullFlavor { return .null(null) }
            return .quantity(quantity)
        case "IVL_PQ", "IVL_INT", "IVL_REAL":
            let low = tree.child(of: index, "low").map(quantity)
            let high = tree.child(of: index, "high").map(quantity)
            if low?.value == nil, high?.value == nil {
                if element["value"] != nil { return .quantity(quantity(index)) }
                return .null(element["nullFlavor"] ?? low?.nullFlavor ?? high?.nullFlavor ?? "NI")
            }
            return .range(low: low, high: high)
        case "CD", "CE", "CV", "CO", "CS":
            let concept = concept(index)
            if concept.code == nil, concept.translations.isEmpty, concept.originalText == nil {
                return .null(concept.nullFlavor ?? "NI")
            }
            return .coded(concept)
        case "ST", "ED":
            let text = tree.fullText(of: index)
            return text.isEmpty ? .null(element["nullFlavor"] ?? "NI") : .text(text)
        case "TS":
            return time(index).map { .time($0) } ?? .null(element["nullFlavor"] ?? "NI")
        case "BL":
            switch element["value"] {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default: return .null(element["nullFlavor"] ?? "NI")
            }
        default:
            if let null = element["nullFlavor"] { return .null(null) }
            return .unsupported(type)
        }
    }
}
