internal import Clinical
internal import FHIR

/// Writes the FHIR resources of hospital B and of the polled EHR: LOINC codes, SI units.
struct FHIRFeed: Sendable {
    let assigner: String

    static let hospitalB = FHIRFeed(assigner: "urn:oid:2.16.840.1.113883.3.9999.2")
    static let polled = FHIRFeed(assigner: "urn:oid:2.16.840.1.113883.3.9999.4")

    func patient(_ patient: SimulatedPatient, updated: Instant) -> JSON {
        [
            "resourceType": "Patient", "id": .string(Self.id(patient)),
            "meta": ["lastUpdated": .string(updated.description)],
            "identifier": [
                [
                    "type": ["coding": [["system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"]]],
                    "system": .string(assigner), "value": .string(patient.medicalRecordNumber),
                ]
            ],
            "name": [["family": .string(patient.family), "given": [.string(patient.given)]]],
            "gender": patient.sex == "F" ? "female" : "male", "birthDate": .string(patient.birth.description),
        ]
    }

    func encounter(_ patient: SimulatedPatient, since: Instant, updated: Instant) -> JSON {
        [
            "resourceType": "Encounter", "id": .string("enc-" + Self.id(patient)),
            "meta": ["lastUpdated": .string(updated.description)], "status": "in-progress",
            "class": ["system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"],
            "subject": reference(patient), "period": ["start": .string(since.description)],
            "location": [place(patient.ward, "wa"), place(patient.bed, "bd")],
        ]
    }

    /// A location with its kind from http://terminology.hl7.org/CodeSystem/location-physical-type.
    private func place(_ name: String, _ kind: String) -> JSON {
        let system = "http://terminology.hl7.org/CodeSystem/location-physical-type"
        return [
            "location": ["display": .string(name)],
            "physicalType": ["coding": [["system": .string(system), "code": .string(kind)]]],
        ]
    }

    /// Vital signs as the FHIR vital-signs profile has them: blood pressure is one panel with two components.
    func vitals(_ patient: SimulatedPatient, at time: Instant) -> [JSON] {
        let vitals = patient.physiology.vitals
        let plain: [(String, String, String, String)] = [
            ("8867-4", "Heart rate", "\(vitals.heartRate)", "/min"),
            ("9279-1", "Respiratory rate", "\(vitals.respiratoryRate)", "/min"),
            ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "\(vitals.oxygenSaturation)", "%"),
            ("8310-5", "Body temperature", HL7Feed.tenths(vitals.temperatureTenths), "Cel"),
            ("3151-8", "Inhaled oxygen flow rate", "\(vitals.oxygenFlow)", "L/min"),
        ]
        var resources = plain.map { observation(patient, $0.0, $0.1, ["valueQuantity": quantity($0.2, $0.3)], at: time) }
        let parts: [(String, String, Int)] = [
            ("8480-6", "Systolic blood pressure", vitals.systolic),
            ("8462-4", "Diastolic blood pressure", vitals.diastolic),
        ]
        let components = parts.map { part -> JSON in
            ["code": concept(part.0, part.1), "valueQuantity": quantity("\(part.2)", "mm[Hg]")]
        }
        resources.append(
            observation(
                patient, "85354-9", "Blood pressure panel with all children optional", ["component": .array(components)],
                at: time))
        let answer = HL7Feed.consciousness(vitals.consciousness).split(separator: "^").map(String.init)
        let coded: JSON = [
            "coding": [["system": "http://snomed.info/sct", "code": .string(answer[0]), "display": .string(answer[1])]]
        ]
        resources.append(
            observation(patient, "80288-4", "Level of consciousness", ["valueCodeableConcept": coded], at: time))
        return resources
    }

    func laboratory(_ patient: SimulatedPatient, _ values: Physiology.Laboratory, at time: Instant) -> [JSON] {
        let results: [(String, String, Double, Int, String)] = [
            ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", values.creatinine * 88.42, 0, "umol/L"),
            ("2524-7", "Lactate [Moles/volume] in Serum or Plasma", values.lactate, 1, "mmol/L"),
            ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", values.leucocytes, 1, "10*9/L"),
            ("718-7", "Hemoglobin [Mass/volume] in Blood", values.haemoglobin * 10, 0, "g/L"),
            ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", values.potassium, 1, "mmol/L"),
        ]
        return results.map { result in
            let number = Self.fixed(result.2, digits: result.3)
            return observation(patient, result.0, result.1, ["valueQuantity": quantity(number, result.4)], at: time)
        }
    }

    func bundle(_ resources: [JSON], at time: Instant) -> [UInt8] {
        let bundle: JSON = [
            "resourceType": "Bundle", "type": "collection", "timestamp": .string(time.description),
            "entry": .array(
                resources.map { resource in
                    let path = "\(resource["resourceType"]?.stringValue ?? "")/\(resource["id"]?.stringValue ?? "")"
                    return ["fullUrl": .string("https://hospital-b.example/fhir/" + path), "resource": resource]
                }),
        ]
        return bundle.write()
    }

    private func observation(
        _ patient: SimulatedPatient, _ code: String, _ display: String, _ value: JSONObject, at time: Instant
    ) -> JSON {
        var resource: JSONObject = [
            "resourceType": "Observation",
            "id": .string("\(Self.id(patient))-\(code)-\(time.microseconds / 1_000_000)"),
            "meta": ["lastUpdated": .string(time.adding(seconds: 40).description)], "status": "final",
            "code": concept(code, display), "subject": reference(patient), "effectiveDateTime": .string(time.description),
        ]
        for key in value.keys { resource[key] = value[key] }
        return .object(resource)
    }

    private func concept(_ code: String, _ display: String) -> JSON {
        ["coding": [["system": "http://loinc.org", "code": .string(code), "display": .string(display)]]]
    }

    private func quantity(_ value: String, _ unit: String) -> JSON {
        let number = ExactDecimal(value).map { JSON.number(JSONNumber($0)) } ?? .null
        return ["value": number, "unit": .string(unit), "system": "http://unitsofmeasure.org", "code": .string(unit)]
    }

    private func reference(_ patient: SimulatedPatient) -> JSON {
        ["reference": .string("Patient/" + Self.id(patient))]
    }

    static func id(_ patient: SimulatedPatient) -> String {
        "p" + patient.medicalRecordNumber.lowercased()
    }

    /// A number with a fixed count of digits after the point, rounded half away from zero.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return ExactDecimal(coefficient: Int128(Int((value * scale).rounded())), scale: digits).description
    }
}
