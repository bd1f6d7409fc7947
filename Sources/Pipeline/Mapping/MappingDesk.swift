internal import Clinical
internal import FHIR
internal import Inference
public import Store
public import Terminology

/// The queue of unmapped codes as a person works through it: what each code may mean, and the approval of one meaning.
///
/// An approval writes a further version of the table into the folder of approved tables, and an entry into the journal that
/// puts it to use. Nothing that exists is changed. The service acts on the entry; without a running service it waits.
public struct MappingDesk: Sendable {
    /// An item of the queue with proposals.
    public struct Entry: Sendable {
        public var item: UnmappedItem
        /// Best first; for a person to decide, never used otherwise.
        public var proposals: [Proposal]
    }

    public struct Proposal: Sendable {
        public var suggestion: Suggester.Suggestion
        /// Inputs that the code would feed, `news2: Respiratory rate`.
        public var inputs: [String]
    }

    /// What a person decides about an item.
    public struct Approval: Sendable {
        public var item: Int64
        /// LOINC code; `nil` decides that no code fits.
        public var target: String?
        public var reviewers: [String]
        /// UCUM code that the unit text of the item means under this code.
        public var unitMeaning: String?
        /// Whether the row is for the unit, or the specimen, of the item only.
        public var isForUnitOnly = false
        public var isForSpecimenOnly = false
        public var relationship = "equivalent"
        public var comment: String?

        public init(item: Int64, target: String?, reviewers: [String]) {
            self.item = item
            self.target = target
            self.reviewers = reviewers
        }
    }

    /// What an approval made.
    public struct Approved: Sendable {
        /// Name and version of the table.
        public var table: String
        public var digest: String
        public var row: String
        /// Entry of the journal that puts the table to use.
        public var journalID: Int64
        /// Messages that are known to wait for it.
        public var waiting: Int
    }

    private let store: any PersistentStore
    private let configuration: Configuration
    private let models: [ModelPackage]

    init(store: any PersistentStore, configuration: Configuration, models: [ModelPackage]) {
        self.store = store
        self.configuration = configuration
        self.models = models
    }

    /// For the command line; works beside a running service.
    public init(_ configuration: Configuration) throws(PipelineError) {
        let files = SiteFiles(configuration)
        let models = try Site.models(files, configuration.models.active, Site.terminology(files))
        self.init(store: try ServiceParts.open(configuration.store), configuration: configuration, models: models)
    }

    public func close() async throws(PipelineError) {
        do {
            try await store.close()
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }

    // MARK: The queue

    /// The most frequent items with at most so many proposals each.
    public func queue(limit: Int, proposals: Int = 5) async throws(PipelineError) -> [Entry] {
        let terminology = try await terminology()
        do {
            return self.entries(try await store.unmappedQueue(limit: limit), terminology, proposals: proposals)
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }

    func entries(_ items: [UnmappedItem], _ terminology: Terminology, proposals: Int) -> [Entry] {
        let suggester = terminology.suggester()
        return items.map { item in
            let query = Suggester.Query(
                label: item.code.display ?? item.code.code, unit: item.unit, specimen: item.specimen, source: item.source,
                values: item.values.sample)
            var found = proposals == 0 ? [] : suggester.suggestions(for: query, limit: proposals)
            // What the table says of the code already, or might, stands first: then the unit or a condition is in question.
            for loinc in item.candidates.reversed() where proposals > 0 {
                let known = found.firstIndex { $0.target.code == loinc }.map { found.remove(at: $0) }
                let target = Code(
                    system: CodeSystem.loinc, code: loinc, display: terminology.concept(loinc)?.display)
                let reasons = (["in the table"] + [known?.reasons].compactMap { $0 }).joined(separator: ", ")
                found.insert(
                    Suggester.Suggestion(target: target, score: known?.score ?? 0, reasons: reasons), at: 0)
            }
            found = Array(found.prefix(proposals))
            return Entry(
                item: item, proposals: found.map { Proposal(suggestion: $0, inputs: inputs(fedBy: $0.target.code)) })
        }
    }

    private func inputs(fedBy loinc: String) -> [String] {
        models.flatMap { model in
            var labels: [String] = []
            for request in model.requests where request.loinc.contains(loinc) {
                let label = "\(model.reference.title): \(request.label)"
                if !labels.contains(label) { labels.append(label) }
            }
            return labels
        }
    }

    /// LOINC codes that each active model reads, by its name.
    static func modelInputs(_ models: [ModelPackage]) -> [String: Set<String>] {
        Dictionary(models.map { ($0.reference.name, Set($0.requests.flatMap(\.loinc))) }) { $0.union($1) }
    }

    // MARK: Approving

    public func approve(_ approval: Approval) async throws(PipelineError) -> Approved {
        let (item, changes): (UnmappedItem?, [TableChange])
        do {
            item = try await store.unmappedItem(approval.item)
            changes = try await self.changes()
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
        guard let item, item.resolved == nil else {
            throw PipelineError(.data, place: "\(approval.item)", "is not in the queue of unmapped codes")
        }
        let releases = changes.map(\.table)
        let terminology = try Site.terminology(SiteFiles(configuration), releases: releases)
        let release = try release(approval, item, terminology)
        try check(release, approval, item, terminology, releases)
        try ReleasedTables(folder: configuration.approvedMappings).write(release)
        let change = TableChange(
            table: release.title, digest: release.manifest.sha256, supersedes: release.manifest.supersedes,
            source: item.source, code: item.code, row: release.row, target: approval.target,
            reviewers: approval.reviewers, justification: approval.comment ?? "")
        do {
            let number = try await append(change)
            return Approved(
                table: release.title, digest: release.manifest.sha256, row: release.row, journalID: number,
                waiting: item.waiting)
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }

    private func release(
        _ approval: Approval, _ item: UnmappedItem, _ terminology: Terminology
    ) throws(PipelineError) -> TableRelease {
        let today = ServiceClock.wallNow.description.prefix(10)
        var aliases: [String: String] = [:]
        if let meaning = approval.unitMeaning {
            guard let unit = item.unit else {
                throw PipelineError(.data, place: "unit", "the item has no unit text that could mean something")
            }
            aliases[unit] = meaning
        }
        do {
            return try terminology.release(
                MappingApproval(
                    source: item.source, code: item.code,
                    conditions: CodeMapping.Conditions(
                        unit: approval.isForUnitOnly ? item.unit : nil,
                        specimen: approval.isForSpecimenOnly ? item.specimen : nil),
                    target: approval.target, relationship: approval.relationship, unitAliases: aliases,
                    reviewers: approval.reviewers, date: String(today), comment: approval.comment),
                taken: ReleasedTables(folder: configuration.approvedMappings).titles,
                modelInputs: Self.modelInputs(models))
        } catch {
            throw PipelineError(.data, place: "\(approval.item)", error.reason)
        }
    }

    /// The table must load, and values like those that wait must be translated by it.
    private func check(
        _ release: TableRelease, _ approval: Approval, _ item: UnmappedItem, _ terminology: Terminology,
        _ releases: [String]
    ) throws(PipelineError) {
        let after: Terminology
        do {
            after = try terminology.adding(release.files, releases: releases + [release.title])
        } catch {
            throw PipelineError(
                .data, place: release.title, error.problems.first?.reason ?? "the table with the row is not sound")
        }
        guard !after.idleReleases.contains(release.title) else {
            throw PipelineError(
                .data, place: release.title, "another version of the table is active; remove one of the two")
        }
        guard approval.target != nil else { return }
        let request = TranslationRequest(
            source: item.source, code: item.code, unit: item.unit,
            value: item.values.median.flatMap { ExactDecimal(shortest: $0) },
            specimen: item.specimen)
        if case .unmapped(_, let explanation, _) = after.translate(request) {
            throw PipelineError(
                .data, place: "\(approval.item)", "the waiting values would still have no use: \(explanation)")
        }
    }

    private func append(_ change: TableChange) async throws(StoreError) -> Int64 {
        let message = InboundMessage(
            source: "approvals", format: .mappings, bytes: change.body, received: try await moment())
        guard let receipt = try await store.append([NewEntry(message: message, controlID: change.table)]).first else {
            throw StoreError(.other, operation: "journal.append")
        }
        return receipt.id
    }

    /// On a recorded clock now is the newest moment in the journal.
    private func moment() async throws(StoreError) -> Instant {
        guard configuration.clock == .recorded else { return ServiceClock.wallNow }
        let count = try await store.counts().entries
        let newest = try await store.entries(.all, after: max(0, count - 1000), limit: 2000).map(\.received).max()
        return newest ?? ServiceClock.wallNow
    }

    // MARK: What is in use

    /// Changes of tables in the journal, those that the service has not come to yet included.
    private func changes() async throws(StoreError) -> [TableChange] {
        try await store.tableChanges().filter { $0.state != .quarantined }.compactMap { TableChange($0.bytes) }
    }

    /// The tables in use, read from disk.
    private func terminology() async throws(PipelineError) -> Terminology {
        do {
            let changes = try await changes()
            return try Site.terminology(SiteFiles(configuration), releases: changes.map(\.table))
        } catch let error as PipelineError {
            throw error
        } catch let error as StoreError {
            throw PipelineError(.io, place: error.operation, error.reason)
        } catch {
            throw PipelineError(.software, place: "tables", "cannot be read")
        }
    }
}
