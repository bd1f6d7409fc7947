internal import Clinical
internal import FHIR

/// What polling needs to know of one page of a searchset (http://hl7.org/fhir/R4/http.html#search).
struct BundlePage {
    /// `Bundle.total`: matches of the whole search.
    let total: Int?
    /// Target of the link `next`.
    let next: String?
    let entryCount: Int
    /// Entries that the search is about: not included resources, not outcomes.
    let matchCount: Int
    /// Latest `meta.lastUpdated` of a match.
    let newest: Instant?
    /// Whether every match has a `meta.lastUpdated`, none earlier than the one before it.
    let isAscending: Bool
    let earliest: Instant?
    /// For each entry the resource and its version; `nil` where it does not say.
    let versions: [EntryVersion?]

    /// One version of one resource.
    struct EntryVersion: Hashable {
        let resource: String
        let version: String
        let updated: Instant
    }

    init(_ bytes: [UInt8], limits: JSONLimits) throws(PollingError) {
        let root: JSONReader.Value
        do {
            root = try JSONReader(bytes, limits: limits).root
        } catch {
            throw PollingError(.badPage, place: error.place, "The page cannot be read: \(error.reason)")
        }
        guard root["resourceType"]?.string == "Bundle" else {
            throw PollingError(.badPage, place: "/resourceType", "The answer is not a Bundle.")
        }
        total = root["total"]?.number?.integer
        next = root["link"]?.elements.first { $0["relation"]?.string == "next" }?["url"]?.string
        var (entries, matches) = (0, 0)
        var (newest, earliest): (Instant?, Instant?) = (nil, nil)
        var isAscending = true
        var versions: [EntryVersion?] = []
        for entry in root["entry"].map({ Array($0.elements) }) ?? [] {
            entries += 1
            let resource = entry["resource"]
            let updated = resource?["meta"]?["lastUpdated"]?.string.flatMap { try? FHIRDateTime.instant($0).instant }
            versions.append(Self.version(resource, updated))
            guard entry["search"]?["mode"]?.string ?? "match" == "match" else { continue }
            matches += 1
            guard let updated else {
                isAscending = false
                continue
            }
            if let newest, updated < newest { isAscending = false }
            newest = max(newest ?? updated, updated)
            earliest = min(earliest ?? updated, updated)
        }
        entryCount = entries
        matchCount = matches
        self.newest = newest
        self.earliest = earliest
        self.isAscending = isAscending
        self.versions = versions
    }

    private static func version(_ resource: JSONReader.Value?, _ updated: Instant?) -> EntryVersion? {
        guard let updated, let type = resource?["resourceType"]?.string, let id = resource?["id"]?.string else {
            return nil
        }
        return EntryVersion(
            resource: type + "/" + id, version: resource?["meta"]?["versionId"]?.string ?? "", updated: updated)
    }
}
