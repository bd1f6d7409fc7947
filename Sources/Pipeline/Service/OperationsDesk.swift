internal import Clinical
internal import Inference
internal import Store
internal import Terminology
internal import Web

/// Health, readiness and counts for the operations endpoints.
struct OperationsDesk: Operations {
    let store: any PersistentStore
    let ward: LiveWard
    let tables: TablesInUse
    let models: [ModelPackage]
    let drift: DriftWatch
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
        return ComponentReport(components: components + [mappings])
    }

    /// Never a reason not to be ready: values go on as they are, and what is wrong with them is said.
    private var mappings: ComponentReport.Component {
        let shifts = drift.shifted.map(\.sentence)
        let others = tables.current.otherTables(than: models).sorted { $0.key < $1.key }
            .map { "\($0.key) is scored with other tables than it was trained with: \($0.value.joined(separator: ", "))" }
        let sentences = others + shifts
        return .init(name: "mappings", isWorking: true, detail: sentences.isEmpty ? nil : sentences.joined(separator: "; "))
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
        metrics += await mappingMetrics()
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

    private func mappingMetrics() async -> [Metric] {
        var metrics: [Metric] = []
        if let overflow = try? await store.unmappedOverflow() {
            metrics.append(
                Metric(
                    name: "headwall_unmapped_overflow_total",
                    help: "Values whose code found no room in the queue of unmapped codes.", kind: .counter,
                    samples: [.init(value: Double(overflow))]))
        }
        metrics.append(
            Metric(
                name: "headwall_watched_mappings", help: "Mapping rows in use with a fingerprint of their values.",
                kind: .gauge, samples: [.init(value: Double(drift.count))]))
        let shifted = drift.shifted
        if !shifted.isEmpty {
            metrics.append(
                Metric(
                    name: "headwall_shifted_mapping_since_seconds",
                    help:
                        "Since when (seconds since 1970) values come as if in another unit; 0 where no unit explains the shift.",
                    kind: .gauge,
                    samples: shifted.map {
                        .init(
                            labels: [
                                "source": $0.source, "code": $0.code, "loinc": $0.loinc, "unit": $0.shift.unit ?? "",
                            ],
                            value: Double(($0.shift.since?.microseconds ?? 0) / 1_000_000))
                    }))
        }
        let others = tables.current.otherTables(than: models)
        if !others.isEmpty {
            metrics.append(
                Metric(
                    name: "headwall_model_other_tables",
                    help: "Mapping tables that a model was trained with and that are not in use.", kind: .gauge,
                    samples: others.sorted { $0.key < $1.key }.map {
                        .init(labels: ["model": $0.key], value: Double($0.value.count))
                    }))
        }
        return metrics
    }
}
