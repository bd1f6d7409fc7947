/// Everything wrong with a configuration file, each with its line.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public struct Problem: Sendable, Hashable {
        /// 1-based line in the file; 0 when the problem is an absence.
        public let line: Int
        /// Dotted path of the key, `doors.mllp[0].port`.
        public let key: String
        public let text: String
    }

    public let file: String
    public let problems: [Problem]

    /// One line per problem: `headwall.yaml:12: doors.mllp[0].port: must be 0…65535`.
    public var description: String {
        problems.map { problem in
            "\(file):\(problem.line == 0 ? "" : "\(problem.line):") \(problem.key.isEmpty ? "" : problem.key + ": ")\(problem.text)"
        }.joined(separator: "\n")
    }
}
