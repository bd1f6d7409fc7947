/// A FHIR search that is repeated: a resource type and parameters of the user's choice.
public struct PollQuery: Hashable, Sendable {
    public let resourceType: String
    /// Names and values as they are meant, not percent-encoded.
    public let parameters: [Parameter]

    public struct Parameter: Hashable, Sendable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// - Throws: ``PollingError`` unless the type is a resource name of letters; `_lastUpdated`, `_count` and `_sort`
    ///   belong to the poller.
    public init(_ resourceType: String, parameters: [Parameter] = []) throws(PollingError) {
        guard let first = resourceType.utf8.first, (65...90).contains(first),
            resourceType.utf8.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) })
        else {
            throw PollingError(.configuration, place: "resources", "A resource type is a name such as Observation.")
        }
        guard !parameters.contains(where: { ["_lastUpdated", "_count", "_sort"].contains($0.name) }) else {
            throw PollingError(
                .configuration, place: "resources", "_lastUpdated, _count and _sort are set by the poller; leave them out.")
        }
        self.resourceType = resourceType
        self.parameters = parameters
    }

    /// Reads `Observation` or `Observation?category=vital-signs&status=final`, values percent-encoded or not.
    public init(parsing text: String) throws(PollingError) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var parameters: [Parameter] = []
        if parts.count == 2 {
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard sides.count == 2, !sides[0].isEmpty else {
                    throw PollingError(.configuration, place: "resources", "A search parameter is written name=value.")
                }
                parameters.append(Parameter(String(sides[0]), ServerURL.decoded(sides[1])))
            }
        }
        try self.init(String(parts[0]), parameters: parameters)
    }

    /// `Observation`, or `Observation?category=vital-signs`; identifies the query in cursors and reports.
    public var text: String {
        guard !parameters.isEmpty else { return resourceType }
        let pairs = parameters.map { ServerURL.encoded($0.name) + "=" + ServerURL.encoded($0.value) }
        return resourceType + "?" + pairs.joined(separator: "&")
    }
}
