import Foundation

/// A CSV file with a header line, read into rows.
public struct CSVFile {
    public let rows: [[Substring]]
    private let header: [String: Int]

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    public init(gzip path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.awaitExit()
        guard process.terminationStatus == 0 else { throw Unreadable(description: "\(path) cannot be unpacked") }
        try self.init(text: String(decoding: data, as: UTF8.self), path: path)
    }

    public init(path: String) throws {
        try self.init(text: String(contentsOfFile: path, encoding: .utf8), path: path)
    }

    /// RFC 4180: fields separated by commas, quoted ones may hold commas, doubled quotes and line ends.
    private init(text: String, path: String) throws {
        var rows: [[Substring]] = []
        var row: [Substring] = []
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "\"") {
                let start = bytes.index(after: index)
                var end = start
                var hasQuotes = false
                while end < bytes.endIndex {
                    if bytes[end] == UInt8(ascii: "\"") {
                        let next = bytes.index(after: end)
                        guard next < bytes.endIndex, bytes[next] == UInt8(ascii: "\"") else { break }
                        hasQuotes = true
                        end = bytes.index(after: next)
                    } else {
                        end = bytes.index(after: end)
                    }
                }
                let field = text[start..<end]
                row.append(hasQuotes ? Substring(field.replacing("\"\"", with: "\"")) : field)
                index = end < bytes.endIndex ? bytes.index(after: end) : end
            } else {
                let end = bytes[index...].firstIndex { [UInt8(ascii: ","), 10, 13].contains($0) } ?? bytes.endIndex
                row.append(text[index..<end])
                index = end
            }
            if index < bytes.endIndex, bytes[index] == UInt8(ascii: ",") {
                index = bytes.index(after: index)
                if index == bytes.endIndex || bytes[index] == 10 || bytes[index] == 13 { row.append("") }
                if index < bytes.endIndex, bytes[index] != 10, bytes[index] != 13 { continue }
            }
            while index < bytes.endIndex, bytes[index] == 10 || bytes[index] == 13 { index = bytes.index(after: index) }
            rows.append(row)
            row = []
        }
        guard let names = rows.first else { throw Unreadable(description: "\(path) is empty") }
        header = Dictionary(names.enumerated().map { (String($1), $0) }) { first, _ in first }
        self.rows = Array(rows.dropFirst())
    }

    /// Reads one column of a row; empty when the row is short.
    public func column(_ name: String) throws -> @Sendable ([Substring]) -> Substring {
        guard let index = header[name] else { throw Unreadable(description: "no column \(name)") }
        return { row in index < row.count ? row[index] : "" }
    }
}
