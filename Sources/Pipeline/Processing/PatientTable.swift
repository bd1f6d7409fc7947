internal import Clinical

/// The patients in memory, by key and by place.
///
/// A patient is large, and a dictionary hands out copies of its values. A place is changed where it stands; it holds until
/// a patient is removed.
struct PatientTable: Sendable {
    private(set) var values: [LivePatient] = []
    private var places: [PatientKey: Int] = [:]

    var count: Int { values.count }
    var keys: some Sequence<PatientKey> { places.keys }

    func place(of key: PatientKey) -> Int? { places[key] }

    /// A copy, for readers.
    subscript(key: PatientKey) -> LivePatient? { places[key].map { values[$0] } }

    subscript(place place: Int) -> LivePatient {
        _read { yield values[place] }
        _modify { yield &values[place] }
    }

    /// Puts a patient in, in place of the one with the same key if there is one.
    @discardableResult
    mutating func insert(_ patient: LivePatient) -> Int {
        if let place = places[patient.key] {
            values[place] = patient
            return place
        }
        values.append(patient)
        places[patient.key] = values.count - 1
        return values.count - 1
    }

    @discardableResult
    mutating func remove(_ key: PatientKey) -> LivePatient? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        values.swapAt(place, values.count - 1)
        let removed = values.removeLast()
        if place < values.count { places[values[place].key] = place }
        return removed
    }
}
