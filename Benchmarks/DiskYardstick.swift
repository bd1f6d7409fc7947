import Foundation

/// How fast the disk is by itself.
enum DiskYardstick {
    /// Appends of 4 KiB, each followed by fdatasync, a second.
    static func syncedWritesPerSecond(folder: String) throws -> Double {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/fdatasync"
        let descriptor = open(path, O_CREAT | O_RDWR | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw BenchFailure("\(path): cannot be made") }
        defer {
            close(descriptor)
            unlink(path)
        }
        let page = [UInt8](repeating: 1, count: 4096)
        let start = ContinuousClock.now
        var count = 0
        while ContinuousClock.now - start < .seconds(1) {
            guard write(descriptor, page, page.count) == page.count, fdatasync(descriptor) == 0 else {
                throw BenchFailure("\(path): cannot be written")
            }
            count += 1
        }
        return Double(count) / (ContinuousClock.now - start).inSeconds
    }
}
