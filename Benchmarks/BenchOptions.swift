import Foundation

/// The command line.
struct BenchOptions {
    var only: Set<String> = []
    var isJSON = false
    var scale = 1.0
    var program: String
    /// Folder with Mappings and Models.
    var home: String
    /// Folder for databases.
    var folder: String

    /// `nil` when help is asked for.
    init?(_ arguments: [String]) throws {
        let repository = Self.repository()
        home = repository ?? "."
        program = ""
        folder = NSTemporaryDirectory() + "headwall-bench-\(ProcessInfo.processInfo.processIdentifier)"
        var rest = arguments[...]
        while let option = rest.popFirst() {
            func value() throws -> String {
                guard let value = rest.popFirst() else { throw BenchFailure("\(option) needs a value") }
                return value
            }
            switch option {
            case "--help", "-h": return nil
            case "--json": isJSON = true
            case "--program": program = try value()
            case "--home": home = try value()
            case "--folder": folder = try value()
            case "--only":
                let name = try value()
                guard HeadwallBench.groups.contains(where: { $0.name == name }) else {
                    throw BenchFailure("--only \(name): there is no such benchmark; see --help")
                }
                only.insert(name)
            case "--scale":
                let text = try value()
                guard let number = Double(text), number > 0, number <= 100 else {
                    throw BenchFailure("--scale \(text): must be over 0 and at most 100")
                }
                scale = number
            default: throw BenchFailure("\(option): unknown option; see --help")
            }
        }
        if program.isEmpty { program = home + "/.build/release/headwall" }
    }

    func scaled(_ count: Int) -> Int {
        max(16, Int((Double(count) * scale).rounded()))
    }

    /// The repository that this executable was built in.
    private static func repository() -> String? {
        var folder = Bundle.main.bundleURL
        for _ in 0..<8 {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Mappings").path) { return folder.path }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
