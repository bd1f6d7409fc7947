import Clinical
import FHIR
import Normalization
import Testing

@Suite("FHIR input")
struct FHIRInputTests {
    private let patient = """
        {"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2026-01-05T08:00:00Z"},
         "identifier":[{"system":"urn:x:ssn","value":"S"},
           {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},
            "system":"urn:oid:1.2.3","value":"M-1"}],
         "name":[{"family":"Ek","given":["Åsa"]}],"gender":"female","birthDate":"1950-07-01"}
        """

    private func observation(_ more: String, code: String = "8867-4", subject: String = "Patient/p1", id: String = "o1")
        -> String
    {
        """
        {"resourceType":"Observation","id":"\(id)","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"\(code)"}]},
         "subject":{"reference":"\(subject)"},"effectiveDateTime":"2026-01-05T08:00:00+01:00"\(more)}
        """
    }

    private let heartRate =
        #","valueQuantity":{"value":88,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}"#

    private func bundle(_ resources: String..., type: String = "collection", base: String = "https://b.example/fhir/")
        -> String
    {
        let entries = resources.map { resource -> String in
            let json = try? JSON(parsing: resource)
            let target = (json?["resourceType"]?.stringValue ?? "") + "/" + (json?["id"]?.stringValue ?? "")
            return "{\"fullUrl\":\"\(base)\(target)\",\"resource\":\(resource)}"
        }
        return """
            {"resourceType":"Bundle","type":"\(type)","timestamp":"2026-01-05T08:05:00Z","entry":[\(entries.joined(separator: ","))]}
            """
    }

    private let key = PatientKey(system: "urn:oid:1.2.3", value: "M-1")

    @Test func bundleGivesPatientAndFindings() throws {
        let message = try Bench().fhir(bundle(patient, observation(heartRate)))
        #expect(message.faults == [])
        #expect(message.messageType == "Bundle")
        #expect(message.sent?.description == "2026-01-05T08:05:00Z")
        #expect(message.patients.first?.key == key)
        #expect(message.patients.first?.name?.exposed == "Ek, Åsa")
        let finding = try #require(message.findings.first)
        #expect(finding.patient == key)
        #expect(finding.number == "88 /min")
        #expect(finding.origin.address.path == "/entry/1/resource")
        #expect(finding.origin.rawValue.exposed == "88")
        let resource = try #require(message.resources("Observation").first)
        #expect(resource["subject"]?["reference"]?.stringValue == "Patient/" + key.resourceID)
        // Nothing changed, so there is nothing to keep beside it.
        #expect(resource["valueQuantity"]?["extension"] == nil)
        #expect(message.resources("Patient").first?["meta"] == nil)
    }

    @Test func subjectsResolveByURLRelativeReferenceIdentifierAndContained() throws {
        let bench = try Bench()
        func subject(_ json: String) throws -> String? { try bench.fhir(json).findings.first?.patient.value.exposed }
        #expect(try subject(bundle(patient, observation(heartRate, subject: "https://b.example/fhir/Patient/p1"))) == "M-1")
        let urn = """
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"fullUrl":"urn:uuid:0b2b9f1e-7ed4-4a53-9c38-0c1d9bd4a001","resource":\(patient)},
             {"resource":\(observation(heartRate, subject: "urn:uuid:0b2b9f1e-7ed4-4a53-9c38-0c1d9bd4a001"))}]}
            """
        #expect(try subject(urn) == "M-1")
        let logical = observation(heartRate).replacing(
            #""reference":"Patient/p1""#, with: #""identifier":{"system":"urn:oid:9","value":"L"}"#)
        #expect(try subject(logical) == "L")
        let contained = observation(heartRate + #","contained":[\#(patient)]"#, subject: "#p1")
        #expect(try subject(contained) == "M-1")
    }

    @Test func unresolvedSubjectIsAnErrorUnlessKnownFromBefore() throws {
        let bench = try Bench()
        let alone = try bench.fhir(observation(heartRate))
        #expect(alone.findings.isEmpty && alone.resources("Observation").isEmpty)
        #expect(alone.issues.contains { $0.severity == .error && $0.code == 1410 && $0.place == "/subject" })
        // Another server's Patient of the same id is not this one.
        let foreign = try bench.fhir(
            bundle(patient, observation(heartRate, subject: "https://other.example/fhir/Patient/p1")))
        #expect(foreign.findings.isEmpty)

        let earlier = try bench.fhir(patient).serverPatients
        #expect(earlier == ["Patient/p1": key])
        let input = InboundMessage(
            source: "lab", format: .fhir, bytes: Array(observation(heartRate).utf8), received: received)
        let later = try bench.normalizer.normalize(input) { earlier[$0] }
        #expect(later.findings.first?.patient == key)
    }

    @Test func componentsAreFindingsOfTheirOwn() throws {
        let part = { (code: String, value: Int) in
            #"{"code":{"coding":[{"system":"http://loinc.org","code":"\#(code)"}]},"valueQuantity":{"value":\#(value),"#
                + #""system":"http://unitsofmeasure.org","code":"mm[Hg]"}}"#
        }
        let panel = observation(",\"component\":[\(part("8480-6", 120)),\(part("8462-4", 70))]", code: "85354-9")
        let message = try Bench().fhir(bundle(patient, panel))
        #expect(message.findings.map(\.code.code) == ["8480-6", "8462-4"])
        #expect(message.findings.map(\.number) == ["120 mm[Hg]", "70 mm[Hg]"])
        #expect(
            message.findings.map(\.origin.address.path) == [
                "/entry/1/resource/component/0", "/entry/1/resource/component/1",
            ])
        #expect(Set(message.findings.map(\.id)).count == 2)
        #expect(message.resources("Observation").count == 1)
        #expect(message.faults == [])
    }

    @Test func localCodeGetsLOINCBesideItAndTheConvertedValue() throws {
        let local = observation(#","valueQuantity":{"value":0.010,"unit":"g/L"}"#)
            .replacing(
                #"{"system":"http://loinc.org","code":"8867-4"}"#,
                with: #"{"system":"urn:headwall:codes:lab","code":"CREA"}"#)
        let message = try Bench().fhir(bundle(patient, local))
        #expect(message.findings.first?.number == "1.000 mg/dL")
        let resource = try #require(message.resources("Observation").first)
        #expect(resource["code"]?["coding"]?[0]?["code"]?.stringValue == "CREA")
        #expect(resource["code"]?["coding"]?[1]?["code"]?.stringValue == "2160-0")
        let raw = resource["valueQuantity"]?["extension"]?[0]?["valueQuantity"]
        #expect(raw?["value"]?.numberValue?.literal == "0.010" && raw?["unit"]?.stringValue == "g/L")
        #expect(message.faults == [])
    }

    @Test(arguments: [
        ("entered-in-error", Finding.Status.enteredInError), ("amended", .corrected), ("corrected", .corrected),
        ("preliminary", .preliminary), ("final", .final), ("nonsense", .preliminary),
    ])
    func status(code: String, expected: Finding.Status) throws {
        let json = observation(heartRate).replacing("\"final\"", with: "\"\(code)\"")
        let message = try Bench().fhir(bundle(patient, json))
        #expect(message.findings.first?.status == expected)
        #expect(message.faults == [])
        #expect(message.has(103, at: "/entry/1/resource/status") == (code == "nonsense"))
    }

    @Test func correctionHasTheSameID() throws {
        let bench = try Bench()
        let first = try bench.fhir(bundle(patient, observation(heartRate)))
        let later = try bench.fhir(
            bundle(
                patient, observation(heartRate.replacing("88", with: "98")).replacing("\"final\"", with: "\"corrected\"")))
        #expect(first.findings.first?.id == later.findings.first?.id)
    }

    @Test func idsOfUnstoredResourcesDoNotJoinDifferentResults() throws {
        // In a transaction the id of a new resource is only local to it (http://hl7.org/fhir/R4/http.html#trules).
        let bench = try Bench()
        func id(_ time: String) throws -> String? {
            let json = observation(heartRate).replacing("08:00:00", with: time)
            return try bench.fhir(
                """
                {"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:a","resource":\(patient)},
                {"fullUrl":"urn:uuid:b","resource":\(json),"request":{"method":"POST","url":"Observation"}}]}
                """
            ).findings.first?.id
        }
        #expect(try id("08:00:00") != id("09:00:00"))
        #expect(try id("08:00:00") == id("08:00:00"))
    }

    @Test func absentAndCodedAndTextValues() throws {
        let bench = try Bench()
        func value(_ more: String) throws -> Finding.Value? {
            let message = try bench.fhir(bundle(patient, observation(more)))
            #expect(message.faults == [])
            return message.findings.first?.value
        }
        let reason = #"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"error"}]}"#
        #expect(try value(#","dataAbsentReason":\#(reason)"#) == .missing(.noValue))
        let coded = #","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"1"}]}"#
        #expect(try value(coded) == .coded(Code(system: CodeSystem.snomed, code: "1")))
        #expect(try value(#","valueString":"clear""#) == .text(PHI("clear")))
        #expect(try value(#","valueBoolean":true"#) == .text(PHI("true")))
        #expect(
            try value(#","valueSampledData":{"origin":{"value":0},"period":10,"dimensions":1,"data":"1 2"}"#)
                == .missing(.notUsable))
    }

    @Test func timesOfEveryKind() throws {
        let bench = try Bench()
        func time(_ json: String) throws -> String? {
            let text = observation(heartRate).replacing(#""effectiveDateTime":"2026-01-05T08:00:00+01:00""#, with: json)
            return try bench.fhir(bundle(patient, text)).findings.first?.effective.description
        }
        #expect(
            try time(#""effectivePeriod":{"start":"2026-01-05T07:00:00Z","end":"2026-01-05T08:00:00Z"}"#)
                == "2026-01-05T08:00:00Z")
        #expect(try time(#""effectiveInstant":"2026-01-05T07:00:00.5Z""#) == "2026-01-05T07:00:00.5Z")
        #expect(try time(#""issued":"2026-01-05T07:30:00Z""#) == "2026-01-05T07:30:00Z")
        #expect(try time(#""language":"en""#) == "2026-01-05T08:05:00Z")
        // No offset, against the rule: the zone of the source.
        #expect(try time(#""effectiveDateTime":"2026-01-05T08:00:00""#) == "2026-01-05T08:00:00+01:00")
        #expect {
            try time(#""effectiveDateTime":"9999-13-99""#)
        } throws: { error in
            guard let error = error as? NormalizationError else { return false }
            return error.code == 102 && error.place == "/entry/1/resource/effectiveDateTime"
        }
    }

    @Test func encounterAndItsReferences() throws {
        let encounter = """
            {"resourceType":"Encounter","id":"e1","status":"arrived","class":{"system":"x","code":"IMP"},
             "subject":{"reference":"Patient/p1"},"period":{"start":"2026-01-04T10:00:00Z"},
             "location":[{"status":"completed","location":{"display":"ICU"}},{"location":{"display":"Ward 5"}}]}
            """
        let linked = observation(
            heartRate + #","encounter":{"reference":"Encounter/e1"},"performer":[{"reference":"Practitioner/9"}]"#)
        let message = try Bench().fhir(bundle(patient, encounter, linked))
        let record = try #require(message.encounters.first)
        #expect(record.ward == "Ward 5" && record.status == .inProgress)
        #expect(record.start?.description == "2026-01-04T10:00:00Z")
        let resource = try #require(message.resources("Observation").first)
        #expect(resource["encounter"]?["reference"]?.stringValue == "Encounter/" + record.id)
        #expect(resource["performer"]?[0]?["reference"]?.stringValue == "Practitioner/9")
    }

    @Test func replacedPatientIsAMerge() throws {
        let old =
            #"{"resourceType":"Patient","id":"p0","identifier":[{"system":"urn:oid:1.2.3","value":"M-0"}],"#
            + #""active":false,"link":[{"other":{"reference":"Patient/p1"},"type":"replaced-by"}]}"#
        let message = try Bench().fhir(bundle(patient, old))
        let retired = PatientKey(system: "urn:oid:1.2.3", value: "M-0")
        #expect(message.events.contains(.merge(retired: retired, surviving: key, known: received)))
        let links = message.resources("Patient").last?["link"]?[0]?["other"]?["reference"]?.stringValue
        #expect(links == "Patient/" + key.resourceID)
    }

    @Test func otherResourcesAreReported() throws {
        let condition = #"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p1"}}"#
        let message = try Bench().fhir(bundle(patient, condition))
        #expect(message.issues.contains { $0.code == 1403 && $0.place == "Condition" && $0.severity == .information })
        let single = try Bench().fhir(condition)
        #expect(single.events.isEmpty && single.has(1403, at: "Condition"))
    }

    @Test func malformedInputNamesThePlace() throws {
        let bench = try Bench()
        #expect { try bench.fhir("[1]") } throws: { ($0 as? NormalizationError)?.place == "/resourceType" }
        #expect { try bench.fhir(#"{"resourceType":"no type"}"#) } throws: { ($0 as? NormalizationError)?.code == 200 }
        #expect { try bench.fhir(#"{"resourceType":"Bundle","entry":7}"#) } throws: {
            ($0 as? NormalizationError)?.place == "/entry"
        }
        #expect { try bench.fhir(#"{"a":1,"a":2}"#) } throws: {
            ($0 as? NormalizationError)?.code == FHIRError.Code.duplicateKey
        }
    }
}
