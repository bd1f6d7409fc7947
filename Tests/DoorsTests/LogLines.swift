import Logging
import NIOConcurrencyHelpers

/// Keeps every line with its metadata.
final class LogLines: LogHandler {
    private let lines = NIOLockedValueBox("")

    var text: String { lines.withLockedValue { $0 } }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set { lines.withLockedValue { $0 += "\(key)=\(newValue.map { "\($0)" } ?? "")\n" } }
    }

    func log(event: LogEvent) {
        lines.withLockedValue { $0 += "\(event.level) \(event.message) \(event.metadata ?? [:])\n" }
    }
}
