internal import Clinical
internal import Normalization
internal import Store

/// What messages that came earlier say by tables that were approved since.
///
/// A late result is another version of the same finding: true when it was, known from the approval on. The version that
/// was known before stays as it was, without a value, so that every read as of an earlier moment sees what it saw then.
struct LateResults {
    /// In the order of the journal.
    private(set) var events: [ClinicalEvent] = []
    /// Items of the queue that are mapped now.
    private(set) var resolved: [UnmappedCode] = []
    /// Items that wait for another reason now.
    private(set) var restated: [UnmappedCode] = []
    /// Messages that were read again.
    private(set) var messages = 0

    private let change: TableChange
    private let known: Instant
    private let before: Normalizer
    private let after: Normalizer
    private let directory: PatientDirectory
    private var still: [Key: UnmappedCode] = [:]
    private var earlier: [Key: UnmappedCode] = [:]

    private struct Key: Hashable {
        var unit: String?
        var specimen: String?
    }

    /// - Parameters:
    ///   - known: when the change of tables was received.
    ///   - before: by the tables in use until then.
    init(_ change: TableChange, known: Instant, before: Normalizer, after: Normalizer, directory: PatientDirectory) {
        self.change = change
        self.known = known
        self.before = before
        self.after = after
        self.directory = directory
    }

    /// Reads a message of the journal again.
    mutating func read(_ entry: JournalEntry) {
        let lookup = directory.lookup(source: entry.source)
        // What could be read once can be read again; a message that cannot be is in quarantine and waits there.
        guard let old = try? before.normalize(entry.message, knownPatient: lookup, writesBundle: false),
            old.unmapped.contains(where: concerns),
            let new = try? after.normalize(entry.message, knownPatient: lookup, writesBundle: false)
        else { return }
        messages += 1
        for code in old.unmapped where concerns(code) { earlier[Key(unit: code.unit, specimen: code.specimen)] = code }
        for code in new.unmapped where concerns(code) { still[Key(unit: code.unit, specimen: code.specimen)] = code }
        var faces: Set<Face> = []
        for case .finding(let finding) in old.events { faces.insert(Face(finding)) }
        // Other values of the message name another version of the table now; they say the same and stay as they are.
        for case .finding(var finding) in new.events where concerns(finding) && !faces.contains(Face(finding)) {
            finding.known = known
            finding.origin.address.messageID = entry.id
            events.append(.finding(finding))
        }
    }

    /// To be called after the last message.
    mutating func finish() {
        for (key, code) in earlier.sorted(by: {
            ($0.key.unit ?? "", $0.key.specimen ?? "") < ($1.key.unit ?? "", $1.key.specimen ?? "")
        }) {
            if let waiting = still[key] { restated.append(waiting) } else { resolved.append(code) }
        }
    }

    /// What a finding says, apart from the row and version that say so.
    private struct Face: Hashable {
        let id: String
        let path: String
        let code: Code
        let value: Finding.Value

        init(_ finding: Finding) {
            id = finding.id
            path = finding.origin.address.path
            code = Code(system: finding.code.system, code: finding.code.code)
            value = finding.value
        }
    }

    private func concerns(_ finding: Finding) -> Bool {
        finding.origin.source == change.source && finding.origin.rawCode.system == change.code.system
            && finding.origin.rawCode.code == change.code.code
    }

    private func concerns(_ code: UnmappedCode) -> Bool {
        code.source == change.source && code.code.system == change.code.system && code.code.code == change.code.code
    }
}
