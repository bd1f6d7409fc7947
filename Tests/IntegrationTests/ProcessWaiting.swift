import Foundation

extension Process {
    /// Waits for the end by looking. `waitUntilExit` spins a run loop, which the thread of a task does not have, and has
    /// been seen never to return there.
    func awaitExit(seconds: Double = 20) {
        let limit = Date(timeIntervalSinceNow: seconds)
        while isRunning, Date() < limit { usleep(10_000) }
        if isRunning { kill(processIdentifier, SIGKILL) }
    }
}
