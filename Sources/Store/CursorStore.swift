/// Where each poller has got to.
public protocol CursorStore: Sendable {
    /// The state that was set last under the name; `nil` if none was.
    func cursor(_ name: String) async throws(StoreError) -> String?

    /// Every state whose name begins with the prefix, by name.
    func cursors(withPrefix prefix: String) async throws(StoreError) -> [String: String]

    func setCursor(_ name: String, to value: String) async throws(StoreError)
}
