/// Whether the store takes writes.
public enum StoreHealth: Sendable, Hashable {
    case working
    /// A write failed; every write is refused until a probe write succeeds.
    case failing(StoreError)
    case closed
}
