import Foundation

/// Prints each figure as it is measured.
struct BenchReport {
    private let isJSON: Bool
    private var group = ""

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    func machine() {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let memory = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
        let processor =
            (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        let name = processor ?? "unknown processor"
        if isJSON {
            line(["machine": name, "cores": cores, "memoryGB": (memory * 10).rounded() / 10])
        } else {
            print("\(cores) cores, \(name), \(String(format: "%.0f", memory)) GB")
        }
    }

    mutating func begin(_ group: String) {
        self.group = group
        if !isJSON { print("\n\(group)") }
    }

    /// - Parameters:
    ///   - ratio: this figure divided by `to`, a figure of the same run.
    ///   - aim: the least (or, for times, the most) that is wanted.
    func row(_ name: String, _ value: Double, _ unit: String, ratio: Double? = nil, to: String = "", aim: String = "") {
        if isJSON {
            var object: [String: Any] = ["group": group, "name": name, "value": value, "unit": unit]
            if let ratio {
                object["ratio"] = ratio
                object["to"] = to
            }
            if !aim.isEmpty { object["aim"] = aim }
            line(object)
            return
        }
        var text = "  " + pad(name, 50) + padLeft(Self.number(value), 10) + " " + pad(unit, 6)
        if let ratio { text += padLeft(Self.factor(ratio), 9) + " × " + to }
        if !aim.isEmpty { text += "  (aim \(aim))" }
        print(text)
    }

    func note(_ text: String) {
        if isJSON { line(["group": group, "note": text]) } else { print("  \(text)") }
    }

    private func line(_ object: [String: Any]) {
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]) else { return }
        print(String(decoding: data, as: UTF8.self))
    }

    private static func number(_ value: Double) -> String {
        value >= 100 ? String(format: "%.0f", value) : String(format: value >= 10 ? "%.1f" : "%.2f", value)
    }

    private static func factor(_ value: Double) -> String {
        value >= 100 ? String(format: "%.0f", value) : String(format: value >= 0.1 ? "%.2f" : "%.4f", value)
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func padLeft(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
