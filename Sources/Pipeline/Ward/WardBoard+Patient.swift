internal import Annotation
internal import Clinical
internal import Inference
internal import Timeline
internal import Web

extension WardBoard {
    /// A patient in full, with what every model says now and would say had the typed values just been measured.
    func patient(id: String, assuming fields: [String: String]) async -> PatientView? {
        guard let patient = await ward.patients.values.first(where: { $0.key.resourceID == id && !$0.isDischarged }) else {
            return nil
        }
        let moment = max(clock.now, patient.newestKnown)
        let inputs = whatIf.inputs
        var assumptions: [PatientTimeline.Assumption] = []
        var unread: [String] = []
        for input in inputs {
            guard let typed = fields[input.field] else { continue }
            if let assumption = Self.assumption(input.request, typed) {
                assumptions.append(assumption)
            } else {
                unread.append(input.request.label)
            }
        }
        let values = patient.timeline.features(inputs.map(\.request), asOf: whatIf.asOf(moment))
        let asks = whatIf
        return PatientView(
            row: row(patient), clock: moment, isRecordedClock: clock.kind == .recorded,
            inputs: zip(inputs, values).map { input, value in
                view(input, value, of: patient, asks.asOf(moment), typed: fields[input.field])
            },
            models: primaryFirst(asks.models).map { model in
                let now = asks.decision(model, patient, at: moment)
                let then = assumptions.isEmpty ? nil : asks.decision(model, patient, at: moment, assuming: assumptions)
                return PatientView.Model(
                    score: ScoreView(now, isPrimary: false), hypothetical: then.map { ScoreView($0, isPrimary: false) },
                    counterfactuals: asks.counterfactuals(model, patient, at: moment, from: now).map(Self.sentence))
            },
            problem: unread.isEmpty
                ? nil : "Not a possible value, and left as measured: " + unread.joined(separator: ", ") + ".")
    }

    private func primaryFirst(_ models: [ModelPackage]) -> [ModelPackage] {
        models.filter { $0.reference.name == primary } + models.filter { $0.reference.name != primary }
    }

    /// Numbers within the plausible range; a coded input takes a short code such as `A` or `V`.
    private static func assumption(_ request: FeatureRequest, _ typed: String) -> PatientTimeline.Assumption? {
        guard request.unit != nil else { return PatientTimeline.Assumption(request, answer: typed) }
        guard let value = Double(typed.replacing(",", with: ".")), value.isFinite,
            request.plausible?.contains(value) ?? true
        else { return nil }
        return PatientTimeline.Assumption(request, value: value)
    }

    private func view(
        _ input: WhatIf.Input, _ value: FeatureValue, of patient: LivePatient, _ asOf: AsOf, typed: String?
    ) -> PatientView.Input {
        var view = PatientView.Input(
            field: input.field, label: input.request.label, value: nil, unit: input.request.unit.map(Self.unit),
            effective: value.effective, source: nil, missing: nil, assumed: typed, isNumber: input.request.unit != nil)
        switch value.content {
        case .number(let number): view.value = Self.text(number)
        case .bound(let number, let comparator): view.value = comparator.rawValue + Self.text(number)
        case .coded(let code): view.value = code.display ?? code.code
        case .missing(let reason): view.missing = Self.words(reason)
        }
        if value.finding != nil, let finding = patient.timeline.latest(loinc: input.request.loinc, asOf: asOf) {
            let origin = finding.origin
            view.source = "\(origin.source), message \(origin.address.messageID), \(origin.address.path)"
        }
        return view
    }

    private static func sentence(_ found: (changes: [WhatIf.Change], decision: Decision)) -> String {
        let changes = found.changes.map { change in
            let request = change.assumption.request
            return "\(request.label) \(text(change.from)) → \(text(change.assumption.value)) \(unit(request.unit ?? ""))"
        }
        let result = ScoreView(found.decision, isPrimary: false).chip
        return changes.joined(separator: " and ") + ": \(result.number), \(result.level)"
    }

    /// At most two decimals.
    private static func text(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "?" }
        let rounded = (value * 100).rounded() / 100
        if let whole = Int(exactly: rounded) { return String(whole) }
        return ExactDecimal(shortest: rounded)?.description ?? rounded.description
    }

    /// A UCUM code as people write it.
    private static func unit(_ code: String) -> String {
        switch code {
        case "Cel": "°C"
        case "mm[Hg]": "mmHg"
        case "10*9/L": "×10⁹/L"
        case "[pH]", "1", "{score}": ""
        case "a": "years"
        default: code
        }
    }
}
