import Doors
import Foundation
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(2))) struct FileDropTests {
    /// A folder, a drop that watches it, and what its handler was given.
    private struct Drop: Sendable {
        let folder: String
        let seen = NIOLockedValueBox<[String]>([])
        let lines = LogLines()

        func put(_ name: String, _ content: String) throws {
            try content.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }

        func content(_ name: String) -> String? {
            try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)
        }

        /// None while the folder does not exist yet.
        func names(_ sub: String = "") -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + sub)) ?? []).sorted()
        }

        func until(_ condition: () -> Bool) async throws {
            while !condition() { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    /// What a handler says is in the content: "no: reason" refuses, "later" waits.
    private static func run(
        interval: Duration = .milliseconds(30), maximumFileBytes: Int = 1000, before: (Drop) throws -> Void = { _ in },
        outcome: @escaping @Sendable (String) -> FileOutcome = { _ in .accepted },
        _ body: @escaping @Sendable (Drop) async throws -> Void
    ) async throws {
        let drop = Drop(folder: NSTemporaryDirectory() + "file-drop-" + UUID().uuidString)
        try FileManager.default.createDirectory(atPath: drop.folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: drop.folder) }
        try before(drop)
        let service = FileDrop(
            configuration: .init(folder: drop.folder, interval: interval, maximumFileBytes: maximumFileBytes),
            logger: Logger(label: "test", factory: { _ in drop.lines })
        ) { bytes, name in
            drop.seen.withLockedValue { $0.append(name) }
            return outcome(String(decoding: bytes, as: UTF8.self))
        }
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body(drop)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func filesGoToTheHandlerByNameAndMoveAway() async throws {
        let before: (Drop) throws -> Void = { drop in
            for name in ["c.hl7", "a.hl7", "b.hl7"] { try drop.put(name, name == "b.hl7" ? "bad" : "good") }
        }
        let outcome: @Sendable (String) -> FileOutcome = { $0 == "bad" ? .refused("MSH-9 is missing.") : .accepted }
        try await Self.run(before: before, outcome: outcome) { drop in
            try await drop.until { drop.names("accepted").count == 2 && drop.names("refused").count == 2 }
            #expect(drop.seen.withLockedValue { $0 } == ["a.hl7", "b.hl7", "c.hl7"])
            #expect(drop.names() == ["accepted", "refused"])
            #expect(drop.names("accepted") == ["a.hl7", "c.hl7"])
            #expect(drop.content("refused/b.hl7") == "bad")
            #expect(drop.content("refused/b.hl7.reason.txt") == "MSH-9 is missing.\n")
        }
    }

    @Test func nothingIsOverwritten() async throws {
        try await Self.run { drop in
            for number in 1...3 {
                try drop.put("a.hl7", "content \(number)")
                try await drop.until { drop.names("accepted").count == number }
            }
            #expect(drop.names("accepted") == ["a-2.hl7", "a-3.hl7", "a.hl7"])
            #expect(drop.content("accepted/a.hl7") == "content 1")
            #expect(drop.content("accepted/a-2.hl7") == "content 2")
            #expect(drop.content("accepted/a-3.hl7") == "content 3")
        }
    }

    @Test func aReasonOfAnotherFileIsNotOverwritten() async throws {
        let before: (Drop) throws -> Void = { drop in
            try FileManager.default.createDirectory(atPath: drop.folder + "/refused", withIntermediateDirectories: true)
            try drop.put("refused/a.hl7.reason.txt", "of before")
            try drop.put("a.hl7", "bad")
        }
        try await Self.run(before: before, outcome: { _ in .refused("now") }) { drop in
            try await drop.until { drop.names("refused").count == 3 }
            #expect(drop.content("refused/a.hl7.reason.txt") == "of before")
            #expect(drop.content("refused/a-2.hl7") == "bad")
            #expect(drop.content("refused/a-2.hl7.reason.txt") == "now\n")
        }
    }

    @Test func largeFilesAreRefusedUnread() async throws {
        let before: (Drop) throws -> Void = { try $0.put("large.hl7", String(repeating: "x", count: 1001)) }
        try await Self.run(before: before) { drop in
            try await drop.until { drop.names("refused").count == 2 }
            #expect(drop.content("refused/large.hl7.reason.txt") == "The file is larger than 1000 bytes.\n")
            #expect(drop.seen.withLockedValue { $0 }.isEmpty)
        }
    }

    @Test func linksFoldersHiddenAndTemporaryFilesAreLeftAlone() async throws {
        let before: (Drop) throws -> Void = { drop in
            try FileManager.default.createDirectory(atPath: drop.folder + "/aaa", withIntermediateDirectories: true)
            try drop.put("aaa/inner.hl7", "x")
            try drop.put(".hidden", "x")
            try drop.put("b.tmp", "x")
            try drop.put("c.part", "x")
            try FileManager.default.createSymbolicLink(atPath: drop.folder + "/d.hl7", withDestinationPath: "/etc/passwd")
            try drop.put("z.hl7", "x")
        }
        try await Self.run(before: before) { drop in
            try await drop.until { drop.names("accepted") == ["z.hl7"] }
            #expect(drop.seen.withLockedValue { $0 } == ["z.hl7"])
            #expect(drop.names() == [".hidden", "aaa", "accepted", "b.tmp", "c.part", "d.hl7", "refused"])
            try FileManager.default.moveItem(atPath: drop.folder + "/b.tmp", toPath: drop.folder + "/b.hl7")
            try await drop.until { drop.names("accepted") == ["b.hl7", "z.hl7"] }
        }
    }

    @Test func aFileThatGrowsIsTakenWhenItIsWhole() async throws {
        let contents = NIOLockedValueBox<[String]>([])
        let outcome: @Sendable (String) -> FileOutcome = { content in
            contents.withLockedValue { $0.append(content) }
            return .accepted
        }
        try await Self.run(interval: .milliseconds(300), outcome: outcome) { drop in
            for round in 1... {
                let path = drop.folder + "/slow-\(round).hl7"
                #expect(FileManager.default.createFile(atPath: path, contents: nil))
                let file = try #require(FileHandle(forWritingAtPath: path))
                var (text, last, longest) = ("", ContinuousClock.now, Duration.zero)
                for _ in 0..<60 {
                    try file.write(contentsOf: Data("x".utf8))
                    text += "x"
                    longest = max(longest, ContinuousClock.now - last)
                    last = .now
                    try await Task.sleep(for: .milliseconds(10))
                }
                try file.close()
                try await drop.until { drop.names("accepted").contains("slow-\(round).hl7") }
                // On a busy machine the writer may have paused for longer than the interval; then try again.
                if longest < .milliseconds(250) {
                    #expect(contents.withLockedValue { $0.last } == text)
                    break
                }
            }
        }
    }

    @Test func aFileForLaterHoldsUpThoseAfterIt() async throws {
        let isReady = NIOLockedValueBox(false)
        let before: (Drop) throws -> Void = { drop in
            try drop.put("a.hl7", "first")
            try drop.put("b.hl7", "second")
        }
        let outcome: @Sendable (String) -> FileOutcome = { _ in isReady.withLockedValue { $0 } ? .accepted : .retryLater }
        try await Self.run(before: before, outcome: outcome) { drop in
            try await drop.until { drop.seen.withLockedValue { $0.count } >= 3 }
            #expect(drop.seen.withLockedValue { Set($0) } == ["a.hl7"])
            isReady.withLockedValue { $0 = true }
            try await drop.until { drop.names("accepted") == ["a.hl7", "b.hl7"] }
        }
    }

    @Test func aFolderThatCannotBeUsedIsAnErrorThatSaysSo() async throws {
        let path = NSTemporaryDirectory() + "file-drop-" + UUID().uuidString
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let service = FileDrop(configuration: .init(name: "referrals", folder: path), logger: silent) { _, _ in .accepted }
        let error = await #expect(throws: DoorError.self) { try await service.run() }
        #expect(error?.cause == .folder)
        #expect(error?.place == "referrals")
    }

    @Test func logsHoldNeitherNamesNorContent() async throws {
        let before: (Drop) throws -> Void = { drop in
            try drop.put("CANARY^JOHN.hl7", "CANARY")
            try drop.put("CANARY^MARY.hl7", "CANARY bad")
        }
        let outcome: @Sendable (String) -> FileOutcome = { $0.hasSuffix("bad") ? .refused("CANARY") : .accepted }
        try await Self.run(before: before, outcome: outcome) { drop in
            try await drop.until { drop.names("accepted").count == 1 && drop.names("refused").count == 2 }
            #expect(drop.lines.text.contains("took a file"))
            #expect(!drop.lines.text.contains("CANARY"))
        }
    }
}
