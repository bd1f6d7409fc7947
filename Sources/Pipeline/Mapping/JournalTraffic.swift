internal import Clinical
internal import NIOConcurrencyHelpers
internal import Normalization
internal import Store
public import Terminology

/// The values of a journal as requests for a translation, to see what other tables would make of them.
public struct JournalTraffic: Sendable {
    private let store: any PersistentStore
    private let normalizer: Normalizer
    private let recorder: Recorder

    /// Answers by the tables in use and writes down what was asked: a message asks for other units where the first fails,
    /// which no list of its codes tells.
    private final class Recorder: CodeTranslator {
        private let terminology: Terminology
        private let asked = NIOLockedValueBox<[TranslationRequest]>([])

        init(_ terminology: Terminology) {
            self.terminology = terminology
        }

        func translate(_ request: TranslationRequest) -> TranslationOutcome {
            if request.value != nil { asked.withLockedValue { $0.append(request) } }
            return terminology.translate(request)
        }

        /// What was asked since the last call, each once.
        func take() -> Set<TranslationRequest> {
            asked.withLockedValue { asked in
                defer { asked.removeAll(keepingCapacity: true) }
                return Set(asked)
            }
        }
    }

    public init(_ configuration: Configuration, _ files: SiteFiles) throws(PipelineError) {
        let site = try Site(files)
        store = try ServiceParts.open(configuration.store)
        recorder = Recorder(site.terminology)
        normalizer = Site.normalizer(configuration.sources, tables: site.tables, translator: recorder)
    }

    /// Adds every value of every processed message; returns the number of messages.
    public func run(_ replay: inout MappingReplay) async throws(PipelineError) -> Int {
        do {
            let messages = try await add(to: &replay)
            try await store.close()
            return messages
        } catch {
            throw PipelineError(.io, place: error.operation, error.reason)
        }
    }

    private func add(to replay: inout MappingReplay) async throws(StoreError) -> Int {
        var messages = 0
        var last: Int64 = 0
        while true {
            let page = try await store.entries(JournalFilter(state: .processed), after: last, limit: 500)
            guard let newest = page.last else { return messages }
            last = newest.id
            for entry in page where entry.format != .mappings {
                guard (try? normalizer.normalize(entry.message, writesBundle: false)) != nil else { continue }
                messages += 1
                for request in recorder.take() { replay.add(request) }
            }
        }
    }
}
