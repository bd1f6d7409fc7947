internal import NIOConcurrencyHelpers

/// Shares an amount of memory between connections, so that at least one of them can always go on.
///
/// Below the limit everyone may read. Above it, one connection that already holds bytes may, because only by reading
/// on can it finish its frame and give its bytes back; the others wait until they are woken.
final class ByteBudget: Sendable {
    private struct State {
        var used = 0
        var held: [Int: Int] = [:]
        var privileged: Int?
        var waiting: [(connection: Int, wake: @Sendable () -> Void)] = []
    }

    private let limit: Int
    private let state = NIOLockedValueBox(State())

    init(limit: Int) {
        self.limit = limit
    }

    func take(_ bytes: Int, connection: Int) {
        guard bytes > 0 else { return }
        state.withLockedValue { state in
            state.used += bytes
            state.held[connection, default: 0] += bytes
        }
    }

    func give(_ bytes: Int, connection: Int) {
        guard bytes > 0 else { return }
        let woken = state.withLockedValue { state in
            state.used -= bytes
            let rest = (state.held[connection] ?? 0) - bytes
            state.held[connection] = rest > 0 ? rest : nil
            if rest <= 0, state.privileged == connection { state.privileged = nil }
            return next(&state)
        }
        for wake in woken { wake() }
    }

    /// Whether a connection may read now. If not, `wake` is called once when asking again may help.
    func mayRead(connection: Int, wake: @escaping @Sendable () -> Void) -> Bool {
        state.withLockedValue { state in
            if state.used < limit || state.privileged == connection { return true }
            if state.privileged == nil, state.held[connection] != nil {
                state.privileged = connection
                return true
            }
            state.waiting.append((connection, wake))
            return false
        }
    }

    /// A connection has ended: it waits no longer and has no privilege.
    func leave(connection: Int) {
        let woken = state.withLockedValue { state in
            state.waiting.removeAll { $0.connection == connection }
            if state.privileged == connection { state.privileged = nil }
            return next(&state)
        }
        for wake in woken { wake() }
    }

    private func next(_ state: inout State) -> [@Sendable () -> Void] {
        guard !state.waiting.isEmpty else { return [] }
        if state.used < limit {
            defer { state.waiting = [] }
            return state.waiting.map(\.wake)
        }
        guard state.privileged == nil, let index = state.waiting.firstIndex(where: { state.held[$0.connection] != nil })
        else { return [] }
        return [state.waiting.remove(at: index).wake]
    }
}
