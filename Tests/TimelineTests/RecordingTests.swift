import Clinical
import Testing
import Timeline

/// What a read sees of corrections, retractions, late arrivals and merges.
struct RecordingTests {
    private let codes = ["8867-4"]

    @Test func aCorrectionSupersedesForReadsThatKnowOfIt() {
        let first = finding("a", rate(180), at: 0, known: 1)
        let corrected = finding("a", rate(80), at: 0, known: 30, status: .corrected)
        let timeline = timeline(first, corrected)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60)) == corrected)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60, known: 30)) == corrected)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60, known: 29)) == first)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60, known: 0)) == nil)
        #expect(timeline.findingCount == 1)
        #expect(timeline.versionCount == 2)
    }

    @Test func aRetractionRemovesFromItsKnownTimeOn() {
        let earlier = finding("a", rate(70), at: 0)
        let wrong = finding("b", rate(170), at: 10)
        let timeline = timeline(earlier, wrong, finding("b", rate(170), at: 10, known: 20, status: .enteredInError))
        #expect(timeline.latest(loinc: codes, asOf: asOf(30)) == earlier)
        #expect(timeline.latest(loinc: codes, asOf: asOf(30, known: 19)) == wrong)
        #expect(timeline.series(loinc: codes, from: minute(0), asOf: asOf(30)) == [earlier])
    }

    /// Sent again after it was withdrawn, it counts again.
    @Test func aRetractedResultCanReturn() {
        let again = finding("a", rate(72), at: 0, known: 30)
        let timeline = timeline(
            finding("a", rate(71), at: 0), finding("a", rate(71), at: 0, known: 10, status: .enteredInError), again)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60, known: 20)) == nil)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60, known: 30)) == again)
    }

    /// A correction may move the time of measurement, or the code.
    @Test func aCorrectionMayMoveAResult() {
        let moved = finding("a", rate(70), at: 5, known: 40)
        let recoded = finding("a", rate(70), code: "9279-1", at: 5, known: 50)
        let timeline = timeline(finding("a", rate(70), at: 20), moved, recoded)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60, known: 45)) == moved)
        #expect(timeline.latest(loinc: codes, asOf: asOf(10, known: 45)) == moved)
        #expect(timeline.latest(loinc: codes, asOf: asOf(10, known: 30)) == nil)
        #expect(timeline.latest(loinc: codes, asOf: asOf(60)) == nil)
        #expect(timeline.latest(loinc: ["9279-1"], asOf: asOf(60)) == recoded)
    }

    @Test func lateArrivalsTakeTheirPlace() {
        let early = finding("a", rate(60), at: 0, known: 100)
        let middle = finding("b", rate(61), at: 10, known: 50)
        let late = finding("c", rate(62), at: 20)
        let timeline = timeline(late, middle, early)
        #expect(timeline.series(loinc: codes, from: minute(0), asOf: asOf(200)) == [early, middle, late])
        #expect(timeline.series(loinc: codes, from: minute(0), asOf: asOf(200, known: 60)) == [middle, late])
        #expect(timeline.series(loinc: codes, from: minute(0), asOf: asOf(10, known: 200)) == [early, middle])
        #expect(timeline.series(loinc: codes, from: minute(10), asOf: asOf(10, known: 200)) == [middle])
        #expect(timeline.latest(loinc: codes, asOf: asOf(15, known: 20)) == nil)
    }

    @Test func recordingAgainChangesNothing() {
        let one = finding("a", rate(60), at: 0, known: 1)
        var timeline = timeline(one, one)
        timeline.absorb(timeline)
        #expect(timeline.findingCount == 1)
        #expect(timeline.versionCount == 1)
        #expect(timeline.latest(loinc: codes, asOf: asOf(5)) == one)
        // A duplicate message brings the same result later: still one result.
        timeline.record(finding("a", rate(60), at: 0, known: 9))
        #expect(timeline.findingCount == 1)
        #expect(timeline.series(loinc: codes, from: minute(0), asOf: asOf(20)).count == 1)
    }

    @Test func tiesOnEffectiveTakeTheLatestKnownThenTheId() {
        let a = finding("a", rate(60), at: 10, known: 12)
        let b = finding("b", rate(61), at: 10, known: 11)
        let c = finding("c", rate(62), at: 10, known: 12)
        #expect(timeline(a, b).latest(loinc: codes, asOf: asOf(20)) == a)
        #expect(timeline(b, a).latest(loinc: codes, asOf: asOf(20)) == a)
        #expect(timeline(a, b, c).latest(loinc: codes, asOf: asOf(20)) == c)
        #expect(timeline(c, b, a).series(loinc: codes, from: minute(0), asOf: asOf(20)) == [b, a, c])
        // Of two codes the one named first, and only where they are equally recent.
        let other = finding("z", rate(63), code: "8889-8", at: 10, known: 15)
        let both = timeline(a, other)
        #expect(both.latest(loinc: ["8867-4", "8889-8"], asOf: asOf(20)) == a)
        #expect(both.latest(loinc: ["8889-8", "8867-4"], asOf: asOf(20)) == other)
    }

    /// ADT^A40: from the merge on, the surviving patient has the findings of the other; before, nobody knew.
    @Test func aMergeJoinsFromWhenItIsKnown() {
        let other = PatientKey(system: "urn:oid:1.2.3", value: "two")
        let own = finding("a", rate(60), at: 0)
        let theirs = finding("b", rate(61), at: 10, patient: other)
        let shared = finding("c", rate(62), at: 5)
        var surviving = timeline(own, shared)
        surviving.absorb(timeline(theirs, shared), known: minute(30))
        #expect(surviving.findingCount == 3)
        #expect(surviving.versionCount == 3)
        #expect(surviving.latest(loinc: codes, asOf: asOf(60)) == theirs)
        #expect(surviving.latest(loinc: codes, asOf: asOf(60, known: 29)) == shared)
        #expect(surviving.latest(loinc: codes, asOf: asOf(4, known: 60)) == own)
        // A correction of an absorbed result reaches it.
        let corrected = finding("b", rate(64), at: 10, known: 40, status: .corrected)
        surviving.record(corrected)
        #expect(surviving.latest(loinc: codes, asOf: asOf(60)) == corrected)
        #expect(surviving.latest(loinc: codes, asOf: asOf(60, known: 35)) == theirs)
        // Without a time, every read sees them.
        var simple = timeline(own)
        simple.absorb(timeline(theirs))
        #expect(simple.latest(loinc: codes, asOf: asOf(20)) == theirs)
    }

    @Test func otherCodeSystemsHaveSeriesOfTheirOwn() {
        let scale = finding("s", quantity("2", nil), code: "spo2-scale", at: 0, system: "urn:headwall:codes:clinical")
        let local = finding("l", rate(99), code: "8867-4", at: 0, system: "urn:local")
        let timeline = timeline(scale, local)
        #expect(timeline.latest(loinc: ["urn:headwall:codes:clinical|spo2-scale"], asOf: asOf(1)) == scale)
        #expect(timeline.latest(loinc: codes, asOf: asOf(1)) == nil)
        #expect(timeline.seriesKeys == ["urn:headwall:codes:clinical|spo2-scale", "urn:local|8867-4"])
    }

    /// What goes in comes out, to the last digit and second.
    @Test func findingsComeBackAsTheyWere() throws {
        var random = SplitMix64(seed: 11)
        let values: [Finding.Value] = [
            quantity("7.40", "mmol/L"), quantity("-0.00010", nil, .less), quantity("12345678901234567890123.5", "1"),
            quantity("1e30", "1", .greaterOrEqual),
            .coded(Code(system: CodeSystem.snomed, code: "248234008", display: "Alert")),
            .text(PHI("cloudy")), .missing(.unmappedCode),
        ]
        let ids = [
            "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF", "x", "",
            String(repeating: "f", count: 32),
        ]
        for round in 0..<500 {
            let date = try #require(
                CivilDate(
                    year: .random(in: 1...9999, using: &random), month: .random(in: 1...12, using: &random),
                    day: .random(in: 1...28, using: &random)))
            let precision = try #require(ClinicalTime.Precision(rawValue: .random(in: 0...6, using: &random)))
            let origin = try #require(ClinicalTime.OffsetOrigin(rawValue: .random(in: 0...2, using: &random)))
            let time = try #require(
                ClinicalTime(
                    date: date, hour: .random(in: 0...23, using: &random), minute: .random(in: 0...59, using: &random),
                    second: .random(in: 0...60, using: &random), nanosecond: .random(in: 0...999_999_999, using: &random),
                    fractionDigits: .random(in: 0...9, using: &random), precision: precision,
                    offsetMinutes: .random(in: -1439...1439, using: &random), offsetOrigin: origin))
            var given = finding(
                ids[round % ids.count], values[round % values.count], at: 0,
                status: [.preliminary, .final, .corrected][round % 3])
            given.effective = time
            given.origin = Finding.Origin(
                source: given.origin.source, address: given.origin.address, rawCode: given.origin.rawCode,
                rawValue: given.origin.rawValue, rawUnit: round % 2 == 0 ? nil : "mg/dl",
                mapping: MappingRecord(
                    table: "labA/1.0.0", tableDigest: "d", row: "\(round % 4)", relationship: "equivalent", unitRead: nil,
                    conversion: "ucum", factor: "10"))
            let timeline = timeline(given)
            #expect(timeline.latest(loinc: codes, asOf: AsOf(effective: .distantFuture, known: .distantFuture)) == given)
        }
    }

    @Test func theEndsOfTimeAreReadable() {
        let one = finding("a", rate(60), at: 0)
        let timeline = timeline(one)
        let always = AsOf(effective: .distantFuture, known: .distantFuture)
        #expect(timeline.latest(loinc: codes, asOf: always) == one)
        #expect(timeline.latest(loinc: codes, asOf: AsOf(.distantPast)) == nil)
        #expect(timeline.series(loinc: codes, from: .distantPast, asOf: always) == [one])
        #expect(PatientTimeline().latest(loinc: codes, asOf: always) == nil)
    }
}
