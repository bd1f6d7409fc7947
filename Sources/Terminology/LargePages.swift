#if canImport(Glibc)
    internal import Glibc
#endif

/// Arrays that are read at random and are larger than what the processor's page tables reach without a walk.
///
/// In pages of 4 KiB each read of a table of a million rows waits for two things: the page table, which a virtual machine
/// walks twice, and the row. In pages of 2 MiB it waits for the row.
enum LargePages {
    /// Smaller arrays gain nothing.
    private static let minimumBytes = 4 << 20

    /// An array of the same element again and again.
    static func array<Element>(repeating element: Element, count: Int) -> [Element] {
        Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            advise(UnsafeRawBufferPointer(buffer))
            buffer.initialize(repeating: element)
            initialized = count
        }
    }

    static func array<Element>(copying elements: [Element]) -> [Element] {
        guard elements.count * MemoryLayout<Element>.stride >= minimumBytes else { return elements }
        return Array(unsafeUninitializedCapacity: elements.count) { buffer, initialized in
            advise(UnsafeRawBufferPointer(buffer))
            initialized = buffer.initialize(fromContentsOf: elements)
        }
    }

    /// Only a wish: where the kernel has no large pages to give, everything is as before.
    private static func advise(_ buffer: UnsafeRawBufferPointer) {
        #if os(Linux)
            guard buffer.count >= minimumBytes, let base = buffer.baseAddress else { return }
            let page = 4096
            let start = (Int(bitPattern: base) + page - 1) / page * page
            let end = (Int(bitPattern: base) + buffer.count) / page * page
            if let address = UnsafeMutableRawPointer(bitPattern: start), end > start {
                _ = madvise(address, end - start, numericCast(MADV_HUGEPAGE))
            }
        #endif
    }
}
