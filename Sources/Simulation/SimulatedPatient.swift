internal import Clinical

/// Who a simulated patient is and where they lie. All names and numbers are invented.
struct SimulatedPatient: Sendable {
    enum Hospital: Sendable {
        /// Monitors and laboratory A, HL7v2.
        case a
        /// Posts FHIR bundles.
        case b
        /// Polled over FHIR.
        case polled
    }

    let index: Int
    let hospital: Hospital
    let medicalRecordNumber: String
    let family: String
    let given: String
    /// `F` or `M`.
    let sex: Character
    let birth: CivilDate
    let ward: String
    let room: String
    let bed: String
    var physiology: Physiology

    init(index: Int, patients: Int, hours: Int, random: inout SeededGenerator) {
        self.index = index
        // Of every sixteen: eleven in hospital A, three in hospital B, two polled.
        hospital = index % 16 == 15 || index % 16 == 14 ? .polled : index % 16 >= 11 ? .b : .a
        let prefix = hospital == .a ? "A" : hospital == .b ? "B" : "E"
        medicalRecordNumber = prefix + Self.padded(index + 1, 7)
        sex = random.next() & 1 == 0 ? "F" : "M"
        family = Self.families[Int(random.next() % UInt64(Self.families.count))]
        let names = sex == "F" ? Self.women : Self.men
        given = names[Int(random.next() % UInt64(names.count))]
        birth = CivilDate(daysSinceEpoch: -14_600 + Int(random.next() % 14_000))
        ward = patients <= 64 ? "W7" : "W" + String(index / 32 + 1)
        room = "R" + Self.padded(index % 32 / 2 + 1, 2)
        bed = Self.padded(index % 32 + 1, 2)
        physiology = Physiology(course: Self.course(index, &random), hours: hours, random: &random)
    }

    /// The first sixteen are fixed so that the small ward shows every course; beyond, one patient in five is not stable.
    private static func course(_ index: Int, _ random: inout SeededGenerator) -> Course {
        switch index {
        case 1, 12: return .sepsis
        case 4: return .bleeding
        case 7: return .opioid
        case 9: return .hypercapnic
        case 0..<16: return .stable
        default:
            let draw = random.unit()
            return draw < 0.08
                ? .sepsis : draw < 0.12 ? .bleeding : draw < 0.15 ? .opioid : draw < 0.2 ? .hypercapnic : .stable
        }
    }

    static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static let families = [
        "Abel", "Bergmann", "Castellano", "Dvořák", "Eriksen", "Faure", "Grünwald", "Horváth", "Iversen", "Jansen",
        "Kowalska",
        "Lindqvist", "Moreau", "Novak", "O'Brien", "Papadaki", "Quintana", "Rossi", "Søndergaard", "Tanaka", "Ünal",
        "Vermeer",
        "Weiss", "Yilmaz", "Zeman",
    ]
    private static let women = [
        "Anna", "Beatriz", "Clara", "Dagmar", "Elif", "Freja", "Greta", "Hana", "Ines", "Johanna", "Lucía",
    ]
    private static let men = [
        "Aaron", "Bruno", "Cem", "David", "Emil", "Felix", "Georg", "Henrik", "Ivan", "Jonas", "Karel",
    ]
}
