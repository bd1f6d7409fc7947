public import Logging
public import ServiceLifecycle

/// Watches a folder for files and hands them over, in the order of their names.
public struct FileDrop: Service {
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the file's name, without its folder. May hold patient data: not for logs.
    public typealias Handler = @Sendable (_ bytes: [UInt8], _ name: String) async -> FileOutcome

    private let configuration: FileDropConfiguration
    private let logger: Logger
    private let handler: Handler

    public init(configuration: FileDropConfiguration, logger: Logger, handler: @escaping Handler) {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "door"] = "\(configuration.name)"
        self.logger = logger
        self.handler = handler
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: ``DoorError`` when the folder cannot be used at the start; later trouble is logged and tried again.
    public func run() async throws {
    }
}
