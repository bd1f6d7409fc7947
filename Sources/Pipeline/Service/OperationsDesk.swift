internal import Store
internal import Web

/// Health, readiness and counts for the operations endpoints.
struct OperationsDesk: Operations {
    let store: any PersistentStore
    let ward: LiveWard
    /// More unprocessed entries than this and the service says that it is not ready.
    var longestBacklog: Int64 = 100_000

    func health() async -> ComponentReport {
        ComponentReport(components: [journal])
    }

    func readiness() async -> ComponentReport {
        var components = [journal]
        if let counts = try? await store.counts() {
            components.append(
                .init(
                    name: "processing", isWorking: counts.pending <= longestBacklog,
                    detail: "\(counts.pending) entries wait to be processed"))
        } else {
            components.append(.init(name: "processing", isWorking: false, detail: "the journal cannot be read"))
        }
        return ComponentReport(components: components)
    }

    private var journal: ComponentReport.Component {
        switch store.health {
        case .working: .init(name: "journal", isWorking: true)
        case .failing(let error): .init(name: "journal", isWorking: false, detail: error.reason)
        case .closed: .init(name: "journal", isWorking: false, detail: "closed")
        }
    }

    func metrics() async -> [Metric] {
        var metrics: [Metric] = []
        if let counts = try? await store.counts() {
            metrics.append(
                Metric(
                    name: "headwall_journal_entries", help: "Journal entries by state.", kind: .gauge,
                    samples: [
                        .init(labels: ["state": "pending"], value: Double(counts.pending)),
                        .init(labels: ["state": "processed"], value: Double(counts.processed)),
                        .init(labels: ["state": "quarantined"], value: Double(counts.quarantined)),
                    ]))
            metrics.append(
                Metric(
                    name: "headwall_duplicates_total", help: "Repeated messages that were acknowledged and not stored.",
                    kind: .counter, samples: [.init(value: Double(counts.duplicates))]))
        }
        if let counts = try? await store.outboxCounts() {
            metrics.append(
                Metric(
                    name: "headwall_deliveries", help: "Deliveries by destination and state.", kind: .gauge,
                    samples: counts.flatMap { count in
                        [("waiting", count.waiting), ("delivered", count.delivered), ("dead", count.dead)].map {
                            state, value in
                            .init(labels: ["destination": count.destination, "state": state], value: Double(value))
                        }
                    }))
        }
        let cache = await ward.cacheStatistics
        metrics.append(
            Metric(
                name: "headwall_predictions_total", help: "Predictions asked for, by whether the cache had them.",
                kind: .counter,
                samples: [
                    .init(labels: ["cache": "hit"], value: Double(cache.hits)),
                    .init(labels: ["cache": "miss"], value: Double(cache.misses)),
                ]))
        let applicability = await ward.applicability()
        if !applicability.isEmpty {
            metrics.append(
                Metric(
                    name: "headwall_applicability",
                    help:
                        "Patients on a ward by whether a trained model answers for them and the input to blame where it is unusual.",
                    kind: .gauge,
                    samples: applicability.sorted {
                        ($0.key.model, $0.key.outcome, $0.key.input) < ($1.key.model, $1.key.outcome, $1.key.input)
                    }
                    .map {
                        .init(
                            labels: ["model": $0.key.model, "outcome": $0.key.outcome, "input": $0.key.input],
                            value: Double($0.value))
                    }))
        }
        let size = await ward.size
        metrics.append(
            Metric(
                name: "headwall_live_patients", help: "Patients in memory.", kind: .gauge,
                samples: [.init(value: Double(size.patients))]))
        metrics.append(
            Metric(
                name: "headwall_live_findings", help: "Findings in memory, corrected and deleted ones included.",
                kind: .gauge, samples: [.init(value: Double(size.findings))]))
        return metrics
    }
}
