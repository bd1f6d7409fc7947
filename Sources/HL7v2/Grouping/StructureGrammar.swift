/// Versions of the standard as far as structures read differently in them.
enum StructureEra: Int, CaseIterable, Comparable, Sendable {
    case before27, from27, from28

    /// - Parameter version: MSH-12.1.
    init(version: String?) {
        let minor = version.flatMap { $0.hasPrefix("2.") ? $0.utf8.dropFirst(2).first : nil } ?? 0
        switch minor {
        case UInt8(ascii: "7"): self = .from27
        case UInt8(ascii: "8"), UInt8(ascii: "9"): self = .from28
        default: self = .before27
        }
    }

    static func < (left: StructureEra, right: StructureEra) -> Bool { left.rawValue < right.rawValue }
}

/// A message structure as a tree, read from the notation of ``StructureTexts``.
struct StructureGrammar: Sendable {
    /// One place for a segment.
    struct Leaf: Sendable {
        /// Alternatives of a choice; empty for `ANY`.
        var names: [SegmentName]
        var group: Int
        /// 0-based among the elements of its group.
        var child: Int
        var isRequired: Bool
        var isRepeating: Bool
        /// A place the standard does not name.
        var isTolerated: Bool
    }

    struct Group: Sendable {
        var name: String
        /// -1 for the structure itself.
        var parent: Int
        var depth: Int
        /// 0-based among the elements of its parent.
        var child: Int
        var isRequired: Bool
        var isRepeating: Bool
        var isTolerated: Bool
        var elements: [Element] = []
    }

    enum Element: Sendable {
        case leaf(Int)
        case group(Int)
    }

    private(set) var leaves: [Leaf] = []
    private(set) var groups: [Group]

    init(name: String, text: Substring, fragments: [Substring: Substring], era: StructureEra) {
        groups = [
            Group(name: name, parent: -1, depth: 0, child: 0, isRequired: true, isRepeating: false, isTolerated: false)
        ]
        var open = [0]
        read(text, fragments, era, &open, nesting: 0)
    }

    private mutating func read(
        _ text: Substring, _ fragments: [Substring: Substring], _ era: StructureEra, _ open: inout [Int],
        nesting: Int
    ) {
        for word in text.split(separator: " ") {
            if word.first == "$", nesting < 8 {
                read(fragments[word.dropFirst()] ?? "", fragments, era, &open, nesting: nesting + 1)
            } else if word == ")" {
                if open.count > 1 { open.removeLast() }
            } else {
                add(word, era, &open)
            }
        }
    }

    private mutating func add(_ word: Substring, _ era: StructureEra, _ open: inout [Int]) {
        let isGroup = word.last == "("
        let name = word.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "|" }
        let marks = word.dropFirst(name.count)
        let isRequired = !marks.contains("?") && !marks.contains("*") && !marks.contains("~")
        let isRepeating = marks.contains("*") || marks.contains("+")
        guard let parent = open.last else { return }
        let child = groups[parent].elements.count
        let isEarly = marks.contains("@") && era < (marks.contains("8") ? .from28 : .from27)
        // Of a whole group its first segment stands for the rest.
        let isTolerated = groups[parent].isTolerated && child == 0 || isEarly || marks.contains("~")
        if isGroup {
            groups[parent].elements.append(.group(groups.count))
            open.append(groups.count)
            groups.append(
                Group(
                    name: String(name), parent: parent, depth: groups[parent].depth + 1, child: child,
                    isRequired: isRequired, isRepeating: isRepeating, isTolerated: isTolerated))
        } else {
            groups[parent].elements.append(.leaf(leaves.count))
            leaves.append(
                Leaf(
                    names: name == "ANY" ? [] : name.split(separator: "|").compactMap { SegmentName(String($0)) },
                    group: parent, child: child, isRequired: isRequired, isRepeating: isRepeating,
                    isTolerated: isTolerated))
        }
    }

    /// The groups around a leaf, the structure first, each with the element of it that leads to the leaf.
    func chain(ofLeaf leaf: Int) -> [(group: Int, child: Int)] {
        var chain = [(group: leaves[leaf].group, child: leaves[leaf].child)]
        var group = leaves[leaf].group
        while groups[group].parent >= 0 {
            chain.append((groups[group].parent, groups[group].child))
            group = groups[group].parent
        }
        return chain.reversed()
    }

    /// The first segment of each required element among some of a group's elements.
    func required(in group: Int, _ children: Range<Int>) -> [Int] {
        children.compactMap { child in
            switch groups[group].elements[child] {
            case .leaf(let leaf): leaves[leaf].isRequired ? leaf : nil
            case .group(let inner): groups[inner].isRequired ? firstRequired(inner) : nil
            }
        }
    }

    /// The first segment without which a group would not be there.
    func firstRequired(_ group: Int) -> Int? {
        for element in groups[group].elements {
            switch element {
            case .leaf(let leaf) where leaves[leaf].isRequired: return leaf
            case .group(let inner) where groups[inner].isRequired:
                if let leaf = firstRequired(inner) { return leaf }
            default: break
            }
        }
        return nil
    }
}
