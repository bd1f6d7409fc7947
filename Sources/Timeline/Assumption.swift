public import Clinical

extension PatientTimeline {
    /// A value that was not measured, for "what if".
    public struct Assumption: Sendable, Hashable {
        /// The input that it is about; its first code and its unit are those of the value.
        public var request: FeatureRequest
        public var value: Double
        /// The answer to a coded input, such as `A` for alert, instead of the number.
        public var answer: String?

        public init(_ request: FeatureRequest, value: Double) {
            self.request = request
            self.value = value
        }

        public init(_ request: FeatureRequest, answer: String) {
            self.request = request
            self.answer = answer
            value = .nan
        }
    }

    /// This timeline as it would be had the values just been measured.
    ///
    /// They join what is there as any result would, so that everything made of them (last, mean, slope, time since) follows
    /// on the same way as in earnest.
    public func assuming(_ assumptions: [Assumption], asOf: AsOf, patient: PatientKey) -> PatientTimeline {
        var changed = self
        for (index, assumption) in assumptions.enumerated() {
            guard let code = assumption.request.loinc.first else { continue }
            let value: Finding.Value
            if let answer = assumption.answer {
                value = .text(PHI(answer))
            } else if let number = ExactDecimal(shortest: assumption.value) {
                value = .quantity(Quantity(value: number, unit: assumption.request.unit, comparator: nil))
            } else {
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
                    value: value,
                    status: .preliminary, effective: ClinicalTime(min(asOf.effective, asOf.known)), known: asOf.known,
                    origin: Finding.Origin(
                        source: "what-if", address: SourceAddress(path: "assumption"), rawCode: coding, rawValue: PHI(""),
                        rawUnit: assumption.request.unit, mapping: nil)))
        }
        return changed
    }
}
