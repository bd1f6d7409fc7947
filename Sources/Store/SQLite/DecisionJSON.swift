import Clinical
import FHIR

/// A decision as JSON, in the layout that its `Codable` conformance has.
///
/// Written byte by byte because a decision is stored with every message, and `JSONEncoder` takes a hundred times as
/// long. Numbers that JSON does not know are written as texts (`"nan"`, `"inf"`, `"-inf"`).
enum DecisionJSON {
    static func write(_ decision: Decision) -> [UInt8] {
        var json = JSONBytes()
        json.object { json in
            json.member("id", decision.id)
            json.member("model") { json in
                json.object { json in
                    json.member("name", decision.model.name)
                    json.member("version", decision.model.version)
                    json.member("digest", decision.model.digest)
                    json.member("title", decision.model.title)
                }
            }
            json.member("patient") { json in
                json.object { json in
                    json.member("system", decision.patient.system)
                    json.member("value", decision.patient.value.exposed)
                }
            }
            json.member("asOf") { json in
                json.object { json in
                    json.member("effective", decision.asOf.effective.microseconds)
                    json.member("known", decision.asOf.known.microseconds)
                }
            }
            json.member("scale") { scale(decision.scale, &$0) }
            json.member("result") { result(decision.result, &$0) }
            json.member("level") { level(decision.level, &$0) }
            json.member("reasons") { json in json.array(decision.reasons) { reason($0, &$1) } }
            json.member("inputs") { json in json.array(decision.inputs) { input($0, &$1) } }
            json.member("notes") { json in json.array(decision.notes) { $1.value($0) } }
        }
        return json.bytes
    }

    private static func scale(_ scale: Decision.Scale, _ json: inout JSONBytes) {
        switch scale {
        case .points(let minimum, let maximum):
            json.choice("points") { json in
                json.member("minimum", minimum)
                json.member("maximum", maximum)
            }
        case .index: json.choice("index") { _ in }
        case .probability: json.choice("probability") { _ in }
        }
    }

    private static func result(_ result: Decision.Result, _ json: inout JSONBytes) {
        switch result {
        case .estimate(let estimate):
            json.choice("estimate") { json in
                json.member("_0") { json in
                    json.object { json in
                        if let value = estimate.value { json.member("value", value) }
                        json.member("low", estimate.low)
                        json.member("high", estimate.high)
                    }
                }
            }
        case .insufficient(let sentence): json.choice("insufficient") { $0.member("_0", sentence) }
        }
    }

    private static func level(_ level: RiskLevel, _ json: inout JSONBytes) {
        json.object { json in
            json.member("rank", Int64(level.rank))
            json.member("name", level.name)
            json.member("colour", level.colour.rawValue)
            json.member("shape", level.shape.rawValue)
            json.member("action", level.action)
        }
    }

    private static func reason(_ reason: Reason, _ json: inout JSONBytes) {
        json.object { json in
            json.member("name", reason.name)
            json.member("label", reason.label)
            json.member("inputs") { json in json.array(reason.inputs) { $1.value($0) } }
            json.member("low", reason.low)
            json.member("high", reason.high)
            json.member("text", reason.text)
            json.member("band", reason.band)
        }
    }

    private static func input(_ input: FeatureValue, _ json: inout JSONBytes) {
        json.object { json in
            json.member("name", input.name)
            json.member("content") { json in
                switch input.content {
                case .number(let number): json.choice("number") { $0.member("_0", number) }
                case .bound(let number, let comparator):
                    json.choice("bound") { json in
                        json.member("_0", number)
                        json.member("_1", comparator.rawValue)
                    }
                case .coded(let code):
                    json.choice("coded") { json in
                        json.member("_0") { json in
                            json.object { json in
                                json.member("system", code.system)
                                json.member("code", code.code)
                                if let display = code.display { json.member("display", display) }
                            }
                        }
                    }
                case .missing(let reason): json.choice("missing") { $0.member("_0", reason.rawValue) }
                }
            }
            if let unit = input.unit { json.member("unit", unit) }
            if let loinc = input.loinc { json.member("loinc", loinc) }
            if let effective = input.effective { json.member("effective", effective.microseconds) }
            if let known = input.known { json.member("known", known.microseconds) }
            if let finding = input.finding { json.member("finding", finding) }
        }
    }
}

// MARK: - Reading

extension DecisionJSON {
    static func read(_ bytes: [UInt8]) throws -> Decision {
        do {
            let json = try JSON(parsing: bytes)
            let model = try member(json, "model")
            let patient = try member(json, "patient")
            return Decision(
                id: try text(json, "id"),
                model: ModelReference(
                    name: try text(model, "name"), version: try text(model, "version"), digest: try text(model, "digest"),
                    title: try text(model, "title")),
                patient: PatientKey(system: try text(patient, "system"), value: try text(patient, "value")),
                asOf: AsOf(
                    effective: try instant(try member(json, "asOf"), "effective"),
                    known: try instant(try member(json, "asOf"), "known")),
                scale: try scale(try member(json, "scale")), result: try result(try member(json, "result")),
                level: try level(try member(json, "level")), reasons: try array(json, "reasons").map(reason),
                inputs: try array(json, "inputs").map(input), notes: try array(json, "notes").map(text))
        } catch {
            // Whatever the cause says, it may quote the row.
            throw unreadable
        }
    }

    private static func scale(_ json: JSON) throws -> Decision.Scale {
        if let points = json["points"] {
            return .points(minimum: try number(points, "minimum"), maximum: try number(points, "maximum"))
        }
        if json["index"] != nil { return .index }
        if json["probability"] != nil { return .probability }
        throw unreadable
    }

    private static func result(_ json: JSON) throws -> Decision.Result {
        if let estimate = json["estimate"]?["_0"] {
            return .estimate(
                Decision.Estimate(
                    value: try estimate["value"].map { try number($0) }, low: try number(estimate, "low"),
                    high: try number(estimate, "high")))
        }
        return .insufficient(try text(try member(json, "insufficient"), "_0"))
    }

    private static func level(_ json: JSON) throws -> RiskLevel {
        guard let colour = RiskLevel.Colour(rawValue: try text(json, "colour")),
            let shape = RiskLevel.Shape(rawValue: try text(json, "shape")),
            let rank = json["rank"]?.integerValue
        else { throw unreadable }
        return RiskLevel(
            rank: rank, name: try text(json, "name"), colour: colour, shape: shape, action: try text(json, "action"))
    }

    private static func reason(_ json: JSON) throws -> Reason {
        Reason(
            name: try text(json, "name"), label: try text(json, "label"), inputs: try array(json, "inputs").map(text),
            low: try number(json, "low"), high: try number(json, "high"), text: try text(json, "text"),
            band: try text(json, "band"))
    }

    private static func input(_ json: JSON) throws -> FeatureValue {
        FeatureValue(
            name: try text(json, "name"), content: try content(try member(json, "content")),
            unit: json["unit"]?.stringValue, loinc: json["loinc"]?.stringValue,
            effective: json["effective"] == nil ? nil : try instant(json, "effective"),
            known: json["known"] == nil ? nil : try instant(json, "known"), finding: json["finding"]?.stringValue)
    }

    private static func content(_ json: JSON) throws -> FeatureValue.Content {
        if let value = json["number"] { return .number(try number(value, "_0")) }
        if let bound = json["bound"] {
            guard let comparator = Quantity.Comparator(rawValue: try text(bound, "_1")) else { throw unreadable }
            return .bound(try number(bound, "_0"), comparator)
        }
        if let code = json["coded"]?["_0"] {
            return .coded(
                Code(
                    system: try text(code, "system"), code: try text(code, "code"), display: code["display"]?.stringValue))
        }
        guard let reason = MissingReason(rawValue: try text(try member(json, "missing"), "_0")) else { throw unreadable }
        return .missing(reason)
    }

    private static func member(_ json: JSON, _ key: String) throws -> JSON {
        guard let value = json[key] else { throw unreadable }
        return value
    }

    private static func text(_ json: JSON) throws -> String {
        guard let text = json.stringValue else { throw unreadable }
        return text
    }

    private static func text(_ json: JSON, _ key: String) throws -> String {
        try text(try member(json, key))
    }

    private static func array(_ json: JSON, _ key: String) throws -> [JSON] {
        guard let array = try member(json, key).arrayValue else { throw unreadable }
        return array
    }

    private static func number(_ json: JSON) throws -> Double {
        // Swift reads "nan" and "inf", too, which is how they were written.
        guard let value = Double(json.numberValue?.literal ?? json.stringValue ?? "") else { throw unreadable }
        return value
    }

    private static func number(_ json: JSON, _ key: String) throws -> Double {
        try number(try member(json, key))
    }

    private static func instant(_ json: JSON, _ key: String) throws -> Instant {
        guard let literal = json[key]?.numberValue?.literal, let microseconds = Int64(literal) else { throw unreadable }
        return Instant(microseconds: microseconds)
    }

    private static var unreadable: StoreError { StoreError(.unreadableRow, operation: "decision.read") }
}
