import Clinical
import Mustache

/// Renders the ward page and its rows.
struct WardPage: Sendable {
    init() throws {}

    func document(_ snapshot: WardSnapshot, lastEventID: String) -> String { "" }

    func row(_ row: WardRow, clock: Instant) -> String { "" }
}
