/// The resources of a bundle by `fullUrl` and by type and id, to resolve references
/// (http://hl7.org/fhir/R4/bundle.html#references).
public struct BundleIndex: Sendable {
    private let resources: [JSON]
    private var byURL: [String: Int] = [:]
    private var byTarget: [String: Int] = [:]

    public init(_ bundle: Bundle) {
        var resources: [JSON] = []
        let entries = bundle.json["entry"]?.arrayValue ?? []
        resources.reserveCapacity(entries.count)
        byURL.reserveCapacity(entries.count)
        byTarget.reserveCapacity(entries.count)
        for entry in entries {
            guard let resource = entry["resource"] else { continue }
            let position = resources.count
            resources.append(resource)
            if let url = entry["fullUrl"]?.stringValue, byURL[url] == nil { byURL[url] = position }
            if let type = resource.resourceType, let id = resource["id"]?.stringValue {
                let target = type + "/" + id
                if byTarget[target] == nil { byTarget[target] = position }
            }
        }
        self.resources = resources
    }

    /// The resource that a reference names; `nil` when it is not in the bundle.
    public func resolve(_ reference: String) -> JSON? {
        guard let position = position(of: reference) else { return nil }
        return resources[position]
    }

    func contains(_ reference: String) -> Bool {
        position(of: reference) != nil
    }

    private func position(of reference: String) -> Int? {
        if let position = byURL[reference] ?? byTarget[reference] { return position }
        guard let target = Reference.target(of: reference) else { return nil }
        if reference.hasPrefix("http://") || reference.hasPrefix("https://") {
            // An absolute reference means that very server, so only its version may be left away.
            guard let history = reference.utf8.lastRange(of: "/_history/") else { return nil }
            return byURL[String(reference[..<history])]
        }
        return byTarget[target.type + "/" + target.id]
    }
}

extension String.UTF8View {
    /// Start of the last occurrence of an ASCII text.
    fileprivate func lastRange(of text: String) -> Index? {
        let pattern = Array(text.utf8)
        var start = index(endIndex, offsetBy: -pattern.count, limitedBy: startIndex)
        while let candidate = start {
            if self[candidate...].starts(with: pattern) { return candidate }
            start = index(candidate, offsetBy: -1, limitedBy: startIndex)
        }
        return nil
    }
}
