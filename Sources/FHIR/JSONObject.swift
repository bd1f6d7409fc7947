/// The members of a JSON object in their order, each key once.
///
/// Two objects are equal when they have the same members in the same order.
public struct JSONObject: Sendable {
    public typealias Element = (key: String, value: JSON)

    struct Member: Sendable, Hashable {
        var key: String
        var value: JSON
    }

    private(set) var members: [Member]
    /// Positions by key, kept only above ``indexThreshold`` members: below it, comparing keys is faster than hashing.
    private var index: [String: Int]?

    private static let indexThreshold = 32

    public init() {
        members = []
        index = nil
    }

    /// With room for a number of members.
    public init(minimumCapacity: Int) {
        self.init()
        members.reserveCapacity(minimumCapacity)
    }

    /// Members whose keys are known to differ from one another.
    init(distinct members: [Member]) {
        self.members = members
        index = nil
        if members.count > Self.indexThreshold { rebuildIndex() }
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: some RandomAccessCollection<String> { members.lazy.map(\.key) }
    public var values: some RandomAccessCollection<JSON> { members.lazy.map(\.value) }

    /// The value of a key. Assigning replaces it in its place or appends it; assigning `nil` removes it.
    public subscript(key: String) -> JSON? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                insert(key, newValue)
            }
        }
    }

    /// Changes a value in place, without a copy of what is in it. Does nothing when the key is absent.
    public mutating func update(_ key: String, _ change: (inout JSON) -> Void) {
        guard let position = position(of: key) else { return }
        change(&members[position].value)
    }

    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSON? {
        guard let position = position(of: key) else { return nil }
        let removed = members.remove(at: position)
        if index != nil { rebuildIndex() }
        return removed.value
    }

    public mutating func reserveCapacity(_ count: Int) {
        members.reserveCapacity(count)
    }

    private mutating func insert(_ key: String, _ value: JSON) {
        members.append(Member(key: key, value: value))
        if index != nil {
            index?[key] = members.count - 1
        } else if members.count > Self.indexThreshold {
            rebuildIndex()
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        for position in members.indices where members[position].key == key { return position }
        return nil
    }

    private mutating func rebuildIndex() {
        guard members.count > Self.indexThreshold else {
            index = nil
            return
        }
        var fresh: [String: Int] = [:]
        fresh.reserveCapacity(members.count)
        for (position, member) in members.enumerated() where fresh[member.key] == nil { fresh[member.key] = position }
        index = fresh
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members == right.members
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members)
    }
}

extension JSONObject: Sequence {
    public struct Iterator: IteratorProtocol {
        fileprivate var members: IndexingIterator<[Member]>

        public mutating func next() -> (key: String, value: JSON)? {
            guard let member = members.next() else { return nil }
            return (member.key, member.value)
        }
    }

    public func makeIterator() -> Iterator {
        Iterator(members: members.makeIterator())
    }

    public var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A key that is given twice keeps the later value.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(minimumCapacity: elements.count)
        for (key, value) in elements { self[key] = value }
    }
}
