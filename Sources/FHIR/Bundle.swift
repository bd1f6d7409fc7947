public import Clinical

/// FHIR R4 Bundle (http://hl7.org/fhir/R4/bundle.html).
public struct Bundle: FHIRElement {
    public var json: JSONObject

    public init(_ json: JSONObject) {
        self.json = json
    }

    public init(type: String, id: String? = nil, timestamp: ClinicalTime? = nil) {
        json = JSONObject(resourceType: "Bundle", id: id)
        json.append("type", type)
        json.append("timestamp", timestamp)
    }

    /// `transaction`, `collection`, `message`, `searchset` …
    public var type: String? {
        get { text("type") }
        set { set("type", newValue) }
    }

    public var identifier: Identifier? {
        get { element("identifier") }
        set { set("identifier", newValue) }
    }

    /// `instant` text; read it with ``FHIRDateTime/instant(_:)``.
    public var timestamp: String? {
        get { text("timestamp") }
        set { set("timestamp", newValue) }
    }

    public var entries: [Entry] {
        get { elements("entry") }
        set { set("entry", newValue) }
    }

    /// The resources of all entries, in their order.
    public var resources: [JSON] {
        json["entry"]?.arrayValue?.compactMap { $0["resource"] } ?? []
    }

    /// The resources of a type, in their order.
    public func resources(ofType type: String) -> [JSON] {
        resources.filter { $0.resourceType == type }
    }

    /// URL of the link with a relation: `next` leads to the next page of a search.
    public func link(_ relation: String) -> String? {
        json["link"]?.arrayValue?.first { $0["relation"]?.stringValue == relation }?["url"]?.stringValue
    }

    /// Puts an entry behind the others.
    public mutating func append(_ entry: Entry) {
        let value = JSON.object(entry.json)
        guard case .array? = json["entry"] else {
            json["entry"] = .array([value])
            return
        }
        json.update("entry") { entries in
            guard case .array(var list) = entries else { return }
            entries = .null  // so that the list is not copied
            list.append(value)
            entries = .array(list)
        }
    }

    /// The resource that a reference names by a `fullUrl` of this bundle, or by type and id.
    ///
    /// Looks at every entry; to resolve many references build ``BundleIndex`` once.
    public func resolve(_ reference: String) -> JSON? {
        BundleIndex(self).resolve(reference)
    }
}

extension Bundle {
    public struct Entry: FHIRElement {
        public var json: JSONObject

        public init(_ json: JSONObject) {
            self.json = json
        }

        public init(fullUrl: String?, resource: JSON?, request: Request? = nil) {
            json = JSONObject(minimumCapacity: 3)
            json.append("fullUrl", fullUrl)
            json.append("resource", resource)
            json.append("request", request)
        }

        public var fullUrl: String? {
            get { text("fullUrl") }
            set { set("fullUrl", newValue) }
        }

        public var resource: JSON? {
            get { json["resource"] }
            set { json["resource"] = newValue }
        }

        public var request: Request? {
            get { element("request") }
            set { set("request", newValue) }
        }
    }

    public struct Request: FHIRElement {
        public var json: JSONObject

        public init(_ json: JSONObject) {
            self.json = json
        }

        /// - Parameters:
        ///   - method: `GET`, `HEAD`, `POST`, `PUT`, `DELETE` or `PATCH`.
        ///   - url: relative to the server's base: `Observation/123`.
        public init(method: String, url: String) {
            json = ["method": .string(method), "url": .string(url)]
        }

        public var method: String? {
            get { text("method") }
            set { set("method", newValue) }
        }

        public var url: String? {
            get { text("url") }
            set { set("url", newValue) }
        }
    }
}
