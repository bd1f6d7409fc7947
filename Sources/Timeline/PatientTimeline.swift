public import Clinical

/// Everything known about one patient, on two axes: when it was true and when it was known.
///
/// A read names a moment on both axes (``AsOf``) and sees exactly what had been recorded as known by then. A result
/// that is sent again under the same id supersedes its older version for reads that know of it; earlier reads still see
/// the older one. `entered-in-error` removes the result from its known time on. Nothing is forgotten but by
/// ``forget(before:)``, which says what it costs.
///
/// Series are keyed by LOINC code; a finding in another code system is kept under `system|code`.
public struct PatientTimeline: Sendable {
    struct Series: Sendable {
        /// Positions in `versions`, by effective time, then known time, then id.
        var order: [Int32] = []
        var contexts: [FindingContext] = []
        /// Findings that were true before this may have been let go of.
        var completeSince = Int64.min
    }

    private(set) var versions: [PackedFinding] = []
    /// One for each version, in the same order.
    private(set) var moments: [VersionMoment] = []
    var table: [Series] = []
    private(set) var positions: [String: UInt32] = [:]
    /// Newest version (by known time) of each id.
    private var newest: [FindingID: Int32] = [:]
    /// Latest known time of what was let go of; `.min` while everything is here.
    var forgottenKnown = Int64.min

    /// The patient's date of birth. Where a model asks for an age (LOINC 30525-0) and no finding gives one, it is the
    /// number of completed years at the moment of the read.
    public var birthDate: CivilDate?

    public init() {}

    /// Number of results: each id once, however often it was corrected, retracted ones included.
    public var findingCount: Int { newest.count }

    /// Number of versions of results, corrections and retractions included.
    public var versionCount: Int { versions.count }

    /// The keys of all series: LOINC codes, or `system|code`.
    public var seriesKeys: [String] { positions.keys.sorted() }

    /// Key of the series that a code belongs to: the bare code for LOINC, `system|code` otherwise.
    public static func seriesKey(_ code: Code) -> String {
        code.system == CodeSystem.loinc ? code.code : code.system + "|" + code.code
    }

    /// Adds a finding, in any order of time.
    ///
    /// Recording the same version again changes nothing. Of two different versions with the same id and the same known
    /// time, the one recorded last stands.
    public mutating func record(_ finding: Finding) {
        insert(finding, from: finding.known)
    }

    /// Takes in all findings of another patient's timeline (ADT^A40).
    ///
    /// - Parameter known: When the merge became known. Reads with an earlier `known` do not see the other patient's
    ///   findings here. The default lets every read see them.
    public mutating func absorb(_ other: PatientTimeline, known: Instant = .distantPast) {
        if birthDate == nil { birthDate = other.birthDate }
        forgottenKnown = max(forgottenKnown, other.forgottenKnown)
        for (version, moment) in zip(other.versions, other.moments) {
            let finding = version.finding(in: other.table[Int(version.series)].contexts[Int(version.context)])
            insert(finding, from: max(Instant(microseconds: moment.from), known))
        }
        for (key, series) in other.positions {
            guard let own = positions[key] else { continue }
            let completeSince = max(table[Int(own)].completeSince, other.table[Int(series)].completeSince)
            table[Int(own)].completeSince = completeSince
        }
    }

    /// The most recent finding among the given series, whatever its value: it may be `.missing`.
    ///
    /// Of equally recent ones the series named first, then the latest known, then the greatest id.
    public func latest(loinc: [String], asOf: AsOf) -> Finding? {
        var best: Int32?
        for key in loinc {
            guard let series = positions[key], let found = newestVisible(in: Int(series), asOf: asOf) else { continue }
            if let current = best, moments[Int(found)].effective <= moments[Int(current)].effective { continue }
            best = found
        }
        return best.map(finding(at:))
    }

    /// The findings of the given series from `from` to the moment (both included), oldest first, `.missing` ones too.
    public func series(loinc: [String], from: Instant, asOf: AsOf) -> [Finding] {
        var found: [(version: Int32, rank: Int)] = []
        for (rank, key) in loinc.enumerated() {
            guard let series = positions[key] else { continue }
            let order = table[Int(series)].order
            var index = upperBound(order, effective: asOf.effective.microseconds)
            while index > 0 {
                index -= 1
                let version = order[index]
                if moments[Int(version)].effective < from.microseconds { break }
                if moments[Int(version)].isVisible(known: asOf.known.microseconds) { found.append((version, rank)) }
            }
        }
        found.sort { left, right in
            let (a, b) = (moments[Int(left.version)].effective, moments[Int(right.version)].effective)
            if a != b { return a < b }
            // The one that `latest` would choose comes last.
            if left.rank != right.rank { return left.rank > right.rank }
            return precedes(left.version, right.version)
        }
        return found.map { finding(at: $0.version) }
    }

    // MARK: - Reading by position

    func finding(at index: Int32) -> Finding {
        let version = versions[Int(index)]
        return version.finding(in: table[Int(version.series)].contexts[Int(version.context)])
    }

    func unit(of index: Int32) -> String? {
        table[Int(versions[Int(index)].series)].contexts[Int(versions[Int(index)].context)].unit
    }

    private func newestVisible(in series: Int, asOf: AsOf) -> Int32? {
        let order = table[series].order
        var index = upperBound(order, effective: asOf.effective.microseconds)
        while index > 0 {
            index -= 1
            if moments[Int(order[index])].isVisible(known: asOf.known.microseconds) { return order[index] }
        }
        return nil
    }

    /// Number of versions of the series with an effective time up to the given one.
    func upperBound(_ order: [Int32], effective: Int64) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if moments[Int(order[middle])].effective <= effective { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Order within a series.
    private func precedes(_ left: Int32, _ right: Int32) -> Bool {
        let (a, b) = (Int(left), Int(right))
        if moments[a].effective != moments[b].effective { return moments[a].effective < moments[b].effective }
        if versions[a].known != versions[b].known { return versions[a].known < versions[b].known }
        if versions[a].id != versions[b].id { return FindingID.precedes(versions[a].id, versions[b].id) }
        return left < right
    }

    // MARK: - Writing

    private static let contextsCompared = 32

    private mutating func insert(_ finding: Finding, from: Instant) {
        let (series, context) = place(finding)
        let version = PackedFinding(finding, series: series, context: context)
        let moment = VersionMoment(version, from: from)
        let index = Int32(clamping: versions.count)

        // Most ids are new: they are looked up once.
        guard var older = newest.updateValue(index, forKey: version.id) else {
            versions.append(version)
            moments.append(moment)
            table[Int(series)].order.insert(index, at: position(of: index, in: Int(series)))
            return
        }
        // Position among the versions of the same id, newest known first.
        let head = older
        var newer: Int32 = -1
        while older >= 0, versions[Int(older)].known > version.known {
            newer = older
            older = versions[Int(older)].older
        }
        if older >= 0, versions[Int(older)].known == version.known, self.finding(at: older) == finding {
            newest[version.id] = head
            if moment.from < moments[Int(older)].from {
                moments[Int(older)].from = moment.from
                refreshVisibility(of: version.id)
            }
            return
        }
        versions.append(version)
        moments.append(moment)
        versions[Int(index)].older = older
        if newer >= 0 {
            versions[Int(newer)].older = index
            newest[version.id] = head
        }
        refreshVisibility(of: version.id)

        table[Int(series)].order.insert(index, at: position(of: index, in: Int(series)))
    }

    /// Where a version belongs in its series. Findings mostly arrive in the order of time: the end is tried first.
    private func position(of index: Int32, in series: Int) -> Int {
        let order = table[series].order
        guard let last = order.last, precedes(index, last) else { return order.count }
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(order[middle], index) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A version ends where any newer one of its id begins.
    private mutating func refreshVisibility(of id: FindingID) {
        var until = Int64.max
        var index = newest[id] ?? -1
        while index >= 0 {
            moments[Int(index)].until = until
            until = min(until, moments[Int(index)].from)
            index = versions[Int(index)].older
        }
    }

    private mutating func place(_ finding: Finding) -> (series: UInt32, context: UInt32) {
        let key = Self.seriesKey(finding.code)
        let series: UInt32
        if let known = positions[key] {
            series = known
        } else {
            series = UInt32(clamping: table.count)
            positions[key] = series
            table.append(Series())
        }
        // A series has a handful of contexts, the newest being the likeliest. The search is bounded, so that a sender
        // who never repeats one costs memory, not time.
        let count = table[Int(series)].contexts.count
        for place in (max(0, count - Self.contextsCompared)..<count).reversed()
        where table[Int(series)].contexts[place].fits(finding) {
            return (series, UInt32(clamping: place))
        }
        table[Int(series)].contexts.append(FindingContext(finding))
        return (series, UInt32(clamping: count))
    }

    // MARK: - Letting go

    func newestVersion(of id: FindingID) -> Int32? { newest[id] }

    /// The newest version of every id.
    var newestVersions: some Sequence<Int32> { newest.values }

    /// Keeps the marked versions, of each id all or none.
    mutating func keep(_ stays: [Bool]) {
        var places = Array(repeating: Int32(-1), count: versions.count)
        var kept: Int32 = 0
        for index in versions.indices where stays[index] {
            places[index] = kept
            kept += 1
        }
        for index in table.indices {
            table[index].order = table[index].order.compactMap { stays[Int($0)] ? places[Int($0)] : nil }
        }
        newest = newest.compactMapValues { stays[Int($0)] ? places[Int($0)] : nil }
        var (versions, moments): ([PackedFinding], [VersionMoment]) = ([], [])
        versions.reserveCapacity(Int(kept))
        moments.reserveCapacity(Int(kept))
        for index in self.versions.indices where stays[index] {
            var version = self.versions[index]
            if version.older >= 0 { version.older = places[Int(version.older)] }
            versions.append(version)
            moments.append(self.moments[index])
        }
        self.versions = versions
        self.moments = moments
    }
}
