public import Clinical

/// What is read of a CDA R2 document: the header, and the observations of every section.
///
/// Document order is kept. Section narrative (`text`) and entries other than observations are not read; they are counted
/// in ``Section/otherEntries``.
public struct CDADocument: Sendable, Hashable {
    public var id: InstanceIdentifier?
    public var code: ConceptDescriptor?
    public var title: String?
    public var templateIDs: [InstanceIdentifier]
    public var effectiveTime: CDATime?
    public var recordTargets: [RecordTarget]
    public var encompassingEncounter: EncompassingEncounter?
    public var sections: [Section]
    /// Oddities that were tolerated, and what was not read.
    public var issues: [Issue]

    public init(
        id: InstanceIdentifier?, code: ConceptDescriptor?, title: String?, templateIDs: [InstanceIdentifier],
        effectiveTime: CDATime?, recordTargets: [RecordTarget], encompassingEncounter: EncompassingEncounter?,
        sections: [Section], issues: [Issue]
    ) {
        self.id = id
        self.code = code
        self.title = title
        self.templateIDs = templateIDs
        self.effectiveTime = effectiveTime
        self.recordTargets = recordTargets
        self.encompassingEncounter = encompassingEncounter
        self.sections = sections
        self.issues = issues
    }

    /// Every observation in document order.
    public var observations: [Observation] { sections.flatMap(\.observations) }
}

extension CDADocument {
    /// `recordTarget/patientRole` with its `patient`.
    public struct RecordTarget: Sendable, Hashable {
        public var ids: [InstanceIdentifier]
        public var family: String?
        public var given: [String]
        public var birthTime: CDATime?
        /// `administrativeGenderCode`.
        public var sex: ConceptDescriptor?
        public var path: String

        public init(
            ids: [InstanceIdentifier], family: String?, given: [String], birthTime: CDATime?, sex: ConceptDescriptor?,
            path: String
        ) {
            self.ids = ids
            self.family = family
            self.given = given
            self.birthTime = birthTime
            self.sex = sex
            self.path = path
        }
    }

    /// `componentOf/encompassingEncounter`.
    public struct EncompassingEncounter: Sendable, Hashable {
        public var ids: [InstanceIdentifier]
        public var code: ConceptDescriptor?
        public var effectiveTime: CDAInterval?
        /// Name of the place (`location/healthCareFacility/location/name`).
        public var location: String?
        public var path: String

        public init(
            ids: [InstanceIdentifier], code: ConceptDescriptor?, effectiveTime: CDAInterval?, location: String?,
            path: String
        ) {
            self.ids = ids
            self.code = code
            self.effectiveTime = effectiveTime
            self.location = location
            self.path = path
        }
    }

    public struct Section: Sendable, Hashable {
        /// What a section is, as far as this project reads sections.
        public enum Kind: Sendable, Hashable {
            case vitalSigns, results, other
        }

        public var templateIDs: [InstanceIdentifier]
        public var code: ConceptDescriptor?
        public var title: String?
        public var path: String
        public var observations: [Observation]
        /// Number of entries without an observation, by the name of their first element (`substanceAdministration`).
        public var otherEntries: [String: Int]

        public init(
            templateIDs: [InstanceIdentifier], code: ConceptDescriptor?, title: String?, path: String,
            observations: [Observation] = [], otherEntries: [String: Int] = [:]
        ) {
            self.templateIDs = templateIDs
            self.code = code
            self.title = title
            self.path = path
            self.observations = observations
            self.otherEntries = otherEntries
        }

        /// By template (C-CDA R2.1 sections 2.4 and 2.3, entries optional and required) or LOINC section code.
        public var kind: Kind {
            for template in templateIDs {
                switch template.root {
                case "2.16.840.1.113883.10.20.22.2.4", "2.16.840.1.113883.10.20.22.2.4.1": return .vitalSigns
                case "2.16.840.1.113883.10.20.22.2.3", "2.16.840.1.113883.10.20.22.2.3.1": return .results
                default: continue
                }
            }
            switch code?.code {
            case "8716-3": return .vitalSigns
            case "30954-2": return .results
            default: return .other
            }
        }
    }

    /// The organizer around an observation: a set of vital signs, a laboratory panel.
    public struct Organizer: Sendable, Hashable {
        public var templateIDs: [InstanceIdentifier]
        public var ids: [InstanceIdentifier]
        public var code: ConceptDescriptor?
        public var statusCode: String?
        public var effectiveTime: CDAInterval?
        /// Code of the specimen, where one is given.
        public var specimen: ConceptDescriptor?

        public init(
            templateIDs: [InstanceIdentifier], ids: [InstanceIdentifier], code: ConceptDescriptor?, statusCode: String?,
            effectiveTime: CDAInterval?, specimen: ConceptDescriptor?
        ) {
            self.templateIDs = templateIDs
            self.ids = ids
            self.code = code
            self.statusCode = statusCode
            self.effectiveTime = effectiveTime
            self.specimen = specimen
        }
    }

    public struct Observation: Sendable, Hashable {
        public var templateIDs: [InstanceIdentifier]
        public var ids: [InstanceIdentifier]
        /// `EVN` happened; `INT`, `GOL`, `RQO`, … did not.
        public var moodCode: String?
        public var negated: Bool
        public var nullFlavor: String?
        public var code: ConceptDescriptor?
        public var statusCode: String?
        public var effectiveTime: CDAInterval?
        /// The first `value`.
        public var value: CDAValue?
        /// Number of `value` elements; more than one is allowed by the schema and rare.
        public var valueCount: Int
        public var interpretations: [ConceptDescriptor]
        public var method: ConceptDescriptor?
        public var specimen: ConceptDescriptor?
        public var organizer: Organizer?
        /// XPath with positions, from the root.
        public var path: String
        public var line: Int

        public init(
            templateIDs: [InstanceIdentifier], ids: [InstanceIdentifier], moodCode: String?, negated: Bool,
            nullFlavor: String?, code: ConceptDescriptor?, statusCode: String?, effectiveTime: CDAInterval?,
            value: CDAValue?, valueCount: Int, interpretations: [ConceptDescriptor], method: ConceptDescriptor?,
            specimen: ConceptDescriptor?, organizer: Organizer?, path: String, line: Int
        ) {
            self.templateIDs = templateIDs
            self.ids = ids
            self.moodCode = moodCode
            self.negated = negated
            self.nullFlavor = nullFlavor
            self.code = code
            self.statusCode = statusCode
            self.effectiveTime = effectiveTime
            self.value = value
            self.valueCount = valueCount
            self.interpretations = interpretations
            self.method = method
            self.specimen = specimen
            self.organizer = organizer
            self.path = path
            self.line = line
        }
    }
}
