import Clinical

/// Rules of a bundle (http://hl7.org/fhir/R4/bundle.html) and of references inside it.
extension ResourceCheck {
    /// Where a reference may lead.
    struct ReferenceScope {
        /// Ids of the resources contained in the one at hand.
        let contained: Set<String>
        let bundle: BundleIndex?

        init(container: JSONObject, bundle: BundleIndex?) {
            contained = Set((container["contained"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue })
            self.bundle = bundle
        }
    }

    mutating func bundle(_ object: JSONObject) {
        let type = object["type"]?.stringValue ?? ""
        let entries = object["entry"]?.arrayValue ?? []
        if object["total"] != nil, type != "searchset", type != "history" {
            report(102, "Only a search set or a history has a total (bdl-1).", at: "total")
        }
        let hasRequests = ["batch", "transaction", "history"].contains(type)
        let hasResponses = ["batch-response", "transaction-response", "history"].contains(type)
        var urls: Set<String> = []
        let index = BundleIndex(Bundle(object))
        // Results of a search point to resources that stay on the server.
        let resolvesRelative = type != "searchset" && type != "history"
        for (position, entry) in entries.enumerated() {
            within("entry", position) { check in
                if hasRequests != (entry["request"] != nil) {
                    check.report(
                        hasRequests ? 101 : 102,
                        hasRequests
                            ? "Each entry of this type of bundle needs a request (bdl-3)."
                            : "An entry of this type of bundle has no request (bdl-3).", at: "request")
                }
                if hasResponses != (entry["response"] != nil) {
                    check.report(
                        hasResponses ? 101 : 102,
                        hasResponses
                            ? "Each entry of this type of bundle needs a response (bdl-4)."
                            : "An entry of this type of bundle has no response (bdl-4).", at: "response")
                }
                if entry["resource"] == nil, entry["request"] == nil, entry["response"] == nil {
                    check.report(101, "An entry needs a resource, a request or a response (bdl-5).", at: "resource")
                }
                if let url = entry["fullUrl"]?.stringValue {
                    let version = entry["resource"]?["meta"]?["versionId"]?.stringValue ?? ""
                    if !urls.insert(url + "|" + version).inserted {
                        check.report(205, "The fullUrl occurs twice in the bundle (bdl-7).", at: "fullUrl")
                    }
                    if url.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("_history".utf8) }) {
                        check.report(102, "A fullUrl names no version (bdl-8).", at: "fullUrl")
                    }
                    check.identity(url, entry["resource"])
                }
                if let resource = entry["resource"] {
                    check.within("resource") { $0.resource(resource, in: resolvesRelative ? index : nil) }
                }
            }
        }
        first(of: entries, in: object, type)
    }

    /// A RESTful `fullUrl` ends in the type and id of its resource.
    private mutating func identity(_ url: String, _ resource: JSON?) {
        guard url.hasPrefix("http"), let target = Reference.target(of: url), let id = resource?["id"]?.stringValue,
            target.type == resource?.resourceType, target.id != id
        else { return }
        report(102, "The fullUrl and the id of the resource differ.", at: "fullUrl")
    }

    private mutating func first(of entries: [JSON], in object: JSONObject, _ type: String) {
        let first = entries.first?["resource"]?.resourceType
        if type == "message", first != "MessageHeader" {
            report(100, "The first resource of a message is a MessageHeader (bdl-12).", at: "entry")
        }
        guard type == "document" else { return }
        if first != "Composition" {
            report(100, "The first resource of a document is a Composition (bdl-11).", at: "entry")
        }
        let identifier = Identifier(object["identifier"])
        if identifier?.system == nil || identifier?.value == nil {
            report(101, "A document needs an identifier with system and value (bdl-9).", at: "identifier")
        }
        if object["timestamp"] == nil {
            report(101, "A document needs a timestamp (bdl-10).", at: "timestamp")
        }
    }

    /// Reports references that must lead somewhere and do not.
    mutating func references(_ value: JSON, _ scope: ReferenceScope) {
        switch value {
        case .array(let elements):
            for (position, element) in elements.enumerated() {
                guard element.isContainer else { continue }
                within(String(position)) { $0.references(element, scope) }
            }
        case .object(let object):
            for member in object.members {
                if member.value.isContainer {
                    within(member.key) { $0.references(member.value, scope) }
                } else if member.key == "reference", let reference = member.value.stringValue {
                    check(reference, scope)
                }
            }
        default: break
        }
    }

    private mutating func check(_ reference: String, _ scope: ReferenceScope) {
        if reference.hasPrefix("#") {
            let id = String(reference.dropFirst())
            if !id.isEmpty, !scope.contained.contains(id) {
                report(204, "The reference names no contained resource.", at: "reference")
            }
            return
        }
        guard let bundle = scope.bundle, !bundle.contains(reference) else { return }
        if reference.hasPrefix("urn:") {
            report(204, "The reference names no fullUrl of the bundle.", at: "reference")
        } else if !reference.utf8.contains(UInt8(ascii: ":")), !reference.utf8.contains(UInt8(ascii: "?")) {
            // May be known to the receiver, so no more than a warning.
            report(204, "The resource that the reference names is not in the bundle.", at: "reference", as: .warning)
        }
    }
}

extension JSON {
    fileprivate var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}
