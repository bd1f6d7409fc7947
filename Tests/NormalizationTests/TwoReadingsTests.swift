import Foundation
import Testing

/// HL7 v2 is read twice (decision 0012): for the timeline straight from the segments, for FHIR by the published maps. What
/// both say has to be the same.
@Suite("The two readings of a message")
struct TwoReadingsTests {
    private static let realMessages = Shipped.root.appending(path: "../shared/data/hl7v2/messages").standardizedFileURL
    private static let isThere = FileManager.default.fileExists(atPath: realMessages.path)

    @Test func agreeOnTheFixtures() throws {
        var readings = try TwoReadings()
        try readings.compare(folder: Shipped.root.appending(path: "Fixtures"))
        #expect(readings.differences == [])
        // Nothing is shown by what was not compared.
        #expect(readings.patients > 300 && readings.visits > 15 && readings.findings > 2000 && readings.merges > 0)
    }

    @Test(.enabled(if: isThere, "../shared/data/hl7v2/messages is not there: real messages are not compared"))
    func agreeOnRealMessages() throws {
        var readings = try TwoReadings()
        try readings.compare(folder: Self.realMessages)
        #expect(readings.differences == [])
        #expect(readings.patients > 100 && readings.visits > 50 && readings.findings > 40 && readings.merges > 0)
    }

    /// One message with everything that is compared, and a reading of it for each thing that one of the two could get wrong.
    @Test(arguments: [
        "OBX|1|NM|2160-0^Creatinine^LN||<1.20|mg/dL^^UCUM|||||F|||20260105080000+0100",
        "OBX|1|SN|2160-0^Creatinine^LN||>^100|mg/dL^^UCUM|||||P|||20260105080000",
        "OBX|1|ST|5778-6^Colour^LN||amber \\T\\ clear||||||C|||202601050800+0100",
        "OBX|1|CWE|600-7^Culture^LN||112283007^E. coli^SCT||||||A|||20260105080000.250+0100",
        "OBX|1|NM|KREA^Kreatinin^99LAB||\"\"|umol/L|||||D",
        "OBX|1|NM|2160-0^Creatinine^LN||||||||X",
    ])
    func agreeOnResults(obx: String) throws {
        var readings = try TwoReadings()
        let lines = [Segment.msh("ORU^R01^ORU_R01"), Segment.pid, Segment.obr, obx]
        try readings.compare(Array(lines.map { $0 + "\r" }.joined().utf8), "result")
        #expect(readings.findings == 1)
        #expect(readings.differences == [])
    }
}
