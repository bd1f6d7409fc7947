/// How the store is opened. All limits have defaults.
public struct StoreConfiguration: Sendable, Hashable {
    /// Path of the database file. Its folder is created with mode 0700 where it does not exist.
    public var path: String
    /// Most messages that share one transaction and its fsync.
    public var groupCommitMessages: Int
    /// Longest time, in milliseconds, that a transaction admits further callers after its first.
    public var groupCommitMilliseconds: Int
    /// Most processed entries whose results are written in one go, before messages that wait at a door have their turn.
    public var commitEntries: Int
    /// How long to wait for another process's lock, in milliseconds.
    public var busyTimeoutMilliseconds: Int
    /// Most connections that read at the same time.
    public var readers: Int
    /// Page cache of the writing connection, in bytes.
    public var writerCacheBytes: Int
    /// Page cache of each reading connection, in bytes.
    public var readerCacheBytes: Int
    /// The write-ahead log is copied back into the file when it has this many pages, in the background.
    public var checkpointPages: Int
    /// Largest size of the database file in bytes; `nil` for no limit.
    public var maximumBytes: Int64?
    /// How many sample messages the queue of unmapped codes keeps for each code.
    public var unmappedSamples: Int
    /// Most codes (with source, unit and specimen) in the queue of unmapped codes; values of further ones are counted.
    public var unmappedItems: Int
    /// How many waiting messages the queue remembers for each code; beyond it an approval reads the journal of the source.
    public var unmappedWaiting: Int
    /// How many patients and codes the writer remembers the numbers of.
    public var dictionaryEntries: Int
    /// After a failed write, the shortest time between two probe writes, in milliseconds.
    public var probeMilliseconds: Int

    public init(
        path: String, groupCommitMessages: Int = 50, groupCommitMilliseconds: Int = 5, commitEntries: Int = 2,
        busyTimeoutMilliseconds: Int = 5000, readers: Int = 4, writerCacheBytes: Int = 64 << 20,
        readerCacheBytes: Int = 8 << 20, checkpointPages: Int = 8000,
        maximumBytes: Int64? = nil, unmappedSamples: Int = 5, unmappedItems: Int = 100_000,
        unmappedWaiting: Int = 1000, dictionaryEntries: Int = 200_000,
        probeMilliseconds: Int = 1000
    ) {
        self.path = path
        self.groupCommitMessages = groupCommitMessages
        self.groupCommitMilliseconds = groupCommitMilliseconds
        self.commitEntries = commitEntries
        self.busyTimeoutMilliseconds = busyTimeoutMilliseconds
        self.readers = readers
        self.writerCacheBytes = writerCacheBytes
        self.readerCacheBytes = readerCacheBytes
        self.checkpointPages = checkpointPages
        self.maximumBytes = maximumBytes
        self.unmappedSamples = unmappedSamples
        self.unmappedItems = unmappedItems
        self.unmappedWaiting = unmappedWaiting
        self.dictionaryEntries = dictionaryEntries
        self.probeMilliseconds = probeMilliseconds
    }
}
