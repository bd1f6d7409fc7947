/// A captured element. Children are positions in ``ElementTree/elements``.
struct Element {
    let name: String
    /// 1-based position among the siblings of the same name.
    let position: Int
    let line: Int
    let parent: Int?
    /// Local attribute names without namespace, and `xsi:type`.
    var attributes: [(name: String, value: String)]
    /// Text directly inside, white space at both ends removed.
    var text = ""
    var children: [Int] = []

    subscript(attribute: String) -> String? {
        attributes.first { $0.name == attribute }?.value
    }
}

/// The elements of a document that are kept for interpretation, in document order.
struct ElementTree {
    var elements: [Element] = []

    subscript(index: Int) -> Element { elements[index] }

    func children(of index: Int, named name: String) -> [Int] {
        elements[index].children.filter { elements[$0].name == name }
    }

    func child(of index: Int, _ path: String...) -> Int? {
        var current = index
        for name in path {
            guard let next = elements[current].children.first(where: { elements[$0].name == name }) else { return nil }
            current = next
        }
        return current
    }

    /// XPath with positions, from the root: `/ClinicalDocument/recordTarget[1]`.
    func path(of index: Int) -> String {
        var steps: [String] = []
        var current: Int? = index
        while let position = current {
            let element = elements[position]
            steps.append(element.parent == nil ? element.name : "\(element.name)[\(element.position)]")
            current = element.parent
        }
        return "/" + steps.reversed().joined(separator: "/")
    }

    /// Text of the element and everything inside it, pieces joined by a space.
    func fullText(of index: Int) -> String {
        let element = elements[index]
        let parts = [element.text] + element.children.map { fullText(of: $0) }
        return parts.filter { !$0.isEmpty }.joined(separator: " ")
    }
}
