import Clinical
import Foundation
import HL7v2
import Testing

/// Messages of several public projects and of HL7's own v2-to-FHIR samples. They are not part of this repository.
private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "../shared/data/hl7v2").standardizedFileURL

private let isPresent: Bool = {
    let isPresent = FileManager.default.fileExists(atPath: folder.path)
    if !isPresent { print("SKIPPED: RealMessageTests need the messages under ../shared/data/hl7v2, which is absent.") }
    return isPresent
}()

@Suite(.enabled(if: isPresent, "needs the messages under ../shared/data/hl7v2"))
struct RealMessageTests {
    private func files() throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".hl7") }
        return try names.sorted().map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
    }

    @Test func everyFileIsReadOrRefusedWithAPlace() throws {
        var read = 0
        var refused: [Int: [String]] = [:]
        for (name, bytes) in try files() {
            let batch = try BatchReader(bytes)
            #expect(!batch.messages.isEmpty, "\(name)")
            for range in batch.messages {
                do {
                    let message = try Message(Array(bytes[range]))
                    read += 1
                    #expect(readEverything(message) < 1_000_000, "\(name)")
                    #expect(message.segments.map { Array($0.raw) } == PlainSplit.segments(Array(bytes[range])), "\(name)")
                } catch {
                    #expect(!error.place.description.isEmpty, "\(name)")
                    refused[error.code, default: []].append(name)
                }
            }
        }
        print("\(read) real messages read, refused by code: \(refused.mapValues(\.count))")
        #expect(read >= 600)
        // MSH-2 is `^~\\&` with a doubled escape character in some; that is read with a warning, other faults are refused.
        #expect(Set(refused.keys).isSubset(of: [HL7v2Error.Code.delimitersInvalid]))
    }

    @Test func everyMessageIsGroupedAndWrittenBack() throws {
        for (name, bytes) in try files() {
            for range in try BatchReader(bytes).messages {
                let part = Array(bytes[range])
                guard let message = try? Message(part) else { continue }
                #expect(message.grouped().root.allSegments.map(\.index) == Array(message.segments.indices), "\(name)")
                #expect(MessageEditor(message).write() == part, "\(name)")
                #expect(MessageDifference.between(message, message).isEmpty, "\(name)")
            }
        }
    }

    @Test func everyMessageCanBeAcknowledged() throws {
        for (name, bytes) in try files() {
            for range in try BatchReader(bytes).messages {
                guard let message = try? Message(Array(bytes[range])) else { continue }
                let answer = try Acknowledgement.parse(
                    Acknowledgement.build(for: message, code: .AA, controlID: "1", time: Instant(seconds: 0)))
                #expect(answer.acknowledgedControlID == message.controlID, "\(name)")
            }
        }
    }

    @Test func timesOfTheHeaderAreReadOrRefused() throws {
        var read = 0
        for (_, bytes) in try files() {
            for range in try BatchReader(bytes).messages {
                guard let message = try? Message(Array(bytes[range])) else { continue }
                if (try? message.timestamp) != nil { read += 1 }
            }
        }
        #expect(read >= 500)
    }
}
