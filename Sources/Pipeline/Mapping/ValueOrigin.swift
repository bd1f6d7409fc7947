public import Clinical
internal import Store
internal import Normalization
public import Terminology

/// Where the values of one result come from: what was sent, which row of which table read it, and when each version of it
/// was known.
public struct ValueOrigin: Sendable {
    public struct Version: Sendable {
        public var finding: Finding
        /// When the message with it came; `nil` where the journal does not have it.
        public var received: Instant?
        /// The row that read it, where its table is at hand.
        public var row: CodeMapping?
    }

    /// In the order in which they became known.
    public private(set) var versions: [Version] = []
    /// Other results that the words could mean as well.
    public private(set) var others: [String] = []

    /// - Parameter observation: logical id of the Observation, or `N` or `N PATH`: journal number and place in the message.
    public init(_ observation: String, _ configuration: Configuration) async throws(PipelineError) {
        let store = try ServiceParts.open(configuration.store)
        let files = SiteFiles(configuration)
        do {
            let changes = try await store.tableChanges().filter { $0.state == .processed }.compactMap {
                TableChange($0.bytes)
            }
            let site = try Site(files, releases: changes.map(\.table))
            var ids = [observation]
            let words = observation.split(separator: " ", maxSplits: 1).map(String.init)
            if let number = words.first.flatMap({ Int64($0) }) {
                ids = try await Self.results(
                    number, path: words.count > 1 ? words[1] : nil, store, site.normalizer(configuration.sources))
            }
            guard let id = ids.first else {
                throw PipelineError(.data, place: observation, "the message has no such result")
            }
            others = Array(ids.dropFirst())
            for finding in try await store.findings(id: id).sorted(by: { $0.known < $1.known }) {
                let entry = try await store.entry(finding.origin.address.messageID)
                let record = finding.origin.mapping
                let row = record.flatMap { record in
                    site.terminology.mappings(of: record.table)?.first { $0.row == record.row }
                }
                versions.append(Version(finding: finding, received: entry?.received, row: row))
            }
            try await store.close()
        } catch let error as StoreError {
            throw PipelineError(.io, place: error.operation, error.reason)
        } catch let error as PipelineError {
            throw error
        } catch {
            throw PipelineError(.software, place: observation, "cannot be looked up")
        }
        guard !versions.isEmpty else { throw PipelineError(.data, place: observation, "no result has this id") }
    }

    /// Ids of the results of a message, or of the one at a place.
    private static func results(
        _ number: Int64, path: String?, _ store: any PersistentStore, _ normalizer: Normalizer
    ) async throws -> [String] {
        guard let entry = try await store.entry(number),
            let message = try? normalizer.normalize(entry.message, writesBundle: false)
        else { throw PipelineError(.data, place: "\(number)", "is no message of the journal") }
        return message.events.compactMap { event in
            guard case .finding(let finding) = event, path == nil || finding.origin.address.path == path else { return nil }
            return finding.id
        }
    }
}
