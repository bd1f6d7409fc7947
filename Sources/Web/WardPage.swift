import Annotation
import Clinical
import Mustache

/// Renders the ward page and its rows.
///
/// Values go into the templates as dictionaries in which every key of a level is present: a template looks for an
/// absent key on the level above.
struct WardPage: Sendable {
    private let templates: MustacheLibrary
    private let zone: ZoneRule

    init(zone: ZoneRule = .fixed(minutes: 0)) throws {
        self.zone = zone
        MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
        var templates = MustacheLibrary()
        try templates.register(String(decoding: PackageResources.ward_mustache, as: UTF8.self), named: "ward")
        try templates.register(String(decoding: PackageResources.row_mustache, as: UTF8.self), named: "row")
        try templates.register(String(decoding: PackageResources.patient_mustache, as: UTF8.self), named: "patient")
        self.templates = templates
    }

    /// The whole page.
    func document(_ snapshot: WardSnapshot, lastEventID: String) -> String {
        let rows = snapshot.patients.map { (key: RowOrder.key($0), row: $0) }.sorted { $0.key < $1.key }.map(\.row)
        let widest = rows.max { $0.vitals.count < $1.vitals.count }
        let primary = rows.lazy.compactMap(\.primaryScore).first?.title ?? "Score"
        let wards: [[String: Any]] = snapshot.wards.map { name in
            ["wardName": name, "wardQuery": Self.queryValue(name), "isCurrent": name == snapshot.ward]
        }
        let time = clockTime
        let context: [String: Any] = [
            "title": snapshot.title, "hasWards": snapshot.wards.count > 1, "wards": wards, "allWards": snapshot.ward == nil,
            "ward": snapshot.ward ?? "", "hasWard": snapshot.ward != nil, "eventID": lastEventID,
            "clock": String(snapshot.clock.microseconds / 1000), "clockISO": snapshot.clock.description,
            "clockText": time.long(snapshot.clock), "offset": String(time.offset(at: snapshot.clock)),
            "recorded": snapshot.isRecordedClock, "messages": String(snapshot.counters.messages),
            "quarantined": String(snapshot.counters.quarantined), "unmapped": String(snapshot.counters.unmapped),
            "count": String(rows.count), "countIsOne": rows.count == 1, "primary": primary,
            "columns": (widest?.vitals ?? []).map { ["short": $0.shortLabel, "long": $0.label] as [String: Any] },
            "isEmpty": rows.isEmpty, "rows": rows.map { values($0, clock: snapshot.clock) },
        ]
        return templates.render(context, withTemplate: "ward") ?? ""
    }

    /// One row, as it stands in the page.
    func row(_ row: WardRow, clock: Instant) -> String {
        templates.render(values(row, clock: clock), withTemplate: "row") ?? ""
    }

    /// A patient's own page.
    func patient(_ patient: PatientView) -> String {
        let time = clockTime
        let isHypothetical = patient.inputs.contains { $0.assumed != nil }
        let context: [String: Any] = [
            "id": patient.row.id, "name": patient.row.name?.exposed ?? "Name not known", "bed": patient.row.bed ?? "–",
            "recordNumber": patient.row.recordNumber?.exposed ?? "",
            "age": patient.row.age.map { "\($0) y" } ?? "", "wardText": patient.row.ward ?? "",
            "clockText": time.long(patient.clock), "clockISO": patient.clock.description,
            "recorded": patient.isRecordedClock, "isHypothetical": isHypothetical, "problem": patient.problem ?? "",
            "hasProblem": patient.problem != nil,
            "models": patient.models.map { model in
                [
                    "now": values(model.score), "then": model.hypothetical.map { values($0) } ?? [:],
                    "hasThen": model.hypothetical != nil, "isProbability": model.score.interval != nil,
                    "title": model.score.title,
                    "number": model.score.chip.number, "level": model.score.chip.level,
                    "allReasons": (model.hypothetical ?? model.score).reasons.map { reason($0) },
                    "allNotes": (model.hypothetical ?? model.score).notes,
                    "counterfactuals": model.counterfactuals, "hasCounterfactuals": !model.counterfactuals.isEmpty,
                ] as [String: Any]
            },
            "inputs": patient.inputs.map { input in
                [
                    "field": input.field, "inputLabel": input.label, "inputValue": input.value ?? "",
                    "hasInputValue": input.value != nil, "inputUnit": input.unit ?? "", "inputMissing": input.missing ?? "",
                    "inputAge": input.effective.map { ClockText.age(of: $0, at: patient.clock) } ?? "",
                    "inputISO": input.effective?.description ?? "", "hasInputTime": input.effective != nil,
                    "inputSource": input.source ?? "", "assumed": input.assumed ?? "", "isAssumed": input.assumed != nil,
                    "isNumber": input.isNumber,
                ] as [String: Any]
            },
        ]
        return templates.render(context, withTemplate: "patient") ?? ""
    }

    private var clockTime: ClockText { ClockText(zone: zone) }

    private func values(_ row: WardRow, clock: Instant) -> [String: Any] {
        let primary = row.primaryScore
        let others = row.scores.filter { $0.name != primary?.name }
        return [
            "id": row.id, "sort": RowOrder.key(row), "name": row.name?.exposed ?? "Name not known",
            "hasName": row.name != nil, "bed": row.bed ?? "–", "wardText": row.ward ?? "", "hasWardText": row.ward != nil,
            "age": row.age.map { "\($0) y" } ?? row.birthYear.map { "born \($0)" } ?? "",
            "sexShort": Self.sex(row.sex).short, "sexLong": Self.sex(row.sex).long,
            "hasSex": !Self.sex(row.sex).short.isEmpty,
            "recordNumber": row.recordNumber?.exposed ?? "",
            "hasRecordNumber": row.recordNumber != nil,
            "score": primary.map { [values($0)] } ?? [], "hasScore": primary != nil,
            "vitals": row.vitals.map { values($0, clock: clock) },
            "others": others.map { other(_: $0) }, "hasOthers": !others.isEmpty,
        ]
    }

    private static func sex(_ sex: PatientRecord.Sex?) -> (short: String, long: String) {
        switch sex {
        case .female: ("F", "female")
        case .male: ("M", "male")
        case .other: ("X", "other sex")
        case .unknown, nil: ("", "")
        }
    }

    private func values(_ score: ScoreView) -> [String: Any] {
        let chip = ShapeDrawing(score.chip)
        let more = score.reasons.dropFirst(3)
        return [
            "scoreTitle": score.title, "chipLabel": score.chip.accessibleLabel, "number": score.chip.number,
            "shape": chip.path, "shapeClass": chip.cssClass, "textY": chip.textY, "sizeClass": chip.sizeClass,
            "level": score.chip.low == nil ? "no score" : score.chip.level,
            "levelPrefix": score.chip.isIncomplete && score.chip.low != nil ? "up to " : "",
            "previous": score.previous.map { [previous($0, trend: score.trend)] } ?? [],
            "topReasons": score.reasons.prefix(3).map { reason($0) }, "hasReasons": !score.reasons.isEmpty,
            "moreReasons": more.map { reason($0) },
            "hasMore": !more.isEmpty || !score.notes.isEmpty || !score.action.isEmpty || !score.missing.isEmpty,
            "moreText": more.isEmpty ? "more" : "\(more.count) more",
            "hasMissing": !score.missing.isEmpty, "missingCount": String(score.missing.count),
            "missingShort": Self.missingText(score.missing, limit: 2), "missingAll": Self.missingText(score.missing),
            "interval": score.interval ?? "", "hasInterval": score.interval != nil,
            "unavailable": score.unavailable ?? "", "isUnavailable": score.unavailable != nil,
            "notes": score.notes, "action": score.action, "hasAction": !score.action.isEmpty,
            "asOf": clockTime.short(score.asOf, relativeTo: nil),
        ]
    }

    /// Labels by reason, so that a reason is written once: `not measured: Temperature, Consciousness`.
    private static func missingText(_ missing: [ScoreView.MissingInput], limit: Int? = nil) -> String {
        let shown = limit.map { missing.count > $0 + 1 ? $0 : missing.count } ?? missing.count
        var order: [String] = []
        var labels: [String: [String]] = [:]
        for input in missing.prefix(shown) {
            if labels[input.reason] == nil { order.append(input.reason) }
            labels[input.reason, default: []].append(input.label)
        }
        let text = order.map { $0 + ": " + (labels[$0] ?? []).joined(separator: ", ") }.joined(separator: "; ")
        return missing.count > shown ? text + " and \(missing.count - shown) more" : text
    }

    private func reason(_ reason: ScoreView.ReasonView) -> [String: Any] {
        ["points": reason.points, "reasonText": reason.text.isEmpty ? reason.label : reason.text]
    }

    private func previous(_ previous: ScoreView.Previous, trend: ScoreView.Trend?) -> [String: Any] {
        let (arrow, words) =
            switch trend {
            case .rising: ("▲", "rising")
            case .falling: ("▼", "falling")
            case .steady, nil: ("•", "")
            }
        return [
            "arrow": arrow, "trendWords": words, "trendClass": trend?.rawValue ?? "steady",
            "previousNumber": previous.chip.number, "previousWhen": clockTime.short(previous.when, relativeTo: nil),
            "previousISO": previous.when.description,
        ]
    }

    private func other(_ score: ScoreView) -> [String: Any] {
        let chip = ShapeDrawing(score.chip)
        return [
            "otherTitle": score.title, "otherNumber": score.chip.number, "otherShape": chip.path,
            "otherClass": chip.cssClass, "otherLabel": score.chip.accessibleLabel,
        ]
    }

    private func values(_ vital: VitalView, clock: Instant) -> [String: Any] {
        let drawing = Sparkline(points: vital.points, band: vital.band, end: clock)
        let contribution = vital.contribution ?? 0
        return [
            "vitalName": vital.name, "vitalLabel": vital.label, "vitalShort": vital.shortLabel,
            "hasValue": vital.valueText != nil, "value": vital.valueText ?? "", "unit": vital.unit ?? "",
            "hasUnit": !(vital.unit ?? "").isEmpty, "stale": vital.isStale,
            "hasTime": vital.effective != nil, "timeISO": vital.effective?.description ?? "",
            "timeMillis": vital.effective.map { String($0.microseconds / 1000) } ?? "",
            "age": vital.effective.map { ClockText.age(of: $0, at: clock) } ?? "",
            "hasPoints": contribution > 0, "points": "+\(contribution)",
            "pointsClass": "add\(min(max(contribution, 0), 3))",
            "hasLine": drawing != nil, "line": drawing?.svg ?? "", "lineWords": drawing?.words ?? "",
            "missingVital": vital.missing ?? "not measured",
        ]
    }

    /// For a query string: everything but letters, digits, `-`, `.`, `_` percent-encoded (RFC 3986 section 2.3).
    private static func queryValue(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
