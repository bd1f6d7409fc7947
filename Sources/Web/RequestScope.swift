import Hummingbird
import Logging
import NIOCore

/// What belongs to one request: the router's own storage and the connection it came over.
struct RequestScope: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Needed to close a connection whose client does not read, or keeps sending what is not wanted.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
