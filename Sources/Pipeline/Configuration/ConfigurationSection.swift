internal import Yams

/// One mapping of the configuration file, read key by key; what nobody asked for is an unknown key.
final class ConfigurationSection {
    /// Shared by all sections of one file, so that a user sees every problem at once.
    final class Problems {
        var list: [ConfigurationError.Problem] = []
    }

    let path: String
    private let problems: Problems
    private var values: [String: Node] = [:]
    private var keyLines: [String: Int] = [:]
    private var asked: [String] = []
    private let line: Int

    init(node: Node?, path: String, problems: Problems) {
        self.path = path
        self.problems = problems
        line = node?.mark?.line ?? 0
        guard let node, !Self.isNull(node) else { return }
        guard let mapping = node.mapping else {
            report(at: node, key: "", "must be a mapping (key: value)")
            return
        }
        for (key, value) in mapping {
            guard let name = key.string else {
                report(at: key, key: "", "keys must be text")
                continue
            }
            if values[name] != nil { report(at: key, key: name, "is given twice") }
            values[name] = value
            keyLines[name] = key.mark?.line ?? 0
        }
    }

    /// Reports every key that was never asked for.
    func finish() {
        for key in values.keys.filter({ !asked.contains($0) }).sorted() {
            let known = asked.isEmpty ? "" : "; known keys here: \(asked.sorted().joined(separator: ", "))"
            problems.list.append(.init(line: keyLines[key] ?? 0, key: full(key), text: "unknown key\(known)"))
        }
    }

    func has(_ key: String) -> Bool {
        take(key) != nil
    }

    func string(_ key: String, default fallback: String) -> String {
        optionalString(key) ?? fallback
    }

    func optionalString(_ key: String) -> String? {
        guard let node = take(key) else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else {
            report(at: node, key: key, "must be text")
            return nil
        }
        return text
    }

    func requiredString(_ key: String) -> String {
        if let text = optionalString(key) { return text }
        if !has(key) { missing(key) }
        return ""
    }

    func int(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let node = take(key) else { return fallback }
        guard let value = node.int, range.contains(value) else {
            report(at: node, key: key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    func bool(_ key: String, default fallback: Bool) -> Bool {
        guard let node = take(key) else { return fallback }
        guard let value = node.bool else {
            report(at: node, key: key, "must be true or false")
            return fallback
        }
        return value
    }

    /// A byte count: `512`, `64KiB`, `16MiB`, `1GiB`.
    func bytes(_ key: String, default fallback: Int) -> Int {
        guard let node = take(key) else { return fallback }
        let units: [(String, Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        if let text = node.scalar?.string {
            let unit = units.first { text.hasSuffix($0.0) }
            let digits = text.dropLast(unit?.0.count ?? 0)
            if let count = Int(digits), count > 0, count <= (1 << 40) / (unit?.1 ?? 1) { return count * (unit?.1 ?? 1) }
        }
        report(at: node, key: key, "must be a size such as 64KiB or 16MiB")
        return fallback
    }

    /// A span of time: `500ms`, `30s`, `5m`, `2h`.
    func duration(_ key: String, default fallback: Duration) -> Duration {
        guard let node = take(key) else { return fallback }
        let units: [(String, Int)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        if let text = node.scalar?.string, let unit = units.first(where: { text.hasSuffix($0.0) }),
            let count = Int(text.dropLast(unit.0.count)), count >= 0, count <= 1_000_000_000
        {
            return .milliseconds(count * unit.1)
        }
        report(at: node, key: key, "must be a time such as 500ms, 30s, 5m or 2h")
        return fallback
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default fallback: Choice) -> Choice
    where Choice.RawValue == String {
        guard let node = take(key) else { return fallback }
        guard let text = node.scalar?.string, let value = Choice(rawValue: text) else {
            report(at: node, key: key, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return fallback
        }
        return value
    }

    /// A value that a type's own failable initialiser reads.
    func parsed<Value>(_ key: String, _ expected: String, _ parse: (String) -> Value?) -> Value? {
        guard let node = take(key) else { return nil }
        guard let text = node.scalar?.string, let value = parse(text) else {
            report(at: node, key: key, "must be \(expected)")
            return nil
        }
        return value
    }

    func strings(_ key: String, default fallback: [String]) -> [String] {
        guard let node = take(key) else { return fallback }
        guard let items = node.sequence, items.allSatisfy({ $0.scalar != nil }) else {
            report(at: node, key: key, "must be a list of texts")
            return fallback
        }
        return items.compactMap { $0.scalar?.string }
    }

    /// The section under a key; an empty one (all defaults) when the key is absent.
    func section<Value>(_ key: String, _ read: (ConfigurationSection) -> Value) -> Value {
        let section = ConfigurationSection(node: take(key), path: full(key), problems: problems)
        defer { section.finish() }
        return read(section)
    }

    func optionalSection<Value>(_ key: String, _ read: (ConfigurationSection) -> Value) -> Value? {
        has(key) ? section(key, read) : nil
    }

    func sections<Value>(_ key: String, _ read: (ConfigurationSection) -> Value) -> [Value] {
        guard let node = take(key) else { return [] }
        guard let items = node.sequence else {
            report(at: node, key: key, "must be a list")
            return []
        }
        return items.enumerated().map { index, item in
            let section = ConfigurationSection(node: item, path: "\(full(key))[\(index)]", problems: problems)
            defer { section.finish() }
            return read(section)
        }
    }

    func missing(_ key: String) {
        problems.list.append(.init(line: line, key: full(key), text: "is required"))
    }

    /// Reports a problem with the value of a key that could be read but makes no sense.
    func reject(_ key: String, _ text: String) {
        problems.list.append(.init(line: keyLines[key] ?? line, key: full(key), text: text))
    }

    private func take(_ key: String) -> Node? {
        if !asked.contains(key) { asked.append(key) }
        guard let node = values[key], !Self.isNull(node) else { return nil }
        return node
    }

    private func report(at node: Node, key: String, _ text: String) {
        problems.list.append(.init(line: node.mark?.line ?? keyLines[key] ?? line, key: full(key), text: text))
    }

    private func full(_ key: String) -> String {
        if key.isEmpty { return path }
        return path.isEmpty ? key : "\(path).\(key)"
    }

    private static func isNull(_ node: Node) -> Bool {
        node.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false
    }
}
