import Clinical
import Testing

@Suite struct ClinicalTimeTests {
    /// Seconds since the epoch as `date -u -d … +%s` gives them.
    @Test(arguments: [
        (1970, 1, 1, 0), (2000, 2, 29, 951_782_400), (2026, 1, 5, 1_767_571_200), (1900, 3, 1, -2_203_891_200),
        (2164, 10, 23, 6_147_619_200), (9999, 12, 31, 253_402_214_400),
    ])
    func countsDays(_ year: Int, _ month: Int, _ day: Int, _ seconds: Int) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.daysSinceEpoch * 86_400 == seconds)
        #expect(CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date)
    }

    @Test(arguments: [(2023, 2, 29), (1900, 2, 29), (2026, 13, 1), (2026, 4, 31), (9999, 13, 99), (0, 1, 1), (2026, 1, 0)])
    func refusesDatesThatDoNotExist(_ year: Int, _ month: Int, _ day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test func keepsOffsetAndPrecision() throws {
        let date = try #require(CivilDate(year: 2026, month: 1, day: 5))
        let time = try #require(
            ClinicalTime(date: date, hour: 8, minute: 30, precision: .minute, offsetMinutes: 60, offsetOrigin: .stated))
        #expect(time.description == "2026-01-05T08:30:00+01:00")
        #expect(time.instant.description == "2026-01-05T07:30:00Z")
        let month = try #require(ClinicalTime(date: date, precision: .month, offsetOrigin: .absent))
        #expect(month.description == "2026-01")
    }

    /// Central European time: UTC+1 in winter, UTC+2 in summer; clocks change on 2026-03-29 and 2026-10-25 at 01:00 UTC.
    @Test(arguments: [
        (2026, 1, 5, 8, 60), (2026, 7, 5, 8, 120), (2026, 3, 29, 1, 60), (2026, 3, 29, 4, 120), (2026, 10, 25, 2, 120),
        (2026, 10, 25, 4, 60),
    ])
    func appliesAConfiguredZone(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ offset: Int) throws {
        let zone = try #require(ZoneRule("Europe/Berlin"))
        let date = try #require(CivilDate(year: year, month: month, day: day))
        let local = try #require(
            ClinicalTime(date: date, hour: hour, minute: 30, precision: .minute, offsetOrigin: .absent))
        let zoned = local.applying(zone: zone)
        #expect(zoned.offsetMinutes == offset)
        #expect(zoned.offsetOrigin == .configured)
    }

    @Test func aStatedOffsetIsNeverReplaced() throws {
        let date = try #require(CivilDate(year: 2026, month: 1, day: 5))
        let time = try #require(
            ClinicalTime(date: date, hour: 8, precision: .hour, offsetMinutes: -300, offsetOrigin: .stated))
        #expect(time.applying(zone: .fixed(minutes: 60)) == time)
    }

    @Test(arguments: ["", "Mars/Olympus", "+25:00", "+1", "01:00"])
    func refusesUnknownZones(_ text: String) {
        #expect(ZoneRule(text) == nil)
    }
}
