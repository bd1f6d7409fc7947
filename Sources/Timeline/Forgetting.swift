public import Clinical

/// Findings that leave memory. The store keeps them; what a timeline can answer without them, and when it has to be read
/// again, is known here.
extension PatientTimeline {
    /// Lets go of findings that were true before a moment, which may differ from series to series.
    ///
    /// Reads as of now and later see no difference in a window that begins at or after the series' moment. Of each series the
    /// newest finding stays, and the newest one with a value, whatever their age, so that a stale value keeps its time. Of a
    /// result that was corrected all versions stay, or none.
    ///
    /// - Parameter cutoff: the moment by the key of the series.
    /// - Returns: how many versions were let go.
    @discardableResult
    public mutating func forget(before cutoff: (String) -> Instant) -> Int {
        var stays = Array(repeating: false, count: versions.count)
        var cutoffs: [Int: Int64] = [:]
        for (key, series) in positions {
            let since = cutoff(key).microseconds
            cutoffs[Int(series)] = since
            mark(&stays, series: Int(series), since: since)
        }
        keepChains(&stays)
        guard let first = stays.firstIndex(of: false) else { return 0 }
        for index in versions.indices[first...] where !stays[index] {
            let series = Int(versions[index].series)
            table[series].completeSince = max(table[series].completeSince, cutoffs[series] ?? .min)
            forgottenKnown = max(forgottenKnown, versions[index].known)
        }
        let before = versions.count
        keep(stays)
        return before - versions.count
    }

    /// Whether a finding can only be taken in with all that was ever recorded: it is about a time or a result that was let go
    /// of, or it was learned before something that was.
    public func needsWhole(for finding: Finding) -> Bool {
        guard forgottenKnown > .min else { return false }
        if finding.known.microseconds < forgottenKnown { return true }
        if let series = positions[Self.seriesKey(finding.code)],
            finding.effective.instant.microseconds < table[Int(series)].completeSince
        {
            return true
        }
        var index = newestVersion(of: FindingID(finding.id)) ?? -1
        while index >= 0 {
            let version = versions[Int(index)]
            if version.effective < table[Int(version.series)].completeSince { return true }
            index = version.older
        }
        return false
    }

    /// Whether something was let go of.
    public var isWhole: Bool { forgottenKnown == .min }

    private func mark(_ stays: inout [Bool], series: Int, since: Int64) {
        let order = table[series].order
        var index = order.count
        while index > 0, moments[Int(order[index - 1])].effective >= since {
            index -= 1
            stays[Int(order[index])] = true
        }
        var isNewest = true
        while index > 0 {
            index -= 1
            let moment = moments[Int(order[index])]
            // The version that stands now, and for all that is known will stand.
            guard moment.until == .max, !moment.isRetracted else { continue }
            if isNewest || !moment.isMissing { stays[Int(order[index])] = true }
            isNewest = false
            if !moment.isMissing { break }
        }
    }

    private func keepChains(_ stays: inout [Bool]) {
        for head in newestVersions {
            var (index, isKept) = (head, false)
            while index >= 0, !isKept {
                isKept = stays[Int(index)]
                index = versions[Int(index)].older
            }
            guard isKept else { continue }
            index = head
            while index >= 0 {
                stays[Int(index)] = true
                index = versions[Int(index)].older
            }
        }
    }
}
