import Foundation

/// A bar on standard error while it is a terminal; otherwise a line at each quarter.
struct ProgressBar {
    private let label: String
    private let total: Int
    private let started = ContinuousClock.now
    private var shown = ContinuousClock.now - .seconds(1)
    private var quarter = 0

    init(_ label: String, total: Int) {
        self.label = label
        self.total = max(total, 1)
    }

    mutating func show(_ done: Int) {
        if Output.errorIsTerminal {
            guard done >= total || ContinuousClock.now - shown > .milliseconds(80) else { return }
            shown = .now
            let width = 30
            let filled = min(width, done * width / total)
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            let text = "\r\(label) \(bar) \(done)/\(total)  \(rate(done))/s "
            FileHandle.standardError.write(Data((done >= total ? text + "\n" : text).utf8))
        } else if done * 4 / total > quarter {
            quarter = done * 4 / total
            Output.note("\(label) \(done)/\(total)  \(rate(done))/s")
        }
    }

    private func rate(_ done: Int) -> Int {
        let elapsed = ContinuousClock.now - started
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        return seconds > 0 ? Int(Double(done) / seconds) : 0
    }
}
