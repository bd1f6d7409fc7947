import Clinical
import FHIR
import Testing

/// Views read what http://hl7.org/fhir/R4 defines and leave the rest of the resource as it came.
@Suite struct TypedViewTests {
    @Test func patient() throws {
        let patient = try #require(Patient(Samples.patient))
        #expect(patient.id == "p1")
        #expect(patient.active == true)
        #expect(patient.identifiers.first?.system == "urn:oid:1.2.36.146.595.217.0.1")
        #expect(patient.identifiers.first?.value == "12345")
        #expect(patient.names.first?.family == "Chalmers")
        #expect(patient.names.first?.given == ["Peter", "James"])
        #expect(patient.gender == "male")
        #expect(patient.birthDate == "1974-12-25")
        #expect(patient.isDeceased == false)
        #expect(Patient(["deceasedDateTime": "2026"]).isDeceased == true)
        #expect(Patient(["resourceType": "Patient"]).isDeceased == nil)
    }

    @Test func encounter() throws {
        let encounter = try #require(Encounter(Samples.encounter))
        #expect(encounter.status == "in-progress")
        #expect(encounter.class?.code == "IMP")
        #expect(encounter.subject?.reference == Samples.patientURL)
        #expect(encounter.period?.start == "2026-01-05T07:00:00+01:00")
        #expect(encounter.locations.first?.location?.display == "Ward 4, bed 2")
        #expect(encounter.locations.first?.status == "active")
    }

    @Test func observationWithComponents() throws {
        let observation = try #require(Observation(Samples.bloodPressure))
        #expect(observation.status == "final")
        #expect(observation.code?.coding(system: CodeSystem.loinc)?.code == "85354-9")
        #expect(observation.code?.text == "Blood pressure")
        #expect(observation.categories.first?.codings.first?.code == "vital-signs")
        #expect(observation.effective == "2026-01-05T08:00:00+01:00")
        #expect(observation.value == nil)
        #expect(observation.components.count == 2)
        guard case .quantity(let quantity)? = observation.components.first?.value else {
            Testing.Issue.record("the systolic pressure has no quantity")
            return
        }
        #expect(quantity.value == ExactDecimal(107) && quantity.unit == "mmHg" && quantity.code == "mm[Hg]")
        #expect(quantity.system == CodeSystem.ucum && quantity.comparator == nil)
        #expect(observation.components.last?.value == nil)
        #expect(observation.components.last?.dataAbsentReason?.codings.first?.code == "not-performed")
    }

    @Test(arguments: [
        (#"{"valueQuantity":{"value":7.40,"comparator":"<"}}"#, "valueQuantity"),
        (#"{"valueCodeableConcept":{"text":"alert"}}"#, "valueCodeableConcept"),
        (#"{"valueString":"x"}"#, "valueString"), (#"{"valueBoolean":false}"#, "valueBoolean"),
        (#"{"valueInteger":3}"#, "valueInteger"),
        (#"{"valueDateTime":"2026"}"#, "valueDateTime"), (#"{"valuePeriod":{"start":"2026"}}"#, "valuePeriod"),
        (#"{"valueRange":{"low":{"value":1}}}"#, "valueRange"),
        (#"{"valueRatio":{}}"#, "valueRatio"), (#"{"valueTime":"08:00:00"}"#, "valueTime"),
        (#"{"valueSampledData":{}}"#, "valueSampledData"),
    ])
    func everyKindOfValue(_ text: String, _ element: String) throws {
        let observation = try #require(Observation(try JSON(parsing: text)))
        #expect(observation.value?.element == element)
    }

    @Test func effectiveOfEveryKind() {
        #expect(Observation(["effectiveInstant": "2026-01-05T08:00:00Z"]).effective == "2026-01-05T08:00:00Z")
        #expect(Observation(["effectivePeriod": ["start": "2026-01-05", "end": "2026-01-06"]]).effective == "2026-01-05")
        #expect(Observation(["effectivePeriod": ["end": "2026-01-06"]]).effective == "2026-01-06")
        #expect(Observation(["effectiveTiming": [:]]).effective == nil)
    }

    @Test func changingOneElementKeepsTheUnknown() throws {
        let text =
            #"{"resourceType":"Observation","_status":{"id":"x"},"status":"final","x-own":{"deep":[1.00,null]},"code":{"text":"t","extension":[{"url":"u"}]}}"#
        var observation = try #require(Observation(try JSON(parsing: text)))
        #expect(JSON(observation).description == text)
        observation.status = "amended"
        var code = try #require(observation.code)
        code.add(Coding(system: CodeSystem.loinc, code: "8867-4"))
        code.add(Coding(system: CodeSystem.loinc, code: "8867-4", display: "the same again"))
        observation.code = code
        #expect(
            JSON(observation).description
                == #"{"resourceType":"Observation","_status":{"id":"x"},"status":"amended","x-own":{"deep":[1.00,null]},"code":{"text":"t","extension":[{"url":"u"}],"coding":[{"system":"http://loinc.org","code":"8867-4"}]}}"#
        )
        observation.interpretations = []
        observation.code = nil
        #expect(observation.code == nil && observation.json["interpretation"] == nil)
    }

    @Test func wrongShapesReadAsAbsent() throws {
        let patient = try #require(
            Patient(
                try JSON(parsing: #"{"identifier":{"value":"1"},"name":["x",{"family":"y"}],"gender":1,"active":"true"}"#)))
        #expect(patient.identifiers.isEmpty && patient.gender == nil && patient.active == nil)
        #expect(patient.names.map(\.family) == ["y"])
        #expect(Patient(JSON.string("x")) == nil && Patient(nil) == nil)
    }

    @Test func buildsAnObservation() throws {
        var observation = Observation(
            id: "o2", status: "final",
            code: CodeableConcept(Coding(system: CodeSystem.loinc, code: "8867-4", display: "Heart rate")))
        observation.subject = Reference("Patient/p1")
        observation.effectivePeriod = Period(start: try FHIRDateTime.read("2026-01-05T08:00:00Z"))
        observation.json.append(
            "valueQuantity", FHIRQuantity(value: ExactDecimal("72.0"), unit: "/min", system: CodeSystem.ucum, code: "/min"))
        #expect(
            JSON(observation).description
                == #"{"resourceType":"Observation","id":"o2","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},"subject":{"reference":"Patient/p1"},"effectivePeriod":{"start":"2026-01-05T08:00:00Z"},"valueQuantity":{"value":72.0,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}"#
        )
        #expect(ResourceChecks.check(JSON(observation)).isEmpty)
    }

    @Test func bundleEntriesAndReferences() throws {
        let bundle = try #require(Bundle(Samples.bundle))
        #expect(bundle.type == "transaction" && bundle.timestamp == "2026-01-05T08:00:01.250Z")
        #expect(bundle.entries.count == 3 && bundle.resources.count == 3)
        #expect(bundle.entries.first?.request?.method == "PUT")
        #expect(bundle.resources(ofType: "Observation").count == 1)
        #expect(bundle.resolve(Samples.patientURL)?.resourceType == "Patient")
        #expect(bundle.resolve("Patient/p1") == Samples.patient)
        #expect(bundle.resolve("http://example.org/fhir/Encounter/e1") == Samples.encounter)
        #expect(bundle.resolve("http://example.org/fhir/Encounter/e1/_history/3") == Samples.encounter)
        #expect(bundle.resolve("Encounter/e1/_history/3") == Samples.encounter)
        #expect(bundle.resolve("http://other.example.org/fhir/Encounter/e1") == nil)
        #expect(bundle.resolve("Patient/p2") == nil && bundle.resolve("") == nil && bundle.resolve("#x") == nil)
    }

    @Test func bundleGrowsInOrder() {
        var bundle = Bundle(type: "collection", id: "b")
        for number in 1...3 { bundle.append(.init(fullUrl: "urn:x:\(number)", resource: ["resourceType": "Basic"])) }
        #expect(bundle.entries.map(\.fullUrl) == ["urn:x:1", "urn:x:2", "urn:x:3"])
    }

    @Test func linkToTheNextPage() throws {
        let bundle = try #require(
            Bundle(try JSON(parsing: #"{"link":[{"relation":"self","url":"a"},{"relation":"next","url":"b"}]}"#)))
        #expect(bundle.link("next") == "b" && bundle.link("previous") == nil)
    }

    @Test func referenceTargets() {
        #expect(Reference("Patient/123").target.map { [$0.type, $0.id] } == ["Patient", "123"])
        #expect(
            Reference("http://x.org/fhir/Patient/123/_history/2").target.map { [$0.type, $0.id] } == ["Patient", "123"])
        for text in ["urn:uuid:1", "#x", "Patient", "patient/1", "Patient/", "Patient/a_b", "/", ""] {
            #expect(Reference(text).target == nil)
        }
    }

    @Test func namesAndIdentifiers() {
        let name = HumanName(family: "Chalmers", given: ["Peter", ""], prefix: [], use: "official")
        #expect(JSON(name).description == #"{"use":"official","family":"Chalmers","given":["Peter"]}"#)
        let identifier = Identifier(
            system: "urn:oid:1.2", value: "9",
            type: CodeableConcept(Coding(system: "http://terminology.hl7.org/CodeSystem/v2-0203", code: "MR")))
        #expect(identifier.type?.codings.first?.code == "MR")
    }
}
