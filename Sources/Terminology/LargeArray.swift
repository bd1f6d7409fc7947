#if canImport(Glibc)
    internal import Glibc
#endif

/// An array of a fixed size that is read at random and is larger than the processor's caches.
///
/// It begins on a cache line, so that an element of half a line is never in two. Large ones lie in pages of 2 MiB where the
/// kernel has them: in pages of 4 KiB each read waits for the page table too, which a virtual machine walks twice.
struct LargeArray<Element: BitwiseCopyable & Sendable>: Sendable {
    private final class Storage: @unchecked Sendable {  // written only while ``LargeArray`` has the one reference to it
        let elements: UnsafeMutableBufferPointer<Element>

        init(count: Int) {
            let bytes = count * MemoryLayout<Element>.stride
            let isLarge = bytes >= 4 << 20
            let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: isLarge ? 2 << 20 : 64)
            #if canImport(Glibc)
                // Only a wish: where there are no large pages, everything is as before.
                if isLarge, let base = raw.baseAddress { _ = madvise(base, raw.count, numericCast(MADV_HUGEPAGE)) }
            #endif
            elements = raw.bindMemory(to: Element.self)
        }

        deinit { UnsafeMutableRawBufferPointer(elements).deallocate() }
    }

    private var storage: Storage
    let count: Int

    init(repeating element: Element, count: Int) {
        storage = Storage(count: count)
        storage.elements.initialize(repeating: element)
        self.count = count
    }

    /// - Precondition: `0 <= index < count`.
    subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(index >= 0 && index < count)
            return storage.elements[index]
        }
        set {
            precondition(index >= 0 && index < count)
            if !isKnownUniquelyReferenced(&storage) {
                let copy = Storage(count: count)
                _ = copy.elements.initialize(from: storage.elements)
                storage = copy
            }
            storage.elements[index] = newValue
        }
    }
}
