internal import Clinical
internal import Logging
internal import NIOConcurrencyHelpers
internal import Terminology

/// Holds the values that come under each mapping row with a fingerprint against it, and names those that shifted.
///
/// The windows are in memory: after a start each row is quiet until it has seen enough values again.
final class DriftWatch: Sendable {
    /// A mapping row whose values look otherwise than they should.
    struct Shifted: Sendable, Hashable {
        var source: String
        var code: String
        var loinc: String
        var shift: DriftGuard.Shift

        /// `lab-a 1006 (2160-0): arrives as if in umol/L since 14:05`, in the words of ``DriftGuard/Shift``.
        var sentence: String {
            "\(source) \(code) (\(loinc)): \(shift.description)"
        }
    }

    private struct Row: Sendable {
        var code: String
        var loinc: String
        var fingerprint: Fingerprint
        var guardian: DriftGuard
    }

    private struct Key: Hashable {
        var source: String
        var row: String
    }

    private struct Watched {
        var row: Row
        var added = 0
        var shift: DriftGuard.Shift?
    }

    private struct State {
        var rows: [String: Row] = [:]
        var watched: [Key: Watched] = [:]
    }

    private let state = NIOLockedValueBox(State())
    private let logger: Logger
    /// Values between two tests of a window.
    private static let interval = 10

    init(logger: Logger) {
        self.logger = logger
    }

    /// Watches the rows in use that carry a fingerprint. Windows of rows that are still in use are kept.
    func watch(_ terminology: Terminology) {
        var rows: [String: Row] = [:]
        for table in terminology.tables where table.isInUse {
            for mapping in terminology.mappings(of: "\(table.manifest.name)/\(table.manifest.version)") ?? [] {
                guard mapping.status == .approved, let target = mapping.target?.code, let identifier = mapping.row,
                    let fingerprint = terminology.fingerprint(of: mapping)
                else { continue }
                rows[identifier] = Row(
                    code: mapping.code, loinc: target, fingerprint: fingerprint,
                    guardian: terminology.driftGuard(fingerprint, loinc: target))
            }
        }
        state.withLockedValue { state in
            state.rows = rows
            state.watched = state.watched.filter { rows[$0.key.row] != nil }
        }
    }

    func add(_ events: [ClinicalEvent]) {
        var news: [Shifted] = []
        state.withLockedValue { state in
            guard !state.rows.isEmpty else { return }
            for case .finding(let finding) in events {
                guard let identifier = finding.origin.mapping?.row, let row = state.rows[identifier],
                    case .quantity(let quantity) = finding.value, quantity.unit == row.fingerprint.unit,
                    quantity.comparator == nil, finding.status != .enteredInError
                else { continue }
                let key = Key(source: finding.origin.source, row: identifier)
                var watched = state.watched[key] ?? Watched(row: row)
                watched.row.guardian.add(quantity.value.doubleValue, at: finding.effective.instant)
                watched.added += 1
                if watched.added % Self.interval == 0 {
                    let before = watched.shift
                    if case .shifted(let shift) = watched.row.guardian.verdict {
                        watched.shift = shift
                    } else {
                        watched.shift = nil
                    }
                    if let shift = watched.shift, before?.unit != shift.unit || before == nil {
                        news.append(Shifted(source: key.source, code: row.code, loinc: row.loinc, shift: shift))
                    }
                }
                state.watched[key] = watched
            }
        }
        for shifted in news {
            logger.warning(
                "values shifted",
                metadata: [
                    "source": "\(shifted.source)", "code": "\(shifted.code)", "loinc": "\(shifted.loinc)",
                    "unit": "\(shifted.shift.unit ?? "none")", "since": "\(shifted.shift.since?.description ?? "")",
                ])
        }
    }

    /// In the order of source and code.
    var shifted: [Shifted] {
        state.withLockedValue { state in
            state.watched.compactMap { key, watched in
                watched.shift.map {
                    Shifted(source: key.source, code: watched.row.code, loinc: watched.row.loinc, shift: $0)
                }
            }
        }
        .sorted { ($0.source, $0.code) < ($1.source, $1.code) }
    }

    /// Rows that are watched.
    var count: Int { state.withLockedValue { $0.rows.count } }
}
