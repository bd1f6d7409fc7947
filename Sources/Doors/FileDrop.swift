public import Logging
internal import NIOPosix
public import ServiceLifecycle

/// Watches a folder for files and hands them over, in the order of their names.
///
/// A file is ready when neither its size nor its time changed between two looks, or when it was seen under a name
/// ending in `.tmp` or `.part` and has been renamed since. Folders, symbolic links and names that begin with a dot are
/// left alone. A file that was taken moves to `accepted`, one that was refused to `refused`, never over another. If the
/// program ends between taking and moving, the file comes again: the handler must know a content it has had.
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

    /// Serves until graceful shutdown or cancellation; the file at the handler is finished first.
    ///
    /// - Throws: ``DoorError`` when the folder cannot be used at the start; later trouble is logged and tried again.
    public func run() async throws {
        let folder = WatchedFolder(path: configuration.folder, place: configuration.name)
        try await blocking { () throws(DoorError) in try folder.prepare() }
        logger.info("file drop watching")
        var state = State()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await look(folder, &state)
            await cancelWhenGracefulShutdown {
                try? await Task.sleep(for: configuration.interval)
            }
        }
        logger.info("file drop stopped")
    }

    // MARK: -

    /// What is remembered from one look to the next.
    private struct State {
        var previous: [String: WatchedFolder.File] = [:]
        /// Files seen under a temporary name, by their inode.
        var temporary: Set<UInt64> = []
        /// Outcomes of files that could not be moved yet; they must not go to the handler again.
        var unmoved: [String: (file: WatchedFolder.File, outcome: FileOutcome)] = [:]
        /// Files whose trouble has been logged.
        var reported: Set<UInt64> = []
        var isFolderReported = false
    }

    private func look(_ folder: WatchedFolder, _ state: inout State) async {
        let (files, limit) = (state.previous, configuration.maximumEntries)
        let listing: WatchedFolder.Listing
        do {
            listing = try await blocking { () throws(DoorError) in try folder.list(limit: limit) }
            state.isFolderReported = false
        } catch {
            if !state.isFolderReported { logger.error("file drop cannot read its folder") }
            state.isFolderReported = true
            return
        }
        let renamed = state.temporary
        state.previous = Dictionary(listing.files.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        state.temporary = listing.temporary
        state.reported.formIntersection(Set(listing.files.map(\.inode)))
        state.unmoved = state.unmoved.filter { state.previous[$0.key] == $0.value.file }
        for file in listing.files where files[file.name] == file || renamed.contains(file.inode) {
            if Task.isCancelled || Task.isShuttingDownGracefully { return }
            guard await take(file, folder, &state) else { return }
        }
    }

    /// Returns `false` when the files after this one must wait.
    private func take(_ file: WatchedFolder.File, _ folder: WatchedFolder, _ state: inout State) async -> Bool {
        let outcome: FileOutcome
        if let known = state.unmoved[file.name] {
            outcome = known.outcome
        } else if file.size > Int64(configuration.maximumFileBytes) {
            outcome = .refused("The file is larger than \(configuration.maximumFileBytes) bytes.")
        } else {
            let limit = configuration.maximumFileBytes
            let content: WatchedFolder.Content
            do {
                content = try await blocking { () throws(DoorError) in try folder.read(file, limit: limit) }
            } catch {
                report(file, "file drop cannot read a file", &state)
                return true
            }
            guard case .bytes(let bytes) = content else { return true }  // Changed since; the next look sees.
            outcome = await handler(bytes, file.name)
            if outcome != .retryLater {
                logger.info(
                    "file drop took a file",
                    metadata: ["inode": "\(file.inode)", "bytes": "\(bytes.count)", "accepted": "\(outcome == .accepted)"])
            }
        }
        do {
            switch outcome {
            case .accepted:
                try await blocking { () throws(DoorError) in try folder.move(file, to: .accepted, reason: nil) }
            case .refused(let reason):
                try await blocking { () throws(DoorError) in try folder.move(file, to: .refused, reason: reason) }
            case .retryLater:
                return false
            }
            state.unmoved[file.name] = nil
        } catch {
            state.unmoved[file.name] = (file, outcome)
            report(file, "file drop cannot move a file that was handled", &state)
        }
        return true
    }

    /// Once a file; the inode, because a name may hold patient data.
    private func report(_ file: WatchedFolder.File, _ message: Logger.Message, _ state: inout State) {
        guard state.reported.insert(file.inode).inserted else { return }
        logger.error(message, metadata: ["inode": "\(file.inode)"])
    }

    /// Runs file operations on NIO's threads for them, not on those of the concurrency runtime.
    private func blocking<T: Sendable>(_ work: @escaping @Sendable () throws(DoorError) -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive { try work() }
    }
}
