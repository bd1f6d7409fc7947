public import Clinical
internal import FHIR

/// A day on a synthetic ward: three sources that speak differently, and the things that really happen to messages.
///
/// Messages come in sending order, an hour at a time, so that a hundred thousand patients need little memory. The same
/// parameters give the same bytes.
public struct WardDay: Sequence, Sendable {
    public let patients: Int
    public let hours: Int
    public let seed: UInt64
    public let start: Instant

    /// - Parameter start: the default is 2026-01-05T07:00:00Z, eight in the morning on the ward.
    public init(patients: Int = 16, hours: Int = 24, seed: UInt64 = 1, start: Instant = Instant(seconds: 1_767_596_400)) {
        self.patients = Swift.max(1, patients)
        self.hours = Swift.max(1, hours)
        self.seed = seed
        self.start = start
    }

    public func makeIterator() -> Iterator {
        Iterator(day: self)
    }

    public struct Iterator: IteratorProtocol {
        private let day: WardDay
        private var random: SeededGenerator
        private var people: [SimulatedPatient]
        private var feed = HL7Feed()
        private var hour = 0
        private var due: [Delivery] = []
        private var next_ = 0
        /// Messages that wait for a later hour, and when.
        private var later: [(hour: Int, delivery: Delivery)] = []

        fileprivate init(day: WardDay) {
            self.day = day
            var random = SeededGenerator(seed: day.seed)
            people = (0..<day.patients).map {
                SimulatedPatient(index: $0, patients: day.patients, hours: day.hours, random: &random)
            }
            self.random = random
            feed.admitted = day.start.adding(seconds: -1800)
        }

        public mutating func next() -> Delivery? {
            while next_ == due.count {
                guard hour <= day.hours else { return nil }
                produceHour()
                hour += 1
            }
            defer { next_ += 1 }
            return due[next_]
        }

        private mutating func produceHour() {
            due.removeAll(keepingCapacity: true)
            next_ = 0
            for index in people.indices {
                people[index].physiology.advance(to: Double(hour), random: &random)
                // Rounds reach one bed after the other: 40 seconds apart, over at most 50 minutes.
                let time = day.start.adding(seconds: Int64(hour) * 3600 + Int64(index % 75) * 40)
                switch people[index].hospital {
                case .a: hospitalA(people[index], at: time)
                case .b: hospitalB(people[index], at: time)
                case .polled: polled(people[index], at: time)
                }
            }
            due += later.filter { $0.hour == hour }.map(\.delivery)
            later.removeAll { $0.hour == hour }
            due.sort { $0.at < $1.at }
        }

        // MARK: Hospital A: HL7v2 from monitors, laboratory and the admission system

        private mutating func hospitalA(_ patient: SimulatedPatient, at time: Instant) {
            let role = patient.index % 16
            // Patient 6 arrives unidentified: a temporary number until the fourth hour.
            let temporary = role == 6 ? "T" + patient.medicalRecordNumber.dropFirst() : nil
            admissions(patient, role: role, temporary: temporary, at: time)
            if role == 0, hour > Swift.max(22, day.hours - 2) { return }
            let number = hour < 4 ? temporary : nil
            let vitals = feed.vitals(patient, number: number, at: time.adding(seconds: 60), temperature: role != 3)
            mllp("monitors", vitals, at: time.adding(seconds: 80))
            if role == 5, hour == 6 { mllp("monitors", vitals, at: time.adding(seconds: 95)) }  // Sent twice.
            if hour % 8 == 2, !(role == 6 && hour < 4) { laboratoryPanel(patient, role: role, at: time) }
            // The referral of the bleeding patient arrives with them.
            if role == 4, hour == 0 {
                add(
                    .cda, "referral", ReferralDocument.write(patient, at: time.adding(seconds: 30)),
                    at: time.adding(seconds: 30))
            }
        }

        private mutating func admissions(_ patient: SimulatedPatient, role: Int, temporary: String?, at time: Instant) {
            if hour == 0, temporary == nil { mllp("adt", feed.admission("A01", patient, at: time), at: time) }
            if hour == 4, let temporary {
                mllp("adt", feed.admission("A01", patient, at: time), at: time)
                mllp(
                    "adt", feed.merge(patient, retired: temporary, at: time.adding(seconds: 5)), at: time.adding(seconds: 5)
                )
            }
            if hour == 5, role == 5 { mllp("adt", feed.admission("A08", patient, at: time), at: time) }
            if hour == Swift.min(20, day.hours), role == 1 {
                mllp("adt", feed.admission("A02", patient, at: time, ward: "ICU"), at: time)
            }
            if hour == Swift.min(22, day.hours), role == 0 {
                mllp("adt", feed.admission("A03", patient, at: time.adding(seconds: 300)), at: time.adding(seconds: 300))
            }
        }

        private mutating func laboratoryPanel(_ patient: SimulatedPatient, role: Int, at time: Instant) {
            let values = patient.physiology.laboratory(random: &random)
            let order = "L\(patient.medicalRecordNumber)H\(SimulatedPatient.padded(hour, 2))"
            let collected = time.adding(seconds: 300)
            let reported = time.adding(seconds: 2400)
            var results = LaboratoryA.panel(values)
            if role == 8 { results.append(LaboratoryA.unmapped(values)) }
            if role == 10, hour == 10 { results = results.map(LaboratoryA.withWrongUnit) }
            if role == 2, hour == 10 {
                // A haemolysed sample: potassium far too high, corrected an hour later under the same order.
                results = results.map { LaboratoryA.replacingPotassium($0, with: "6.9") }
                let corrected = [LaboratoryA.potassium(values, status: "C")]
                let at = reported.adding(seconds: 3600)
                let bytes = feed.laboratory(patient, order: order, results: corrected, collected: collected, at: at)
                later.append((hour + 1, Delivery(at: at, door: .mllp, source: "lab-a", bytes: bytes)))
            }
            if role == 3, hour == 10 {
                let deleted = [LaboratoryA.glucose(values, status: "D")]
                let at = reported.adding(seconds: 3600)
                let bytes = feed.laboratory(patient, order: order, results: deleted, collected: collected, at: at)
                later.append((hour + 1, Delivery(at: at, door: .mllp, source: "lab-a", bytes: bytes)))
            }
            if role == 0, hour == 10 {
                // Stuck in the laboratory for five hours.
                let at = reported.adding(seconds: 5 * 3600)
                let bytes = feed.laboratory(patient, order: order, results: results, collected: collected, at: at)
                later.append((hour + 5, Delivery(at: at, door: .mllp, source: "lab-a", bytes: bytes)))
                return
            }
            mllp(
                "lab-a", feed.laboratory(patient, order: order, results: results, collected: collected, at: reported),
                at: reported)
        }

        // MARK: Hospital B posts bundles, the EHR waits to be polled

        private mutating func hospitalB(_ patient: SimulatedPatient, at time: Instant) {
            let feed = FHIRFeed.hospitalB
            let sent = time.adding(seconds: 120)
            var resources = [
                feed.patient(patient, updated: day.start), feed.encounter(patient, since: day.start, updated: day.start),
            ]
            resources += feed.vitals(patient, at: time)
            if hour % 8 == 2 {
                let values = patient.physiology.laboratory(random: &random)
                resources += feed.laboratory(patient, values, at: time)
            }
            add(.fhir, "hospital-b", feed.bundle(resources, at: sent), at: sent)
        }

        private mutating func polled(_ patient: SimulatedPatient, at time: Instant) {
            let feed = FHIRFeed.polled
            if hour == 0 {
                add(.poll, "ehr", feed.patient(patient, updated: time).write(), at: time)
                add(.poll, "ehr", feed.encounter(patient, since: day.start, updated: time).write(), at: time)
            }
            for resource in feed.vitals(patient, at: time) {
                add(.poll, "ehr", resource.write(), at: time.adding(seconds: 40))
            }
        }

        private mutating func mllp(_ source: String, _ bytes: [UInt8], at time: Instant) {
            add(.mllp, source, bytes, at: time)
        }

        private mutating func add(_ door: Delivery.Door, _ source: String, _ bytes: [UInt8], at time: Instant) {
            due.append(Delivery(at: time, door: door, source: source, bytes: bytes))
        }
    }
}
