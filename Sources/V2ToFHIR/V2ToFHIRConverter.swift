public import Clinical
public import HL7v2

/// What an operator decides about a conversion.
public struct V2ToFHIRSettings: Sendable {
    public enum BundleType: String, Sendable { case transaction, message, collection }

    public var bundleType: BundleType = .transaction
    /// Zone of the times of a sender that gives none, in MSH-7 or in the time itself. Values made with it are flagged.
    /// `nil` invents nothing: such times are written as dates, and the time of day is preserved as sent.
    public var zone: ZoneRule?
    /// Base of `fullUrl`.
    public var base = "https://headwall.invalid/fhir"

    /// When the message was received, as a FHIR instant: `Provenance.recorded` where the message gives no time. `nil`
    /// leaves it absent with a reason.
    public var receivedAt: String?
    /// The organization that runs this converter, named in the Provenance of the transformation: name, and OID if it has one.
    public var assembler: (name: String, oid: String?)?

    /// The Provenance carries the message itself, as sent. Off where the message is kept elsewhere.
    public var carriesMessage = false

    /// Equal practitioners, organizations, places and devices of one message become one resource.
    public var sharesEqualResources = true

    public init() {}
}

/// HL7 v2 to FHIR R4 by the tables.
public struct V2ToFHIRConverter: Sendable {
    /// The tables it runs.
    public var tables: MappingTables { shared.tables }
    private let shared: SharedTables
    public var settings: V2ToFHIRSettings

    public init(tables: MappingTables, settings: V2ToFHIRSettings = V2ToFHIRSettings()) {
        shared = SharedTables(tables)
        self.settings = settings
    }

    /// Converts one message.
    ///
    /// - Throws: ``HL7v2Error`` when the bytes are not a message.
    public func convert(_ bytes: [UInt8]) throws(HL7v2Error) -> V2ToFHIRResult {
        convert(try Message(bytes))
    }

    /// Converts one message that was read already.
    public func convert(_ message: Message) -> V2ToFHIRResult {
        let structure = shared.tables.structure(of: message)
        var conversion = Conversion(shared, message, structure, settings)
        conversion.runSegments()
        conversion.finish()
        return V2ToFHIRResult(consume conversion)
    }

    /// Only the Bundle.
    public func bundle(_ message: Message) -> [UInt8] {
        convert(message).bundle
    }
}

/// The tables behind one reference.
final class SharedTables: Sendable {
    let tables: MappingTables

    init(_ tables: MappingTables) { self.tables = tables }
}

extension MappingTables {
    /// The structure of a message: by the event where the maps name one, else MSH-9.3, else what the standard says of the
    /// event, else by type, else any.
    func structure(of message: Message) -> MessageStructure {
        let type = message.type
        let code = type?.code ?? ""
        let event = type?.event ?? ""
        let candidates = [
            structureNames["\(code)^\(event)"], type?.structure, "\(code)_\(event)", structureNames[type?.structure ?? ""],
            message.structure?.name, structureNames[code], "ANY",
        ]
        for candidate in candidates {
            if let candidate, let found = structures[candidate] { return found }
        }
        return MessageStructure(
            name: "", groups: [.init(parent: -1, depth: 0, isRepeating: false)], positions: [], bySegment: [:], home: [],
            creator: [], labelTypes: [])
    }
}
