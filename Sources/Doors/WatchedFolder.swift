#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The file operations of a ``FileDrop``. All of them block.
struct WatchedFolder: Sendable {
    /// What is known of a file without opening it; equal as long as it has not changed.
    struct File: Hashable, Sendable {
        let name: String
        let inode: UInt64
        let size: Int64
        /// Time of the last change of the content, in nanoseconds since 1970.
        let modified: Int64
    }

    struct Listing: Sendable {
        /// By name, in the order of its bytes.
        var files: [File] = []
        /// Inodes of files under a temporary name.
        var temporary: Set<UInt64> = []
    }

    enum Content: Sendable {
        case bytes([UInt8])
        /// The file is not the one that was listed, or is being written to.
        case changed
    }

    enum Destination: String, Sendable {
        case accepted, refused
    }

    let path: String
    let place: String

    /// Creates the folder and its destinations where they do not exist.
    func prepare() throws(DoorError) {
        for folder in [path, path + "/" + Destination.accepted.rawValue, path + "/" + Destination.refused.rawValue] {
            var status = stat()
            if mkdir(folder, 0o770) != 0, errno != EEXIST { throw error("The watched folder cannot be created.") }
            guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(folder, R_OK | W_OK | X_OK) == 0
            else { throw error("The watched folder, accepted and refused must be folders this program may write to.") }
        }
    }

    func list(limit: Int) throws(DoorError) -> Listing {
        guard let directory = opendir(path) else { throw error("The watched folder cannot be read.") }
        defer { closedir(directory) }
        var listing = Listing()
        var names: [String] = []
        while let entry = readdir(directory) {
            // A name that is not UTF-8 cannot be addressed as a String and is left alone.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, !name.hasPrefix(".") else { continue }
            names.append(name)
        }
        names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            if listing.files.count >= limit { break }
            var status = stat()
            guard lstat(path + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if name.hasSuffix(".tmp") || name.hasSuffix(".part") {
                listing.temporary.insert(UInt64(status.st_ino))
            } else {
                listing.files.append(Self.file(name, status))
            }
        }
        return listing
    }

    func read(_ file: File, limit: Int) throws(DoorError) -> Content {
        // Neither follows a link nor waits for a pipe that has taken the file's place.
        let descriptor = open(path + "/" + file.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ELOOP { return .changed }
            throw error("A file cannot be read; check its permissions.")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Self.file(file.name, status) == file,
            file.size >= 0, file.size <= Int64(limit)
        else { return .changed }
        let size = Int(file.size)
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            // One byte more than expected shows that the file grows.
            while count <= size {
                let got = Self.read(descriptor, buffer, from: count, upTo: size + 1)
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    failed = got < 0
                    break
                }
                count += got
            }
        }
        if failed { throw error("A file cannot be read to its end.") }
        guard bytes.count == size, fstat(descriptor, &status) == 0, Self.file(file.name, status) == file else {
            return .changed
        }
        return .bytes(bytes)
    }

    /// Moves a file away under its name, or `name-2`, `name-3`… where that exists.
    func move(_ file: File, to destination: Destination, reason: String?) throws(DoorError) {
        let (stem, suffix) = Self.split(file.name)
        let folder = path + "/" + destination.rawValue + "/"
        for number in 1...10_000 {
            let target = folder + (number == 1 ? file.name : "\(stem)-\(number)\(suffix)")
            // An empty file of our own reserves the name, then is replaced in one step. Unlike link(2), this works on
            // every file system.
            guard try create(target, "", destination) else { continue }
            if let reason {
                guard try create(target + ".reason.txt", reason + "\n", destination) else {
                    unlink(target)
                    continue
                }
            }
            guard rename(path + "/" + file.name, target) == 0 else {
                unlink(target)
                if reason != nil { unlink(target + ".reason.txt") }
                throw error("A file cannot be moved to \(destination.rawValue).")
            }
            return
        }
        throw error("The folder \(destination.rawValue) holds 10000 files of one name; clear it.")
    }

    // MARK: -

    /// Returns `false` where there is a file of that name already.
    private func create(_ target: String, _ text: String, _ destination: Destination) throws(DoorError) -> Bool {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o660)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw error("The folder \(destination.rawValue) cannot be written to.")
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { Self.write(descriptor, $0) }
        guard written == bytes.count else {
            unlink(target)
            throw error("The folder \(destination.rawValue) cannot be written to.")
        }
        return true
    }

    private func error(_ reason: String) -> DoorError {
        DoorError(.folder, place: place, reason)
    }

    private static func file(_ name: String, _ status: stat) -> File {
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return File(
            name: name, inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    private static func split(_ name: String) -> (stem: Substring, suffix: Substring) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name[...], "") }
        return (name[..<dot], name[dot...])
    }

    private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>, from: Int, upTo: Int) -> Int
    {
        guard let base = buffer.baseAddress else { return 0 }
        #if canImport(Glibc)
            return Glibc.read(descriptor, base + from, upTo - from)
        #elseif canImport(Musl)
            return Musl.read(descriptor, base + from, upTo - from)
        #else
            return Darwin.read(descriptor, base + from, upTo - from)
        #endif
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            return Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            return Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            return Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
