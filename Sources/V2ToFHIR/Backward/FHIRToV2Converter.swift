public import Clinical
public import FHIR
internal import HL7v2

/// What an operator decides about messages made of resources.
public struct FHIRToV2Settings: Sendable {
    public enum MessageKind: String, Sendable { case adt = "ADT", oru = "ORU", vxu = "VXU" }

    /// `nil` follows MessageHeader, else the resources: Immunization gives VXU, DiagnosticReport ORU, anything else ADT.
    public var kind: MessageKind?
    /// MSH-3 and MSH-4 where the Bundle names no source.
    public var sendingApplication = "HEADWALL"
    public var sendingFacility = ""
    /// MSH-7 where the Bundle gives no time. Without it such a Bundle gets a message without MSH-7, reported.
    public var time: Instant?

    public init() {}
}

/// FHIR R4 to HL7 v2.5.1 (ADT, ORU^R01, VXU^V04): the v2-to-FHIR tables run backwards.
public struct FHIRToV2Converter: Sendable {
    private let shared: SharedTables
    private let codes: InverseCodes
    public var settings: FHIRToV2Settings

    public init(tables: MappingTables, settings: FHIRToV2Settings = FHIRToV2Settings()) {
        shared = SharedTables(tables)
        codes = InverseCodes(tables)
        self.settings = settings
    }

    /// Writes a Bundle, or a resource alone, as one message.
    ///
    /// - Throws: ``FHIRError`` when the bytes are no JSON.
    public func convert(_ bytes: [UInt8]) throws(FHIRError) -> FHIRToV2Result {
        convert(try JSON(parsing: bytes))
    }

    /// Writes a Bundle that was parsed already.
    public func convert(_ bundle: JSON) -> FHIRToV2Result {
        var plan = plan(bundle)
        var issues = plan.issues
        let record = RoundTripRecord(in: plan.graph)
        var delimiters = Delimiters.standard
        if let record {
            if record.apply(to: &plan.drafts) {
                delimiters = record.delimiters ?? .standard
            } else {
                issues.append(
                    Issue(
                        .warning, code: Self.Code.recordUnused, place: "Bundle",
                        "Resources were added or removed since the message was converted, so what the Bundle keeps "
                            + "of the original's leaves beside the elements was not used."))
            }
        }
        for path in plan.leftOut() {
            issues.append(
                Issue(
                    .information, code: Self.Code.notCarried, place: path,
                    "No row of the tables takes this element to the message."))
        }
        if bundle.resourceType == nil || plan.graph.entries("Patient").isEmpty {
            issues.append(
                Issue(.warning, code: Self.Code.noPatient, place: "Bundle", "The Bundle has no Patient; PID is incomplete.")
            )
        }
        return FHIRToV2Result(drafts: plan.drafts, delimiters: delimiters, issues: issues)
    }

    func plan(_ bundle: JSON) -> MessagePlan {
        var plan = MessagePlan(shared.tables, codes, ResourceGraph(bundle), settings)
        plan.build()
        return plan
    }

    /// Numbers of issues; stable across releases.
    public enum Code {
        public static let notCarried = 120
        public static let recordUnused = 121
        public static let noPatient = 122
        public static let requiredMissing = 123
        public static let characterSet = 124
        public static let notWritten = 125
    }
}

/// A message made of resources.
public struct FHIRToV2Result: Sendable {
    /// The message, segments ended by CR; empty when it could not be written, which the issues say.
    public let message: [UInt8]
    /// What was not carried, what was missing, what was assumed.
    public let issues: [Issue]

    init(drafts: [SegmentDraft], delimiters: Delimiters, issues: [Issue]) {
        var issues = issues
        var builder = MessageBuilder(
            type: MessageType(code: "ADT"), controlID: "", time: Instant(microseconds: 0), delimiters: delimiters)
        var header = drafts.first ?? SegmentDraft("MSH")
        let isASCII = drafts.allSatisfy { draft in
            draft.values.values.allSatisfy {
                if case .text(let text) = $0 { text.utf8.allSatisfy { $0 < 0x80 } } else { true }
            }
        }
        let declared = header.text(18)
        for draft in drafts.dropFirst() { builder.append(draft.builder()) }
        builder.header = header.builder()
        // ASCII text can be written under every label but those of the wide forms, which the reader refuses then.
        let fits = (isASCII || declared == Message.CharacterSet.utf8.label) && (try? Message(builder.build())) != nil
        // Sets can be named in later repetitions alone, and in MSH-20 too.
        let sets = header.values.keys.filter { $0.field == 18 || $0.field == 20 }
        if !sets.isEmpty, !fits {
            for place in sets { header.replace(place, nil) }
            issues.append(
                Issue(
                    .warning, code: FHIRToV2Converter.Code.characterSet, place: "MSH[1]-18",
                    "The message is written as UTF-8, not in the set that the original named."))
        }
        builder.header = header.builder()
        do {
            message = try builder.build()
        } catch {
            message = []
            issues.append(error.issue)
        }
        self.issues = issues
    }
}
