/// How much of the patients is in memory; the rest is in the store and is read when it is needed.
struct WardLimits: Sendable {
    var patients: Int
    /// Over all patients.
    var findings: Int
    /// Of a patient, beyond which findings leave memory that no window reaches.
    var patientFindings: Int
    var cachedPredictions: Int

    init(patients: Int, findings: Int, patientFindings: Int, cachedPredictions: Int) {
        self.patients = patients
        self.findings = findings
        self.patientFindings = patientFindings
        self.cachedPredictions = cachedPredictions
    }

    init(_ configuration: Configuration.Timeline) {
        self.init(
            patients: configuration.livePatients, findings: configuration.liveFindings,
            patientFindings: configuration.patientFindings, cachedPredictions: configuration.cachedPredictions)
    }

    /// Everything stays.
    static let unlimited = WardLimits(
        patients: .max / 2, findings: .max / 2, patientFindings: .max / 2, cachedPredictions: 0)
}
