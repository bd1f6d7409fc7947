/// Keeps how far each query has been fetched.
public protocol PollCursorStore: Sendable {
    /// The text kept under a key; `nil` if there is none.
    func cursor(_ key: String) async throws -> String?
    /// Returns only when the text is on disk.
    func setCursor(_ key: String, to text: String) async throws
}
