import Clinical
import Foundation
import GRDB
import Store
import Testing

/// A folder for one test, removed with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("store-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/data/store.sqlite" }

    func configuration() -> StoreConfiguration {
        StoreConfiguration(path: file)
    }

    func open(_ change: (inout StoreConfiguration) -> Void = { _ in }) throws -> SQLiteStore {
        var configuration = configuration()
        change(&configuration)
        return try SQLiteStore(configuration)
    }

    /// Another connection to the file, as an operator's tool would have.
    func database() throws -> DatabaseQueue {
        try DatabaseQueue(path: file)
    }

    /// What a crash leaves behind: the file and its log as they are on disk now, without the shared index.
    func snapshot(to folder: TemporaryFolder) throws {
        let target = URL(fileURLWithPath: folder.file).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file + suffix) {
            try FileManager.default.copyItem(atPath: file + suffix, toPath: folder.file + suffix)
        }
    }
}

/// Runs a call that must fail, and returns its error.
func storeError(_ body: () async throws(StoreError) -> Void) async -> StoreError? {
    do {
        try await body()
        return nil
    } catch {
        return error
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    mutating func chance(_ percent: Int) -> Bool {
        below(100) < percent
    }
}
