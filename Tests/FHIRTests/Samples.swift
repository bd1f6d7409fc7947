import FHIR

/// A bundle in the shapes of the FHIR R4 examples (http://hl7.org/fhir/R4/observation-example-bloodpressure.json.html).
enum Samples {
    static let patientURL = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"

    static let patient: JSON = [
        "resourceType": "Patient", "id": "p1", "active": true,
        "identifier": [["use": "usual", "system": "urn:oid:1.2.36.146.595.217.0.1", "value": "12345"]],
        "name": [["use": "official", "family": "Chalmers", "given": ["Peter", "James"]]], "gender": "male",
        "birthDate": "1974-12-25",
        "_birthDate": ["extension": [["url": "http://example.org/time", "valueString": "14:35"]]],
        "contact": [
            [
                "name": [
                    "family": "du Marché",
                    "_family": ["extension": [["url": "http://example.org/own", "valueString": "VV"]]],
                ]
            ]
        ],
        "deceasedBoolean": false,
    ]

    static let encounter: JSON = [
        "resourceType": "Encounter", "id": "e1", "status": "in-progress",
        "class": ["system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"],
        "subject": ["reference": .string(patientURL)], "period": ["start": "2026-01-05T07:00:00+01:00"],
        "location": [["location": ["display": "Ward 4, bed 2"], "status": "active"]],
    ]

    static let bloodPressure: JSON = [
        "resourceType": "Observation", "id": "o1", "status": "final",
        "category": [
            ["coding": [["system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"]]]
        ],
        "code": ["coding": [["system": "http://loinc.org", "code": "85354-9"]], "text": "Blood pressure"],
        "subject": ["reference": .string(patientURL)], "encounter": ["reference": "Encounter/e1"],
        "effectiveDateTime": "2026-01-05T08:00:00+01:00",
        "component": [
            [
                "code": ["coding": [["system": "http://loinc.org", "code": "8480-6"]]],
                "valueQuantity": ["value": 107, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"],
            ],
            [
                "code": ["coding": [["system": "http://loinc.org", "code": "8462-4"]]],
                "dataAbsentReason": [
                    "coding": [
                        ["system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"]
                    ]
                ],
            ],
        ],
    ]

    static let bundle: JSON = [
        "resourceType": "Bundle", "type": "transaction", "timestamp": "2026-01-05T08:00:01.250Z",
        "entry": [
            ["fullUrl": .string(patientURL), "resource": patient, "request": ["method": "PUT", "url": "Patient/p1"]],
            [
                "fullUrl": "http://example.org/fhir/Encounter/e1", "resource": encounter,
                "request": ["method": "PUT", "url": "Encounter/e1"],
            ],
            [
                "fullUrl": "http://example.org/fhir/Observation/o1", "resource": bloodPressure,
                "request": ["method": "PUT", "url": "Observation/o1"],
            ],
        ],
    ]
}
