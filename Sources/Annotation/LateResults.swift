public import Clinical
internal import FHIR

/// Results that a decision rests on and that could not be used when they came: their code or unit had no mapping yet.
extension Decision {
    /// The inputs with such results, each result once.
    private var lateInputs: [(input: FeatureValue, mapping: LateMapping)] {
        var seen: Set<String> = []
        return inputs.compactMap { input in
            guard let mapping = input.late, seen.insert(input.finding ?? input.name).inserted else { return nil }
            return (input, mapping)
        }
    }

    /// A sentence each, for notes: why the result is known only since a later time than it came, and since when.
    public var lateNotes: [String] {
        lateInputs.map { input, mapping in
            var text = "Late result: \(label(ofInput: input.name))"
            if let effective = input.effective { text += " of \(effective)" }
            text += " came at \(mapping.received) under the code \(mapping.code), which had no mapping"
            if let known = input.known { text += "; known since \(known)" }
            text += " by row \(mapping.row.prefix(8)) of \(mapping.table)"
            if let reviewer = mapping.reviewer {
                text += ", approved by \(reviewer.split(separator: "|").joined(separator: " and "))"
            }
            return text + "."
        }
    }

    static let lateResult = "urn:headwall:late-result"

    /// The same for programs: an extension for each late result.
    var lateExtensions: [JSON] {
        lateInputs.map { input, mapping in
            var parts: [JSON] = [["url": "input", "valueString": .string(input.name)]]
            if let finding = input.finding {
                parts.append(["url": "result", "valueReference": ["reference": .string("Observation/" + finding)]])
            }
            for (name, time) in [("effective", input.effective), ("received", mapping.received), ("known", input.known)] {
                if let time { parts.append(["url": .string(name), "valueDateTime": .string(time.description)]) }
            }
            parts.append(["url": "code", "valueString": .string(mapping.code)])
            parts.append(["url": "mapping", "valueString": .string(mapping.table + "#" + mapping.row)])
            if let reviewer = mapping.reviewer {
                parts.append(["url": "approvedBy", "valueString": .string(reviewer)])
            }
            return ["url": .string(Self.lateResult), "extension": .array(parts)]
        }
    }
}
