import Foundation
import HL7v2

/// Messages to measure reading on: real ones of several projects where they are at hand, and laboratory reports, so that
/// the mean size is about 2.5 kB.
enum ER7Corpus {
    /// Public messages beside the repository; not part of it.
    private static let folder = "../shared/data/hl7v2"

    /// - Parameter type: only real messages of this type, such as ORU.
    static func messages(home: String = ".", type: String? = nil) -> (messages: [[UInt8]], real: Int) {
        let root = "\(home)/\(folder)"
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: root))?.filter { $0.hasSuffix(".hl7") } ?? []
        var messages: [[UInt8]] = []
        for name in names.sorted() {
            guard let data = FileManager.default.contents(atPath: "\(root)/\(name)") else { continue }
            let bytes = Array(data)
            guard let batch = try? BatchReader(bytes) else { continue }
            messages += batch.messages.map { Array(bytes[$0]) }.filter { bytes in
                guard let message = try? Message(bytes) else { return false }
                return type == nil || message.type?.code == type
            }
        }
        let real = messages.count
        guard real > 0 else { return (LaboratoryCorpus.messages(400), 0) }
        // Reports with more results than usual make up for the many short messages of conversion tests.
        var size = messages.reduce(0) { $0 + $1.count }
        for report in LaboratoryCorpus.messages(2000, results: 16..<36) {
            guard size < messages.count * 2500 else { break }
            messages.append(report)
            size += report.count
        }
        return (messages, real)
    }

    /// Writes the messages framed as MLLP does, for other programs to be measured on the same.
    static func write(_ messages: [[UInt8]], to path: String) {
        var bytes: [UInt8] = []
        for message in messages { bytes += [0x0B] + message + [0x1C, 0x0D] }
        if !FileManager.default.createFile(atPath: path, contents: Data(bytes)) {
            print("The corpus could not be written.")
        }
    }
}
