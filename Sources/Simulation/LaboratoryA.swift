/// Laboratory A: its own codes (system `99LABA`), US conventional units. `Mappings/codes/lab-a` maps them.
enum LaboratoryA {
    typealias Result = HL7Feed.Result

    static func panel(_ values: Physiology.Laboratory) -> [Result] {
        [
            numeric("1001", "Sodium", values.sodium, 0, "mmol/L"), potassium(values, status: "F"),
            numeric("1005", "Urea nitrogen", values.urea, 0, "mg/dL"),
            numeric("1006", "Creatinine", values.creatinine, 2, "mg/dL"), glucose(values, status: "F"), lactate(values),
            numeric("1020", "Leucocytes", values.leucocytes, 1, "K/uL"),
            numeric("1021", "Haemoglobin", values.haemoglobin, 1, "g/dL"),
            numeric("1023", "Platelets", values.platelets, 0, "K/uL"),
            numeric("1024", "Bands", values.bands, 0, "%"), numeric("1030", "CRP", values.crp, 1, "mg/L"),
            numeric("1012", "Bilirubin total", values.bilirubin, 1, "mg/dL"),
            numeric("1041", "pCO2 arterial", values.pco2, 0, "mmHg"),
            // Below the limit of detection: a structured numeric with a comparator.
            Result(identifier: identifier("1033", "Troponin I"), type: "SN", value: "<^0.01", unit: "ng/mL"),
        ]
    }

    static func potassium(_ values: Physiology.Laboratory, status: String) -> Result {
        numeric("1002", "Potassium", values.potassium, 1, "mmol/L", status: status)
    }

    static func glucose(_ values: Physiology.Laboratory, status: String) -> Result {
        numeric("1007", "Glucose", values.glucose, 0, "mg/dL", status: status)
    }

    private static func lactate(_ values: Physiology.Laboratory) -> Result {
        numeric("1009", "Lactate", values.lactate, 1, "mmol/L")
    }

    /// A new analyser's code that nobody has mapped yet.
    static func unmapped(_ values: Physiology.Laboratory) -> Result {
        numeric("1999", "Presepsin", 200 + values.crp * 4, 0, "pg/mL")
    }

    /// Lactate in a unit that no lactate can have.
    static func withWrongUnit(_ result: Result) -> Result {
        guard result.identifier.hasPrefix("1009^") else { return result }
        var wrong = result
        wrong.unit = "mmHg"
        return wrong
    }

    static func replacingPotassium(_ result: Result, with value: String) -> Result {
        guard result.identifier.hasPrefix("1002^") else { return result }
        var replaced = result
        replaced.value = value
        return replaced
    }

    private static func numeric(
        _ code: String, _ name: String, _ value: Double, _ digits: Int, _ unit: String, status: String = "F"
    ) -> Result {
        Result(identifier: identifier(code, name), value: FHIRFeed.fixed(value, digits: digits), unit: unit, status: status)
    }

    private static func identifier(_ code: String, _ name: String) -> String {
        "\(code)^\(name)^99LABA"
    }
}
