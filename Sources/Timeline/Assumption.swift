public import Clinical

extension PatientTimeline {
    /// A value that was not measured, for "what if".
    public struct Assumption: Sendable, Hashable {
        /// The input that it is about; its first code and its unit are those of the value.
        public var request: FeatureRequest
        public var value: Double

        public init(_ request: FeatureRequest, value: Double) {
            self.request = request
            self.value = value
        }
    }

    /// This timeline as it would be had the values just been measured.
    ///
    /// They join what is there as any result would, so that everything made of them (last, mean, slope, time since) follows
    /// on the same way as in earnest.
    public func assuming(_ assumptions: [Assumption], asOf: AsOf, patient: PatientKey) -> PatientTimeline {
        var changed = self
        for (index, assumption) in assumptions.enumerated() {
            guard let code = assumption.request.loinc.first, let value = ExactDecimal(shortest: assumption.value) else {
                continue
            }
            let parts = code.split(separator: "|", maxSplits: 1)
            let coding =
                parts.count == 2
                ? Code(system: String(parts[0]), code: String(parts[1])) : Code(system: CodeSystem.loinc, code: code)
            changed.record(
                Finding(
                    // Greater than any id made of hexadecimal digits: of equally recent values this one counts.
                    id: "what-if-\(index)", patient: patient, code: coding,
                    value: .quantity(Quantity(value: value, unit: assumption.request.unit, comparator: nil)),
                    status: .preliminary, effective: ClinicalTime(min(asOf.effective, asOf.known)), known: asOf.known,
                    origin: Finding.Origin(
                        source: "what-if", address: SourceAddress(path: "assumption"), rawCode: coding, rawValue: PHI(""),
                        rawUnit: assumption.request.unit, mapping: nil)))
        }
        return changed
    }
}
