import Clinical
import HL7v2
import Testing

/// DTM: HL7 v2.5.1 section 2.A.22, with its examples; DT: section 2.A.21.
@Suite struct DateTimeTests {
    @Test(arguments: [
        ("1998", ClinicalTime.Precision.year, "1998"), ("199803", .month, "1998-03"), ("19880705", .day, "1988-07-05"),
        ("1988070508", .hour, "1988-07-05T08:00:00"), ("198807050000", .minute, "1988-07-05T00:00:00"),
        ("19760704010159-0500", .second, "1976-07-04T01:01:59-05:00"),
        ("19760704010159-0400", .second, "1976-07-04T01:01:59-04:00"),
        ("19981004010159+0100", .second, "1998-10-04T01:01:59+01:00"),
        ("20260105081500.1234+0000", .fraction, "2026-01-05T08:15:00.1234Z"),
        ("20260105081500.5", .fraction, "2026-01-05T08:15:00.5"), ("20240229", .day, "2024-02-29"),
        ("20161231235960+0000", .second, "2016-12-31T23:59:60Z"),
        ("202601050815+0530", .minute, "2026-01-05T08:15:00+05:30"),
    ])
    func timesKeepPrecisionAndOffset(text: String, precision: ClinicalTime.Precision, description: String) throws {
        let time = try DateTimeReader.read(text)
        #expect(time.precision == precision)
        #expect(time.description == description)
        #expect(time.offsetOrigin == (text.contains { "+-".contains($0) } ? .stated : .absent))
    }

    @Test(arguments: [
        "99991399", "20260230", "20250229", "00000101", "2026010524", "202601050860", "20260105081561", "20260105081560",
        "202", "20261", "2026010", "202601050", "20260105081500.", "20260105081500.1234567890", "202601050815.5",
        "2026-01-05",
        "20260105T08", "20260105081500Z", "20260105081500+01", "20260105081500+2400", "20260105081500+0160", "+0100",
        " 20260105", "20260105 ", "2026O105", "２０２６", "", "-", "20260105-0100-0100", "20260105081500+0a00", "...", "20.6",
    ])
    func whatIsNoTimeIsADataTypeError(text: String) {
        let place = HL7v2Location(segment: "PID", field: 7)
        let error = #expect(throws: HL7v2Error.self) { try DateTimeReader.read(text, at: place) }
        #expect(error?.code == 102)
        #expect(error?.place.description == "PID[1]-7")
    }

    @Test func datesHaveNoTimeOfDay() throws {
        #expect(try DateTimeReader.readDate("19470312").description == "1947-03-12")
        #expect(try DateTimeReader.readDate("1947").precision == .year)
        #expect(throws: HL7v2Error.self) { try DateTimeReader.readDate("1947031208") }
    }

    @Test func fieldsNameTheirPlace() throws {
        let message = try message("PID|1||||||19470312|||||||||||||||||||||||19991399", "OBX|1|||||||||||||\"\"")
        let pid = try #require(message.segment("PID"))
        #expect(try DateTimeReader.read(pid.field(7))?.description == "1947-03-12")
        #expect(try DateTimeReader.read(pid.field(8)) == nil)
        let null = try #require(message.segment("OBX")).field(14)
        #expect(try DateTimeReader.read(null) == nil)
        let error = #expect(throws: HL7v2Error.self) { try DateTimeReader.read(pid.field(30)) }
        #expect(error?.place.description == "PID[1]-30")
    }

    @Test func writtenTimesReadBack() throws {
        var random = SplitMix64(seed: 22)
        for _ in 0..<2_000 {
            let date = CivilDate(daysSinceEpoch: Int.random(in: -700_000...2_900_000, using: &random))
            let precision = ClinicalTime.Precision(rawValue: UInt8.random(in: 0...6, using: &random)) ?? .day
            let stated = Bool.random(using: &random)
            let digits = precision == .fraction ? Int.random(in: 1...4, using: &random) : 0
            var unit = 1_000_000_000
            for _ in 0..<digits { unit /= 10 }
            let time = ClinicalTime(
                date: CivilDate(
                    year: date.year, month: precision >= .month ? date.month : 1, day: precision >= .day ? date.day : 1)
                    ?? date,
                hour: precision >= .hour ? Int.random(in: 0...23, using: &random) : 0,
                minute: precision >= .minute ? Int.random(in: 0...59, using: &random) : 0,
                second: precision >= .second ? Int.random(in: 0...59, using: &random) : 0,
                nanosecond: digits > 0 ? Int.random(in: 0..<1_000_000_000 / unit, using: &random) * unit : 0,
                fractionDigits: digits, precision: precision,
                offsetMinutes: stated ? Int.random(in: -1439...1439, using: &random) : 0,
                offsetOrigin: stated ? .stated : .absent)
            let written = try #require(time)
            #expect(try DateTimeReader.read(DateTimeWriter.text(written)) == written)
        }
    }

    @Test func instantsAreWrittenInUTC() {
        #expect(DateTimeWriter.text(Instant(seconds: 0)) == "19700101000000+0000")
        #expect(DateTimeWriter.text(Instant(microseconds: 1_767_600_000_250_000)) == "20260105080000.250+0000")
    }
}
