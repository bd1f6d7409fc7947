/// What a manifest says for people and other programs, kept as it is: training data, performance, lineage.
public indirect enum ModelFact: Sendable, Hashable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([ModelFact])
    case entries([String: ModelFact])

    init(_ value: ManifestNode.Value) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .flag(flag)
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .array(let elements): self = .list(elements.map { ModelFact($0) })
        case .object(let members): self = .entries(members.mapValues { ModelFact($0) })
        }
    }

    public subscript(key: String) -> ModelFact? {
        if case .entries(let entries) = self { entries[key] } else { nil }
    }

    public var elements: [ModelFact] {
        if case .list(let elements) = self { elements } else { [] }
    }

    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
