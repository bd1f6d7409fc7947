import Clinical
import FHIR
import Foundation
import Testing

/// FHIR JSON of other projects' converters, where it lies beside this repository; see ../shared/data/README.md there.
enum SharedData {
    static let pairs: URL = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data/hl7v2/pairs").standardizedFileURL

    static let files: [URL] = {
        let all =
            FileManager.default.enumerator(at: pairs, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        let found = all.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        if found.isEmpty {
            print("SKIPPED: no FHIR samples in ../shared/data/hl7v2/pairs; tests that read them do not run")
        }
        return found
    }()
}

@Suite(.enabled(if: !SharedData.files.isEmpty, "needs ../shared/data/hl7v2/pairs"))
struct SampleBundleTests {
    @Test func everyFileReadsAsFoundationReadsIt() throws {
        #expect(SharedData.files.count > 100)
        for file in SharedData.files {
            let bytes = [UInt8](try Data(contentsOf: file))
            let value = try JSON(parsing: bytes)
            let other = try #require(Oracle.value(bytes))
            #expect(Oracle.agrees(value, other), "\(file.lastPathComponent)")
            #expect(try JSON(parsing: value.write()) == value)
            #expect(try JSONReader(bytes).tree == value)
        }
    }

    /// Writing loses nothing but white space: the text without it stays the same, but for the spelling of escapes.
    @Test func everyNumberStaysAsItIs() throws {
        for file in SharedData.files {
            let bytes = [UInt8](try Data(contentsOf: file))
            let value = try JSON(parsing: bytes)
            #expect(numbers(try JSON(parsing: value.write(pretty: true))) == numbers(value))
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(numbers(value).allSatisfy { text.contains($0) })
        }
    }

    private func numbers(_ value: JSON) -> [String] {
        switch value {
        case .number(let number): [number.literal]
        case .array(let elements): elements.flatMap(numbers)
        case .object(let object): object.flatMap { numbers($0.value) }
        default: []
        }
    }

    @Test func bundlesReadThroughTheViews() throws {
        var observations = 0
        for file in SharedData.files {
            let value = try JSON(parsing: [UInt8](try Data(contentsOf: file)))
            guard value.resourceType == "Bundle", let bundle = FHIR.Bundle(value) else { continue }
            for resource in bundle.resources(ofType: "Observation") {
                let observation = try #require(Observation(resource))
                #expect(JSON(observation) == resource)
                #expect(observation.json["code"] == nil || observation.code != nil)
                observations += 1
            }
            for issue in ResourceChecks.check(value) {
                let pointer = try #require(JSONPointer(issue.place))
                // The place, or what should hold it, exists.
                #expect(value[pointer] != nil || value[JSONPointer(tokens: pointer.tokens.dropLast())] != nil)
            }
        }
        #expect(observations > 100)
    }
}
