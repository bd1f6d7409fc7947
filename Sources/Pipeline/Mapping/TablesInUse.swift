internal import Clinical
internal import Inference
internal import NIOConcurrencyHelpers
internal import Normalization
internal import Terminology

/// The mapping tables that are in use now. Doors and processor read them; only the processor changes them, when an entry
/// of the journal says so.
final class TablesInUse: Sendable {
    struct Current: Sendable {
        /// Another number at each change.
        var generation = 0
        /// Released tables in use, in the order of their approval.
        var releases: [String] = []
        var terminology: Terminology
        var normalizer: Normalizer

        /// Of each model that pins tables: those of them that are not in use, by the name of the model. A model without an
        /// entry has the tables it was trained with.
        func otherTables(than models: [ModelPackage]) -> [String: [String]] {
            var others: [String: [String]] = [:]
            for model in models {
                let names = terminology.mismatches(with: model.facts.maps)
                if !names.isEmpty { others[model.reference.name] = names }
            }
            return others
        }
    }

    private let state: NIOLockedValueBox<Current>
    private let makeNormalizer: @Sendable (Terminology) -> Normalizer
    /// Where the tables are that approvals made.
    private let folder: String

    /// - Parameter site: with no released table in use yet.
    init(_ site: Site, _ configuration: Configuration) {
        let tables = site.tables
        let sources = configuration.sources
        makeNormalizer = { Site.normalizer(sources, tables: tables, translator: $0) }
        folder = configuration.approvedMappings
        state = NIOLockedValueBox(
            Current(terminology: site.terminology, normalizer: makeNormalizer(site.terminology)))
    }

    var current: Current { state.withLockedValue { $0 } }

    /// Puts exactly these changes to use, in their order.
    func use(_ changes: [TableChange]) throws(Refusal) {
        let before = current
        let titles = changes.map(\.table)
        guard titles != before.releases else { return }
        let known = Set(before.terminology.tables.map { "\($0.manifest.name)/\($0.manifest.version)" })
        var files: [TerminologyFile] = []
        for change in changes where !known.contains(change.table) { files += try read(change) }
        let terminology: Terminology
        do {
            terminology = try before.terminology.adding(files, releases: titles)
        } catch {
            let problem = error.problems.first
            throw Refusal("The table is not sound: \(problem?.reason ?? "")")
        }
        for change in changes where terminology.digests[change.table] != change.digest {
            throw Refusal("The table \(change.table) is not the one that was approved: its digest differs.")
        }
        let normalizer = makeNormalizer(terminology)
        state.withLockedValue {
            $0 = Current(
                generation: $0.generation + 1, releases: titles, terminology: terminology, normalizer: normalizer)
        }
    }

    /// Puts one more change to use. A table whose predecessor is not in use any more is refused: its rows would undo others.
    func add(_ change: TableChange, after earlier: [TableChange]) throws(Refusal) {
        let before = current
        try use(earlier + [change])
        guard current.terminology.idleReleases.contains(change.table) else { return }
        state.withLockedValue { $0 = before }
        throw Refusal(
            "The table \(change.table) was made for a version that is not in use any more. Approve the row again.")
    }

    /// Why a table cannot be used: a sentence for the operator.
    struct Refusal: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private func read(_ change: TableChange) throws(Refusal) -> [TerminologyFile] {
        // The name becomes part of a path.
        let parts = change.table.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") }) else {
            throw Refusal("The entry names no table.")
        }
        var files: [TerminologyFile] = []
        for name in ["manifest.json", "map.tsv"] {
            let path = "codes/\(change.table)/\(name)"
            do {
                files.append(TerminologyFile(path: path, content: try SiteFiles.read("\(folder)/\(path)")))
            } catch {
                throw Refusal("The file \(path) of the approved tables cannot be read.")
            }
        }
        return files
    }
}
