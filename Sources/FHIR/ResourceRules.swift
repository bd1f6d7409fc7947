/// The elements of each checked resource: those that FHIR R4 requires, those with a required binding, and those whose
/// shape this project relies on (the definition page of each resource, http://hl7.org/fhir/R4/resourcelist.html).
enum ResourceRules {
    static func rules(for resourceType: String) -> [ElementRule]? {
        table[resourceType]
    }

    /// Elements of every resource with a narrative.
    static let common: [ElementRule] = [
        .one("id", .id),
        .one(
            "meta",
            .group([
                .one("versionId", .id), .one("lastUpdated", .instant), .many("profile", .uri),
                .many("security", .coding), .many("tag", .coding), .one("source", .uri),
            ])),
        .one("implicitRules", .uri), .one("language", .code),
        .one(
            "text",
            .group([
                .required("status", .bound("narrative-status", ["generated", "extensions", "additional", "empty"])),
                .required("div", .string),
            ])),
        .many("contained", .object), .many("extension", .group([.required("url", .uri)])),
        .many("modifierExtension", .group([.required("url", .uri)])),
    ]

    private static let gender = ElementRule.Kind.bound("administrative-gender", ["male", "female", "other", "unknown"])
    private static let observationStatus = ElementRule.Kind.bound(
        "observation-status",
        ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"])
    private static let encounterStatus = ElementRule.Kind.bound(
        "encounter-status",
        [
            "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error",
            "unknown",
        ])
    private static let observationValues = [
        "Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio", "SampledData", "Time",
        "DateTime", "Period",
    ]

    private static let table: [String: [ElementRule]] = [
        "Patient": patient, "Encounter": encounter, "Observation": observation, "Bundle": bundle,
        "DiagnosticReport": diagnosticReport, "ServiceRequest": serviceRequest, "Specimen": specimen,
        "Provenance": provenance, "RiskAssessment": riskAssessment, "MessageHeader": messageHeader,
        "Practitioner": practitioner, "Organization": organization, "Location": location, "Device": device,
        "OperationOutcome": operationOutcome,
    ]

    private static let patient: [ElementRule] = [
        .many("identifier", .identifier), .one("active", .boolean), .many("name", .humanName),
        .many("telecom", .contactPoint), .one("gender", gender), .one("birthDate", .date),
        .choice("deceased", ["Boolean", "DateTime"]), .many("address", .address),
        .one("maritalStatus", .codeableConcept), .choice("multipleBirth", ["Boolean", "Integer"]),
        .many(
            "contact",
            .group([
                .many("relationship", .codeableConcept), .one("name", .humanName),
                .many("telecom", .contactPoint), .one("address", .address), .one("gender", gender),
                .one("organization", .reference), .one("period", .period),
            ])),
        .many("communication", .group([.required("language", .codeableConcept), .one("preferred", .boolean)])),
        .many("generalPractitioner", .reference), .one("managingOrganization", .reference),
        .many(
            "link",
            .group([
                .required("other", .reference),
                .required("type", .bound("link-type", ["replaced-by", "replaces", "refer", "seealso"])),
            ])),
    ]

    private static let encounter: [ElementRule] = [
        .many("identifier", .identifier), .required("status", encounterStatus),
        .many("statusHistory", .group([.required("status", encounterStatus), .required("period", .period)])),
        .required("class", .coding),
        .many("classHistory", .group([.required("class", .coding), .required("period", .period)])),
        .many("type", .codeableConcept), .one("serviceType", .codeableConcept), .one("priority", .codeableConcept),
        .one("subject", .reference), .many("episodeOfCare", .reference), .many("basedOn", .reference),
        .many(
            "participant",
            .group([
                .many("type", .codeableConcept), .one("period", .period),
                .one("individual", .reference),
            ])),
        .many("appointment", .reference), .one("period", .period), .one("length", .quantity),
        .many("reasonCode", .codeableConcept), .many("reasonReference", .reference),
        .many("diagnosis", .group([.required("condition", .reference), .one("use", .codeableConcept)])),
        .many("account", .reference), .one("hospitalization", .object),
        .many(
            "location",
            .group([
                .required("location", .reference),
                .one("status", .bound("encounter-location-status", ["planned", "active", "reserved", "completed"])),
                .one("physicalType", .codeableConcept), .one("period", .period),
            ])),
        .one("serviceProvider", .reference), .one("partOf", .reference),
    ]

    private static let observation: [ElementRule] = [
        .many("identifier", .identifier), .many("basedOn", .reference), .many("partOf", .reference),
        .required("status", observationStatus), .many("category", .codeableConcept),
        .required("code", .codeableConcept), .one("subject", .reference), .many("focus", .reference),
        .one("encounter", .reference), .choice("effective", ["DateTime", "Period", "Timing", "Instant"]),
        .one("issued", .instant), .many("performer", .reference), .choice("value", observationValues),
        .one("dataAbsentReason", .codeableConcept), .many("interpretation", .codeableConcept),
        .many("note", .group([.required("text", .string)])), .one("bodySite", .codeableConcept),
        .one("method", .codeableConcept), .one("specimen", .reference), .one("device", .reference),
        .many("referenceRange", .object), .many("hasMember", .reference), .many("derivedFrom", .reference),
        .many(
            "component",
            .group([
                .required("code", .codeableConcept), .choice("value", observationValues),
                .one("dataAbsentReason", .codeableConcept), .many("interpretation", .codeableConcept),
                .many("referenceRange", .object),
            ])),
    ]

    private static let bundle: [ElementRule] = [
        .one("identifier", .identifier),
        .required(
            "type",
            .bound(
                "bundle-type",
                [
                    "document", "message", "transaction", "transaction-response", "batch", "batch-response", "history",
                    "searchset", "collection",
                ])),
        .one("timestamp", .instant), .one("total", .integer),
        .many("link", .group([.required("relation", .string), .required("url", .uri)])),
        .many(
            "entry",
            .group([
                .one("fullUrl", .uri), .one("resource", .object),
                .one(
                    "search",
                    .group([
                        .one("mode", .bound("search-entry-mode", ["match", "include", "outcome"])),
                        .one("score", .decimal),
                    ])),
                .one(
                    "request",
                    .group([
                        .required("method", .bound("http-verb", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])),
                        .required("url", .uri), .one("ifModifiedSince", .instant),
                    ])),
                .one(
                    "response",
                    .group([
                        .required("status", .string), .one("location", .uri),
                        .one("lastModified", .instant), .one("outcome", .object),
                    ])),
            ])),
    ]

    private static let diagnosticReport: [ElementRule] = [
        .many("identifier", .identifier), .many("basedOn", .reference),
        .required(
            "status",
            .bound(
                "diagnostic-report-status",
                [
                    "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
                    "entered-in-error", "unknown",
                ])),
        .many("category", .codeableConcept), .required("code", .codeableConcept), .one("subject", .reference),
        .one("encounter", .reference), .choice("effective", ["DateTime", "Period"]), .one("issued", .instant),
        .many("performer", .reference), .many("resultsInterpreter", .reference), .many("specimen", .reference),
        .many("result", .reference), .many("imagingStudy", .reference),
        .many("media", .group([.one("comment", .string), .required("link", .reference)])),
        .one("conclusion", .string), .many("conclusionCode", .codeableConcept), .many("presentedForm", .object),
    ]

    private static let serviceRequest: [ElementRule] = [
        .many("identifier", .identifier), .many("instantiatesCanonical", .uri), .many("instantiatesUri", .uri),
        .many("basedOn", .reference), .many("replaces", .reference), .one("requisition", .identifier),
        .required(
            "status",
            .bound(
                "request-status",
                [
                    "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown",
                ])),
        .required(
            "intent",
            .bound(
                "request-intent",
                [
                    "proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order",
                    "instance-order", "option",
                ])),
        .many("category", .codeableConcept),
        .one("priority", .bound("request-priority", ["routine", "urgent", "asap", "stat"])),
        .one("doNotPerform", .boolean), .one("code", .codeableConcept), .many("orderDetail", .codeableConcept),
        .choice("quantity", ["Quantity", "Ratio", "Range"]), .required("subject", .reference),
        .one("encounter", .reference), .choice("occurrence", ["DateTime", "Period", "Timing"]),
        .choice("asNeeded", ["Boolean", "CodeableConcept"]), .one("authoredOn", .dateTime),
        .one("requester", .reference), .one("performerType", .codeableConcept), .many("performer", .reference),
        .many("reasonCode", .codeableConcept), .many("reasonReference", .reference), .many("specimen", .reference),
        .many("bodySite", .codeableConcept), .many("note", .group([.required("text", .string)])),
    ]

    private static let specimen: [ElementRule] = [
        .many("identifier", .identifier), .one("accessionIdentifier", .identifier),
        .one(
            "status",
            .bound(
                "specimen-status",
                [
                    "available", "unavailable", "unsatisfactory", "entered-in-error",
                ])),
        .one("type", .codeableConcept), .one("subject", .reference), .one("receivedTime", .dateTime),
        .many("parent", .reference), .many("request", .reference),
        .one(
            "collection",
            .group([
                .one("collector", .reference), .choice("collected", ["DateTime", "Period"]),
                .one("quantity", .quantity), .one("method", .codeableConcept), .one("bodySite", .codeableConcept),
            ])),
        .many("processing", .object), .many("container", .object), .many("condition", .codeableConcept),
        .many("note", .group([.required("text", .string)])),
    ]

    private static let provenance: [ElementRule] = [
        .some("target", .reference), .choice("occurred", ["Period", "DateTime"]), .required("recorded", .instant),
        .many("policy", .uri), .one("location", .reference), .many("reason", .codeableConcept),
        .one("activity", .codeableConcept),
        .some(
            "agent",
            .group([
                .one("type", .codeableConcept), .many("role", .codeableConcept),
                .required("who", .reference), .one("onBehalfOf", .reference),
            ])),
        .many(
            "entity",
            .group([
                .required(
                    "role",
                    .bound(
                        "provenance-entity-role",
                        [
                            "derivation", "revision", "quotation", "source", "removal",
                        ])),
                .required("what", .reference),
            ])),
    ]

    private static let riskAssessment: [ElementRule] = [
        .many("identifier", .identifier), .one("basedOn", .reference), .one("parent", .reference),
        .required("status", observationStatus), .one("method", .codeableConcept), .one("code", .codeableConcept),
        .required("subject", .reference), .one("encounter", .reference),
        .choice("occurrence", ["DateTime", "Period"]), .one("condition", .reference), .one("performer", .reference),
        .many("reasonCode", .codeableConcept), .many("reasonReference", .reference), .many("basis", .reference),
        .many(
            "prediction",
            .group([
                .one("outcome", .codeableConcept), .choice("probability", ["Decimal", "Range"]),
                .one("qualitativeRisk", .codeableConcept), .one("relativeRisk", .decimal),
                .choice("when", ["Period", "Range"]), .one("rationale", .string),
            ])),
        .one("mitigation", .string), .many("note", .group([.required("text", .string)])),
    ]

    private static let messageHeader: [ElementRule] = [
        .choice("event", ["Coding", "Uri"], isRequired: true),
        .many(
            "destination",
            .group([
                .one("name", .string), .one("target", .reference), .required("endpoint", .uri),
                .one("receiver", .reference),
            ])),
        .one("sender", .reference), .one("enterer", .reference), .one("author", .reference),
        .required(
            "source",
            .group([
                .one("name", .string), .one("software", .string), .one("version", .string),
                .one("contact", .contactPoint), .required("endpoint", .uri),
            ])),
        .one("responsible", .reference), .one("reason", .codeableConcept),
        .one(
            "response",
            .group([
                .required("identifier", .id),
                .required("code", .bound("response-code", ["ok", "transient-error", "fatal-error"])),
                .one("details", .reference),
            ])),
        .many("focus", .reference), .one("definition", .uri),
    ]

    private static let practitioner: [ElementRule] = [
        .many("identifier", .identifier), .one("active", .boolean), .many("name", .humanName),
        .many("telecom", .contactPoint), .many("address", .address), .one("gender", gender),
        .one("birthDate", .date),
        .many(
            "qualification",
            .group([
                .many("identifier", .identifier), .required("code", .codeableConcept),
                .one("period", .period), .one("issuer", .reference),
            ])),
        .many("communication", .codeableConcept),
    ]

    private static let organization: [ElementRule] = [
        .many("identifier", .identifier), .one("active", .boolean), .many("type", .codeableConcept),
        .one("name", .string), .many("alias", .string), .many("telecom", .contactPoint), .many("address", .address),
        .one("partOf", .reference),
        .many(
            "contact",
            .group([
                .one("purpose", .codeableConcept), .one("name", .humanName),
                .many("telecom", .contactPoint), .one("address", .address),
            ])),
        .many("endpoint", .reference),
    ]

    private static let location: [ElementRule] = [
        .many("identifier", .identifier),
        .one("status", .bound("location-status", ["active", "suspended", "inactive"])),
        .one("operationalStatus", .coding), .one("name", .string), .many("alias", .string),
        .one("description", .string), .one("mode", .bound("location-mode", ["instance", "kind"])),
        .many("type", .codeableConcept), .many("telecom", .contactPoint), .one("address", .address),
        .one("physicalType", .codeableConcept),
        .one("position", .group([.required("longitude", .decimal), .required("latitude", .decimal)])),
        .one("managingOrganization", .reference), .one("partOf", .reference),
    ]

    private static let device: [ElementRule] = [
        .many("identifier", .identifier), .one("definition", .reference),
        .one("status", .bound("device-status", ["active", "inactive", "entered-in-error", "unknown"])),
        .many("statusReason", .codeableConcept), .one("manufacturer", .string), .one("serialNumber", .string),
        .many(
            "deviceName",
            .group([
                .required("name", .string),
                .required(
                    "type",
                    .bound(
                        "device-nametype",
                        [
                            "udi-label-name", "user-friendly-name", "patient-reported-name", "manufacturer-name",
                            "model-name",
                            "other",
                        ])),
            ])),
        .one("modelNumber", .string), .one("partNumber", .string), .one("type", .codeableConcept),
        .many("specialization", .group([.required("systemType", .codeableConcept)])),
        .many("version", .group([.required("value", .string)])),
        .many("property", .group([.required("type", .codeableConcept)])), .one("patient", .reference),
        .one("owner", .reference), .one("location", .reference), .one("parent", .reference),
    ]

    private static let operationOutcome: [ElementRule] = [
        .some(
            "issue",
            .group([
                .required("severity", .bound("issue-severity", ["fatal", "error", "warning", "information"])),
                .required(
                    "code",
                    .bound(
                        "issue-type",
                        [
                            "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown",
                            "expired",
                            "forbidden", "suppressed", "processing", "not-supported", "duplicate", "multiple-matches",
                            "not-found",
                            "deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict",
                            "transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
                            "informational",
                        ])),
                .one("details", .codeableConcept), .one("diagnostics", .string), .many("location", .string),
                .many("expression", .string),
            ]))
    ]
}
