/// Work that waits, in the order in which it came.
struct WorkLine {
    private var items: [WriteWork] = []
    private var head = 0

    var first: WriteWork? { head < items.count ? items[head] : nil }

    mutating func append(_ work: WriteWork) {
        items.append(work)
    }

    mutating func popFirst() -> WriteWork? {
        guard let work = first else { return nil }
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        }
        return work
    }

    mutating func takeAll() -> [WriteWork] {
        defer { self = WorkLine() }
        return Array(items[head...])
    }
}
