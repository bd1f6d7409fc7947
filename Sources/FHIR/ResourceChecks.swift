public import Clinical

/// Checks of a FHIR R4 resource against the rules that matter here.
public enum ResourceChecks {
    public static func check(_ resource: JSON, place: JSONPointer = .root) -> [Issue] {
        []
    }
}
