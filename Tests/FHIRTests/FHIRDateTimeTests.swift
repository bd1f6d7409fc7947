import Clinical
import FHIR
import Testing

/// FHIR R4, http://hl7.org/fhir/R4/datatypes.html, primitive types `date`, `dateTime` and `instant`: their regular
/// expressions, "Dates SHALL be valid dates", "The time "24:00" is not allowed", "If hours and minutes are specified, a
/// time zone SHALL be populated", "Seconds must be provided", leap seconds allowed.
@Suite struct FHIRDateTimeTests {
    typealias Code = FHIRError.Code

    /// The examples of the specification and the ends of each range.
    @Test(arguments: [
        "2018", "1973-06", "1905-08-23", "2015-02-07T13:28:17-05:00", "2017-01-01T00:00:00.000Z",
        "2015-02-07T13:28:17.239+02:00",
        "0001", "9999-12-31", "2024-02-29", "2000-02-29", "2016-12-31T23:59:60Z", "2026-01-05T00:00:00Z",
        "2026-01-05T23:59:59+14:00",
        "2026-01-05T08:00:00-14:00", "2026-01-05T08:00:00.1Z", "2026-01-05T08:00:00.123456789Z",
        "2026-01-05T08:00:00.500+05:45",
    ])
    func readsAndWritesBack(_ text: String) throws {
        let time = try FHIRDateTime.read(text)
        #expect(time.description == text)
        #expect(try FHIRDateTime.dateTime(text) == time)
    }

    @Test func keepsPrecisionAndOffset() throws {
        #expect(try FHIRDateTime.read("2026").precision == .year)
        #expect(try FHIRDateTime.read("2026-01").precision == .month)
        let day = try FHIRDateTime.read("2026-01-05")
        #expect(day.precision == .day && day.offsetOrigin == .absent)
        let time = try FHIRDateTime.read("2026-01-05T08:00:00+01:00")
        #expect(time.precision == .second && time.offsetMinutes == 60 && time.offsetOrigin == .stated)
        #expect(time.instant.description == "2026-01-05T07:00:00Z")
        let fraction = try FHIRDateTime.read("2026-01-05T08:00:00.250-03:30")
        #expect(fraction.precision == .fraction && fraction.nanosecond == 250_000_000 && fraction.fractionDigits == 3)
        #expect(fraction.instant.description == "2026-01-05T11:30:00.250Z")
    }

    /// Seconds since 1970 by GNU date: `date -u -d 2016-12-31T23:59:59Z +%s` = 1483228799.
    @Test func leapSecondIsKeptAndFoldsIntoTheNextMinute() throws {
        let time = try FHIRDateTime.read("2016-12-31T23:59:60Z")
        #expect(time.second == 60)
        #expect(time.instant == Instant(seconds: 1_483_228_800))
    }

    @Test(arguments: [
        ("", Code.timeFormat), ("26", Code.timeFormat), ("202", Code.timeFormat), ("20260105", Code.timeFormat),
        ("2026-1-5", Code.timeFormat),
        ("2026-01-5", Code.timeFormat), ("2026/01/05", Code.timeFormat), ("-2026", Code.timeFormat),
        ("+2026", Code.timeFormat),
        (" 2026", Code.timeFormat), ("2026 ", Code.timeFormat), ("2026-", Code.timeFormat), ("2026-01-", Code.timeFormat),
        ("2026T08:00:00Z", Code.timeFormat), ("2026-01T08:00:00Z", Code.timeFormat),
        ("2026-01-05 08:00:00Z", Code.timeFormat),
        ("2026-01-05t08:00:00Z", Code.timeFormat), ("2026-01-05T", Code.timeFormat), ("2026-01-05T08", Code.timeFormat),
        ("2026-01-05T08Z", Code.timeFormat), ("2026-01-05T08:00Z", Code.timeFormat),
        ("2026-01-05T08:00:00.Z", Code.timeFormat),
        ("2026-01-05T08:00:00,5Z", Code.timeFormat), ("2026-01-05T08:00:00z", Code.timeFormat),
        ("2026-01-05T08:00:00+01", Code.timeFormat),
        ("2026-01-05T08:00:00+0100", Code.timeFormat), ("2026-01-05T08:00:00Zx", Code.timeFormat),
        ("2026-01-05T08:00:00+01:00Z", Code.timeFormat),
        ("２０２６", Code.timeFormat), ("2026-01-05T08:00:00[Europe/Berlin]", Code.timeFormat),
        ("0000", Code.timeRange), ("2026-00", Code.timeRange), ("2026-13", Code.timeRange), ("2026-01-00", Code.timeRange),
        ("2026-01-32", Code.timeRange), ("2026-02-29", Code.timeRange), ("1900-02-29", Code.timeRange),
        ("2026-04-31", Code.timeRange),
        ("9999-13-99", Code.timeRange), ("2026-01-05T24:00:00Z", Code.timeRange), ("2026-01-05T08:60:00Z", Code.timeRange),
        ("2026-01-05T08:00:61Z", Code.timeRange), ("2026-01-05T08:00:00+14:01", Code.timeRange),
        ("2026-01-05T08:00:00+15:00", Code.timeRange),
        ("2026-01-05T08:00:00-00:60", Code.timeRange),
        ("2026-01-05T08:00:00", Code.timeOffset), ("2026-01-05T08:00:00.5", Code.timeOffset),
    ])
    func refuses(_ text: String, _ code: Int) {
        let error = #expect(throws: FHIRError.self) { try FHIRDateTime.read(text) }
        #expect(error?.code == code, "\(text) \(error?.description ?? "")")
        #expect(error?.place.hasPrefix("character ") == true)
    }

    @Test func aMissingOffsetCanBeAllowedAndIsMarked() throws {
        let time = try FHIRDateTime.read("2026-01-05T08:00:00", requiringOffset: false)
        #expect(time.offsetOrigin == .absent && time.hour == 8)
        #expect(try FHIRDateTime.read("2026-01-05T08:00:00Z", requiringOffset: false).offsetOrigin == .stated)
        #expect(throws: FHIRError.self) { try FHIRDateTime.read("2026-01-05T08:00:00x", requiringOffset: false) }
        #expect(throws: FHIRError.self) { try FHIRDateTime.read("2026-01-05T08:00", requiringOffset: false) }
    }

    @Test func datesHaveNoTime() throws {
        #expect(try FHIRDateTime.date("1974-12-25").precision == .day)
        #expect(try FHIRDateTime.date("1974").precision == .year)
        #expect(throws: FHIRError.self) { try FHIRDateTime.date("1974-12-25T14:35:45-05:00") }
    }

    @Test func instantsNeedSecondsAndOffset() throws {
        #expect(try FHIRDateTime.instant("2015-02-07T13:28:17.239+02:00").fractionDigits == 3)
        for text in ["2015", "2015-02", "2015-02-07", "2015-02-07T13:28:17"] {
            #expect(throws: FHIRError.self) { try FHIRDateTime.instant(text) }
        }
    }

    @Test func digitsBeyondNanosecondsAreCutOff() throws {
        let time = try FHIRDateTime.read("2026-01-05T08:00:00.1234567899Z")
        #expect(time.nanosecond == 123_456_789 && time.fractionDigits == 9)
    }

    @Test func placeCountsCharacters() {
        func place(_ text: String) -> String? {
            do {
                _ = try FHIRDateTime.read(text)
                return nil
            } catch { return error.place }
        }
        #expect(place("2026-13-01") == "character 6")
        #expect(place("2026-01-05T24:00:00Z") == "character 12")
        #expect(place("2026-01-05T08:00:00") == "character 20")
        #expect(place("2026-01-05T08:00") == "character 17")
    }

    @Test func randomTextsEndInATimeOrAnError() {
        var generator = SeededGenerator(seed: 4)
        let alphabet = Array("0123456789-:TZ+. ")
        var read = 0
        for _ in 0..<20_000 {
            var text = Array("2026-01-05T08:00:00.5+01:00")
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let position = Int.random(in: 0..<text.count, using: &generator)
                if Bool.random(using: &generator) {
                    text[position] = alphabet.randomElement(using: &generator) ?? "0"
                } else {
                    text.removeSubrange(position...)
                }
                if text.isEmpty { break }
            }
            if let time = try? FHIRDateTime.read(String(text)) {
                #expect(time.description.hasPrefix(String(text.prefix(4))))
                #expect((try? FHIRDateTime.read(time.description)) == time)
                read += 1
            }
        }
        #expect(read > 100)
    }
}
