/// The address of the web door cannot be bound: in use, not allowed, or not one of this machine.
public struct WebListenError: Error {
    /// The door.
    public let place: String
    public let reason: String

    init(place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }
}
