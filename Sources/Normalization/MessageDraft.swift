import Clinical
import FHIR

/// A normalised message in the making: what the readers of each format write into.
struct MessageDraft {
    let tables: NormalizationTables
    let translator: any CodeTranslator
    let profile: SourceProfile
    let received: Instant
    /// Whether anybody reads the FHIR resources.
    let writesBundle: Bool

    var messageType = ""
    var controlID: String?
    var sent: ClinicalTime?
    /// Offset that the message declares for all its times (HL7 v2.5.1 section 2.15.9.7, MSH-7).
    var messageZone: ZoneRule?
    var issues: [Issue] = []
    var events: [ClinicalEvent] = []
    var unmapped: [UnmappedCode] = []
    /// Patients by their id on the sender's FHIR server, from earlier messages and from this one.
    var knownPatient: (@Sendable (String) -> PatientKey?)?
    var serverPatients: [String: PatientKey] = [:]
    private(set) var entries: [JSON] = []
    private(set) var targets: [JSON] = []

    /// Parts that are kept only in the journal, by name in the order of their first occurrence.
    private var unconverted: [(part: Part, count: Int)] = []
    private var unconvertedIndex: [Part: Int] = [:]
    private var localTimes: (count: Int, place: String, zoneKnown: Bool)?
    private var lastLocalTime: (raw: ClinicalTime, local: ClinicalTime)?
    private var usedKeys: [String: Int] = [:]
    /// Where the entry of a `Type/id` stands.
    private var positions: [String: Int] = [:]
    /// Retired and surviving patient of every merge so far.
    var merges: Set<[PatientKey]> = []
    /// Namespaces without a URI that have been reported.
    var reportedAssigners: Set<String> = []

    init(
        tables: NormalizationTables, translator: any CodeTranslator, profile: SourceProfile, received: Instant,
        writesBundle: Bool
    ) {
        self.tables = tables
        self.translator = translator
        self.profile = profile
        self.received = received
        self.writesBundle = writesBundle
    }

    mutating func note(_ severity: Issue.Severity, _ code: Int, _ place: String, _ text: String) {
        issues.append(Issue(severity, code: code, place: place, text))
    }

    // MARK: - What is not converted

    /// Counts a part of the message that is kept only in the journal.
    mutating func countUnconverted(_ name: String, _ count: Int = 1, isWhole: Bool = true) {
        guard count > 0 else { return }
        let part = Part(name: name, isWhole: isWhole)
        if let index = unconvertedIndex[part] {
            unconverted[index].count += count
        } else {
            unconvertedIndex[part] = unconverted.count
            unconverted.append((part, count))
        }
    }

    private struct Part: Hashable {
        let name: String
        /// A whole segment or resource, or some fields of one.
        let isWhole: Bool
    }

    // MARK: - Times

    /// A time with the message's or the source's zone where it states no offset.
    mutating func localised(_ time: ClinicalTime, at place: @autoclosure () -> String) -> ClinicalTime {
        guard time.offsetOrigin == .absent, time.precision > .day else { return time }
        let zone = messageZone ?? profile.zone
        if localTimes == nil {
            localTimes = (1, place(), zone != nil)
        } else {
            localTimes?.count += 1
        }
        guard let zone else { return time }
        // Results of one message mostly share one time, and finding the offset of a named zone is costly.
        if let last = lastLocalTime, last.raw == time { return last.local }
        let local = time.applying(zone: zone)
        lastLocalTime = (time, local)
        return local
    }

    // MARK: - Identifiers

    /// A logical id from parts; the second and later use of the same parts in this message get their number added.
    mutating func identifier(_ parts: [String]) -> String {
        let base = ContentDigest.identifier(parts)
        let count = usedKeys[base, default: 0] + 1
        usedKeys[base] = count
        return count == 1 ? base : ContentDigest.identifier(parts + ["repeated", String(count)])
    }

    // MARK: - Resources

    /// Keeps a place for a resource that is complete only after those that follow it.
    mutating func reservePlace() -> Int {
        guard writesBundle else { return 0 }
        entries.append(.null)
        targets.append(.null)
        return entries.count - 1
    }

    /// Adds a resource with its `PUT`, at the end or at a place from ``reservePlace()``.
    ///
    /// A message may speak twice of one patient or visit, a Bundle may hold each once (bdl-7): what is said later
    /// replaces what was said before, element by element.
    mutating func add(_ resource: JSONObject, type: String, id: String, at place: Int? = nil) {
        guard writesBundle else { return }
        let target = type + "/" + id
        if let position = positions[target] { return update(position, with: resource) }
        let request: JSON = .object(["method": "PUT", "url": .string(target)])
        var entry = JSONObject(minimumCapacity: 3)
        entry["fullUrl"] = .string(Canonical.base + "/" + target)
        entry["resource"] = .object(resource)
        entry["request"] = request
        let reference: JSON = .object(["reference": .string(target)])
        if let place, entries.indices.contains(place) {
            positions[target] = place
            entries[place] = .object(entry)
            targets[place] = reference
        } else {
            positions[target] = entries.count
            entries.append(.object(entry))
            targets.append(reference)
        }
    }

    private mutating func update(_ position: Int, with resource: JSONObject) {
        for (key, value) in resource {
            if key == "link", let links = entries[position]["resource"]?["link"]?.arrayValue {
                let known = Set(links)
                let added = (value.arrayValue ?? []).filter { !known.contains($0) }
                entries[position]["resource"]?["link"] = .array(links + added)
            } else {
                entries[position]["resource"]?[key] = value
            }
        }
    }

    /// The finished message.
    ///
    /// - Parameters:
    ///   - agent: who sent it, in the sender's words.
    ///   - digest: of the message bytes, for messages without a control id.
    mutating func finish(agent: String?, digest: @autoclosure () -> ContentDigest) -> NormalizedMessage {
        if let localTimes {
            let several = localTimes.count == 1 ? "One time has" : "\(localTimes.count) times have"
            if localTimes.zoneKnown {
                note(
                    .information, IssueCode.zoneApplied, localTimes.place,
                    "\(several) no offset; the zone of the message or of the source was applied.")
            } else {
                note(
                    .warning, IssueCode.zoneApplied, localTimes.place,
                    "\(several) no offset and the source has no configured zone; read as UTC. Configure the zone.")
            }
        }
        for (part, count) in unconverted {
            let text =
                part.isWhole
                ? "\(part.name) preserved only in the journal (\(count))."
                : "\(count) fields of \(part.name) preserved only in the journal."
            note(.information, IssueCode.notConverted, part.name, text)
        }
        return NormalizedMessage(
            messageType: messageType, controlID: controlID, sent: sent,
            bundle: writesBundle ? bundle(agent: agent, control: controlID ?? digest().hex) : nil, events: events,
            unmapped: unmapped, issues: issues, serverPatients: serverPatients)
    }

    private mutating func bundle(agent: String?, control: String) -> JSON {
        // Places of resources that turned out to be there already.
        entries.removeAll(where: \.isNull)
        targets.removeAll(where: \.isNull)
        if !targets.isEmpty { addProvenance(agent: agent, control: control) }
        var bundle = JSONObject(resourceType: "Bundle", id: ContentDigest.identifier("Bundle", profile.name, control))
        bundle["type"] = "transaction"
        if let sent, let instant = Self.instantText(sent) { bundle["timestamp"] = .string(instant) }
        bundle.append("entry", entries)
        return .object(bundle)
    }

    /// One Provenance for the whole message (http://hl7.org/fhir/R4/provenance.html).
    private mutating func addProvenance(agent: String?, control: String) {
        let id = ContentDigest.identifier("Provenance", profile.name, control)
        var resource = JSONObject(resourceType: "Provenance", id: id)
        resource.append("target", targets)
        resource["recorded"] = .string(sent.flatMap(Self.instantText) ?? received.description)
        let source: JSON = ["system": .string(Canonical.source), "value": .string(Canonical.encoded(profile.name))]
        resource["agent"] = [["who": JSON(present: ["identifier": source, "display": agent.map { .string($0) }])]]
        let message: JSON = ["system": .string(Canonical.message), "value": .string(control)]
        resource["entity"] = [["role": "source", "what": ["identifier": message]]]
        add(resource, type: "Provenance", id: id)
    }

    /// FHIR `instant`; `nil` for times without seconds or a stated offset.
    private static func instantText(_ time: ClinicalTime) -> String? {
        time.precision >= .second && time.offsetOrigin != .absent ? time.description : nil
    }
}

extension JSONObject {
    /// A FHIR `dateTime`: a local time without a known offset becomes a date, and stands beside it in an extension.
    mutating func appendTime(_ key: String, _ time: ClinicalTime?) {
        guard let time else { return }
        guard time.offsetOrigin == .absent, time.precision > .day else {
            self[key] = .string(time.description)
            return
        }
        self[key] = .string(time.date.description)
        let local: JSON = ["url": .string(Canonical.localTime), "valueString": .string(time.description)]
        self["_" + key] = ["extension": [local]]
    }

    /// A FHIR `date`.
    mutating func appendDate(_ key: String, _ time: ClinicalTime?) {
        guard let time else { return }
        self[key] = .string(time.precision > .day ? time.date.description : time.description)
    }
}
