internal import Synchronization

/// A message structure of the standard: which segments a message holds, in which order and groups (HL7 table 0354).
///
/// `MessageStructure.named("ORU_R01")` finds one by its id, ``lookup(_:version:)`` by what MSH-9 says. The structures hold
/// what any version from 2.1 to 2.9 allows.
public struct MessageStructure: Sendable {
    let definition: Definition
    let era: StructureEra

    /// `ORU_R01`.
    public var name: String { definition.name }

    /// The structure of an id in HL7 table 0354; `nil` when this target does not know it.
    ///
    /// - Parameter version: MSH-12.1; parts that came with a later version are left out.
    public static func named(_ name: String, version: String? = nil) -> MessageStructure? {
        catalog.byName[name].map { MessageStructure(definition: $0, era: StructureEra(version: version)) }
    }

    /// The structure of a message type: what MSH-9.3 names if it is known, otherwise what the event uses, otherwise what
    /// most events of the message code use; `nil` when the code is unknown.
    public static func lookup(_ type: MessageType, version: String? = nil) -> MessageStructure? {
        let catalog = catalog
        let event = type.event.map { "\(type.code)^\($0)" } ?? type.code
        // A structure of the same message code; some senders write the event there instead.
        let named = type.structure.flatMap { $0.hasPrefix(type.code) || type.code == "ACK" ? catalog.byName[$0] : nil }
        let found =
            named ?? catalog.byEvent[event] ?? type.event.flatMap { catalog.byName["\(type.code)_\($0)"] }
            ?? catalog.byEvent[type.code]
        return found.map { MessageStructure(definition: $0, era: StructureEra(version: version)) }
    }

    /// The ids of all structures, in alphabetical order.
    public static var allNames: [String] { catalog.byName.keys.sorted() }

    /// The places for segments in order, as dotted paths below the structure: `PATIENT_RESULT.PATIENT.PID`.
    public var places: [String] { table.paths }

    var table: StructureTable { definition.table(era) }

    /// A structure as written, and its tables once they have been needed.
    final class Definition: Sendable {
        let name: String
        private let text: Substring
        private let fragments: [Substring: Substring]
        private let before27 = AtomicLazyReference<StructureTable>()
        private let from27 = AtomicLazyReference<StructureTable>()
        private let from28 = AtomicLazyReference<StructureTable>()

        init(name: Substring, text: Substring, fragments: [Substring: Substring]) {
            self.name = String(name)
            self.text = text
            self.fragments = fragments
        }

        func table(_ era: StructureEra) -> StructureTable {
            switch era {
            case .before27: before27.load() ?? before27.storeIfNil(compiled(era))
            case .from27: from27.load() ?? from27.storeIfNil(compiled(era))
            case .from28: from28.load() ?? from28.storeIfNil(compiled(era))
            }
        }

        private func compiled(_ era: StructureEra) -> StructureTable {
            StructureTable(StructureGrammar(name: name, text: text, fragments: fragments, era: era))
        }
    }

    private struct Catalog: Sendable {
        var byName: [String: Definition] = [:]
        /// `ADT^A04`, or `ADT` for the rest.
        var byEvent: [String: Definition] = [:]

        init() {
            func lines(_ text: String) -> [(name: Substring, rest: Substring)] {
                text.split(separator: "\n").map { line in
                    let name = line.prefix { $0 != " " }
                    return (name, line.dropFirst(name.count + 1))
                }
            }
            let fragments = Dictionary(
                lines(StructureTexts.fragments).map { ($0.name, $0.rest) }, uniquingKeysWith: { first, _ in first })
            for (name, text) in lines(StructureTexts.structures) {
                byName[String(name)] = Definition(name: name, text: text, fragments: fragments)
            }
            for (name, events) in lines(StructureTexts.events) {
                for event in events.split(separator: " ") { byEvent[String(event)] = byName[String(name)] }
            }
        }
    }

    private static let catalog = Catalog()
}

extension Message {
    /// The structure this message has or should have, by MSH-9 and MSH-12; `nil` when the type is unknown.
    public var structure: MessageStructure? {
        type.flatMap { MessageStructure.lookup($0, version: version) }
    }
}
