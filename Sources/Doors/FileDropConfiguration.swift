/// What a ``FileDrop`` watches, and its limits.
public struct FileDropConfiguration: Hashable, Sendable {
    /// Name of the door in logs.
    public var name: String
    /// The folder; created if it does not exist, with `accepted` and `refused` in it.
    public var folder: String
    /// Time between two looks at the folder, and for which a file must not have changed.
    public var interval: Duration
    /// Larger files are refused unread, in bytes.
    public var maximumFileBytes: Int
    /// Entries of the folder looked at in one round.
    public var maximumEntries: Int

    public init(
        name: String = "files", folder: String, interval: Duration = .seconds(1), maximumFileBytes: Int = 16 << 20,
        maximumEntries: Int = 10_000
    ) {
        self.name = name
        self.folder = folder
        self.interval = interval
        self.maximumFileBytes = maximumFileBytes
        self.maximumEntries = maximumEntries
    }
}

/// What became of a file.
public enum FileOutcome: Hashable, Sendable {
    /// Its content is on disk elsewhere; the file moves to `accepted`.
    case accepted
    /// It is no good; the file moves to `refused`, with the reason in a file beside it.
    case refused(String)
    /// It cannot be taken now; the file stays, and so do those after it until the next round.
    case retryLater
}
