import FHIR

/// The resources of a Bundle in their order, found by reference.
struct ResourceGraph {
    let bundle: JSON
    let resources: [JSON]
    private var positions: [String: Int] = [:]

    init(_ bundle: JSON) {
        self.bundle = bundle
        var resources: [JSON] = []
        if bundle.resourceType == "Bundle" {
            for entry in bundle["entry"]?.arrayValue ?? [] {
                guard let resource = entry["resource"] else { continue }
                if let url = entry["fullUrl"]?.stringValue { positions[url] = resources.count }
                resources.append(resource)
            }
        } else {
            resources = [bundle]
        }
        for (index, resource) in resources.enumerated() {
            guard let type = resource.resourceType, let id = resource["id"]?.stringValue else { continue }
            if positions["\(type)/\(id)"] == nil { positions["\(type)/\(id)"] = index }
        }
        self.resources = resources
    }

    /// The entry that a Reference means; one to another server or without a match has none.
    func position(of reference: JSON?) -> Int? {
        guard let text = reference?["reference"]?.stringValue else { return nil }
        if let found = positions[text] { return found }
        let parts = text.split(separator: "/")
        guard parts.count > 1 else { return nil }
        if parts.count > 3, parts[parts.count - 2] == "_history" {
            return positions["\(parts[parts.count - 4])/\(parts[parts.count - 3])"]
        }
        return positions["\(parts[parts.count - 2])/\(parts[parts.count - 1])"]
    }

    func entries(_ type: String) -> [Int] { resources.indices.filter { resources[$0].resourceType == type } }

    /// Entries that another resource names, such as the practitioner of an encounter.
    func entries(_ references: JSON?, of type: String) -> [Int] {
        (references?.arrayValue ?? references.map { [$0] } ?? []).compactMap { position(of: $0) }
            .filter { resources[$0].resourceType == type }
    }
}

/// A place in a resource: the value, its `_` twin of a primitive, and its pointer.
struct ResourceSpot {
    var value: JSON?
    var twin: JSON?
    var pointer: String

    func member(_ key: String) -> ResourceSpot? {
        let pointer = "\(pointer).\(key)"
        if key == "extension", value?.objectValue == nil, let found = twin?["extension"] {
            return ResourceSpot(value: found, twin: nil, pointer: pointer)
        }
        let found = value?[key]
        let twin = value?["_" + key]
        guard found != nil || twin != nil else { return nil }
        return ResourceSpot(value: found, twin: twin, pointer: pointer)
    }

    var count: Int { max(value?.arrayValue?.count ?? 0, twin?.arrayValue?.count ?? 0) }

    func element(_ index: Int) -> ResourceSpot {
        var inner = value?[index]
        if inner?.isNull == true { inner = nil }
        var twinInner = twin?[index]
        if twinInner?.isNull == true { twinInner = nil }
        return ResourceSpot(value: inner, twin: twinInner, pointer: "\(pointer)[\(index)]")
    }

    /// Text of a primitive as written.
    var text: String? {
        switch value {
        case .string(let text): text
        case .number(let number): JSON.number(number).description
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }

    /// The value of an extension of the element.
    func extensionText(_ url: String) -> String? {
        let list = (twin?["extension"] ?? (value?.objectValue == nil ? nil : value?["extension"]))?.arrayValue ?? []
        guard let found = list.first(where: { $0["url"]?.stringValue == url }) else { return nil }
        return found["valueString"]?.stringValue ?? found["valueCode"]?.stringValue
    }
}
