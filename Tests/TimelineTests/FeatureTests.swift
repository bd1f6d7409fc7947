import Clinical
import Testing
import Timeline

/// How the state of a timeline at a moment becomes the inputs of a model.
struct FeatureTests {
    private func request(
        _ loinc: [String] = ["8867-4"], unit: String? = "/min", _ aggregate: FeatureRequest.Aggregate = .last,
        minutes: Int64 = 60, plausible: ClosedRange<Double>? = nil
    ) -> FeatureRequest {
        FeatureRequest(
            name: "x", label: "X", loinc: loinc, unit: unit, aggregate: aggregate, horizonSeconds: minutes * 60,
            plausible: plausible)
    }

    private func feature(_ timeline: PatientTimeline, _ request: FeatureRequest, _ moment: AsOf) throws -> FeatureValue {
        let values = timeline.features([request], asOf: moment)
        #expect(values.count == 1)
        return try #require(values.first)
    }

    @Test func theLastValueOverAllCodes() throws {
        let timeline = timeline(
            finding("a", rate(60), at: 0), finding("b", rate(65), code: "8889-8", at: 10, known: 12),
            finding("c", rate(70), at: 5))
        let value = try feature(timeline, request(["8867-4", "8889-8"]), asOf(20))
        #expect(
            value
                == FeatureValue(
                    name: "x", content: .number(65), unit: "/min", loinc: "8889-8", effective: minute(10),
                    known: minute(12),
                    finding: "b"))
        #expect(try feature(timeline, request(["8867-4", "8889-8"]), asOf(20, known: 11)).content == .number(70))
        #expect(try feature(timeline, request(["8867-4"]), asOf(4)).content == .number(60))
    }

    @Test func theHorizonIncludesItsEndAndStaleKeepsItsTime() throws {
        let timeline = timeline(finding("a", rate(60), at: 0))
        #expect(try feature(timeline, request(), asOf(60)).content == .number(60))
        let stale = try feature(timeline, request(), asOf(61))
        #expect(stale.content == .missing(.stale))
        #expect(stale.effective == minute(0))
        #expect(stale.unit == nil)
        for aggregate in [FeatureRequest.Aggregate.minimum, .maximum] {
            #expect(try feature(timeline, request(aggregate), asOf(60)).content == .number(60))
            #expect(try feature(timeline, request(aggregate), asOf(61)).content == .missing(.stale))
        }
    }

    private func request(_ aggregate: FeatureRequest.Aggregate) -> FeatureRequest {
        request(["8867-4"], unit: "/min", aggregate)
    }

    @Test func nothingArrived() throws {
        let value = try feature(PatientTimeline(), request(), asOf(0))
        #expect(value == FeatureValue(name: "x", content: .missing(.notMeasured)))
        let future = timeline(finding("a", rate(60), at: 10))
        #expect(try feature(future, request(), asOf(5, known: 60)).content == .missing(.notMeasured))
    }

    /// A result without a value does not hide an older one that has one, and is the answer where there is none.
    @Test func resultsWithoutAValue() throws {
        var timeline = timeline(finding("a", rate(60), at: 0), finding("b", .missing(.ambiguous), at: 10))
        #expect(try feature(timeline, request(), asOf(30)).content == .number(60))
        #expect(timeline.latest(loinc: ["8867-4"], asOf: asOf(30))?.value == .missing(.ambiguous))
        // The value is stale by now, the gap is not.
        let gap = try feature(timeline, request(), asOf(65))
        #expect(gap.content == .missing(.ambiguous))
        #expect(gap.effective == minute(10))
        // Both out of the horizon: the age of the last value is what is known.
        let stale = try feature(timeline, request(), asOf(100))
        #expect(stale.content == .missing(.stale))
        #expect(stale.effective == minute(0))
        timeline = PatientTimeline()
        timeline.record(finding("c", .missing(.unmappedCode), at: 0))
        #expect(try feature(timeline, request(), asOf(5)).content == .missing(.unmappedCode))
        #expect(try feature(timeline, request(), asOf(90)).content == .missing(.notMeasured))
    }

    @Test func aRetractedValueIsNotAFeature() throws {
        let timeline = timeline(
            finding("a", rate(60), at: 0), finding("b", rate(170), at: 10),
            finding("b", rate(170), at: 10, known: 20, status: .enteredInError))
        #expect(try feature(timeline, request(), asOf(30)).content == .number(60))
        #expect(try feature(timeline, request(), asOf(30, known: 15)).content == .number(170))
    }

    /// UCUM: 98.6 °F is 37 °C exactly; 0.4 is 40 %; an annotation does not change a unit.
    @Test(arguments: [
        ("98.6", "[degF]", "Cel", 37.0), ("310.15", "K", "Cel", 37), ("0.4", "1", "%", 40),
        ("72", "{beats}/min", "/min", 72),
        ("72", "1/min", "/min", 72), ("8.1", "10*3/uL", "10*9/L", 8.1), ("15", nil, "{score}", 15),
        ("15", "1", "{score}", 15),
    ])
    func unitsAreConverted(value: String, from: String?, to: String, expected: Double) throws {
        let timeline = timeline(finding("a", quantity(value, from), at: 0))
        let found = try feature(timeline, request(unit: to), asOf(0))
        #expect(found.content == .number(expected))
        #expect(found.unit == to)
    }

    @Test func kilopascalsBecomeMillimetresOfMercury() throws {
        let found = try feature(timeline(finding("a", quantity("16", "kPa"), at: 0)), request(unit: "mm[Hg]"), asOf(0))
        guard case .number(let value) = found.content else {
            Issue.record("expected a number")
            return
        }
        // 16 kPa ÷ 133.322 Pa (UCUM: 1 m[Hg] = 133.322 kPa).
        #expect(abs(value - 16 / 0.133_322) < 1e-9)
    }

    @Test(arguments: [("70", nil), ("70", "mmol/L"), ("70", "bpm-ish"), ("70", "")] as [(String, String?)])
    func unitsThatDoNotConvertAreGaps(value: String, unit: String?) throws {
        let timeline = timeline(finding("o", rate(50), at: 0), finding("a", quantity(value, unit), at: 1))
        #expect(try feature(timeline, request(), asOf(2)).content == .missing(.unit))
    }

    @Test func plausibilityIsJudgedInTheRequestedUnit() throws {
        let asked = request(unit: "Cel", plausible: 20...46)
        #expect(try feature(timeline(finding("a", quantity("101", "[degF]"), at: 0)), asked, asOf(0)).unit == "Cel")
        let mistaken = timeline(finding("o", quantity("37", "Cel"), at: 0), finding("a", quantity("101", "Cel"), at: 1))
        let found = try feature(mistaken, asked, asOf(2))
        #expect(found.content == .missing(.implausible))
        #expect(found.effective == minute(1))
    }

    @Test func textAndCodes() throws {
        let number = request()
        let coded = request(unit: nil)
        let alert = Code(system: CodeSystem.snomed, code: "248234008", display: "Mentally alert")
        #expect(
            try feature(timeline(finding("a", .text(PHI("A")), at: 0)), number, asOf(0)).content == .missing(.notUsable))
        #expect(try feature(timeline(finding("a", .coded(alert), at: 0)), number, asOf(0)).content == .missing(.notUsable))
        #expect(try feature(timeline(finding("a", .coded(alert), at: 0)), coded, asOf(0)).content == .coded(alert))
        #expect(
            try feature(timeline(finding("a", .text(PHI("A")), at: 0)), coded, asOf(0)).content
                == .coded(Code(system: "", code: "A")))
        #expect(try feature(timeline(finding("a", quantity("2", nil), at: 0)), coded, asOf(0)).content == .number(2))
        // Free text could hold anything and is not passed on.
        for text in ["seen by Dr Miller", "Mrs. Canary", "1985-03-04", "", String(repeating: "a", count: 17)] {
            let found = try feature(timeline(finding("a", .text(PHI(text)), at: 0)), coded, asOf(0))
            #expect(found.content == .missing(.notUsable))
        }
    }

    @Test func boundsStayBounds() throws {
        let bounded = timeline(finding("a", quantity("0.01", "/min", .less), at: 0))
        #expect(try feature(bounded, request(), asOf(0)).content == .bound(0.01, .less))
    }

    @Test func minimumAndMaximum() throws {
        let timeline = timeline(
            finding("a", rate(90), at: -61), finding("b", rate(60), at: 0), finding("c", rate(50), code: "8889-8", at: 5),
            finding("d", rate(120), at: 10), finding("e", rate(70), at: 20), finding("f", .missing(.noValue), at: 30),
            finding("g", rate(10), at: 31), finding("g", rate(10), at: 31, known: 32, status: .enteredInError))
        let codes = ["8867-4", "8889-8"]
        let low = try feature(timeline, request(codes, .minimum), asOf(40))
        #expect(low.content == .number(50))
        #expect(low.loinc == "8889-8" && low.finding == "c" && low.effective == minute(5))
        let high = try feature(timeline, request(codes, .maximum), asOf(40))
        #expect(high.content == .number(120))
        #expect(high.finding == "d")
        #expect(try feature(timeline, request(codes, .minimum), asOf(40, known: 31)).content == .number(10))
        #expect(try feature(timeline, request(codes, .maximum), asOf(9)).content == .number(60))
    }

    private func request(_ codes: [String], _ aggregate: FeatureRequest.Aggregate) -> FeatureRequest {
        request(codes, unit: "/min", aggregate)
    }

    /// An implausible value is no extreme; where all are, the reason is given.
    @Test func extremesLeaveOutWhatCannotBe() throws {
        let asked = request(unit: "/min", .maximum, plausible: 0...300)
        var timeline = timeline(finding("a", rate(80), at: 0), finding("b", rate(999), at: 1))
        #expect(try feature(timeline, asked, asOf(2)).content == .number(80))
        timeline = PatientTimeline()
        timeline.record(finding("b", rate(999), at: 1))
        #expect(try feature(timeline, asked, asOf(2)).content == .missing(.implausible))
    }

    /// Among 5 and `<3` the minimum is below 3, the maximum is 5; among 5 and `<9` the maximum may be anything up to 9.
    @Test func extremesOfBounds() throws {
        func extreme(_ aggregate: FeatureRequest.Aggregate, _ values: Finding.Value...) throws -> FeatureValue.Content {
            var timeline = PatientTimeline()
            for (index, value) in values.enumerated() { timeline.record(finding("\(index)", value, at: Int64(index))) }
            return try feature(timeline, request(aggregate), asOf(30)).content
        }
        func bound(_ text: String, _ comparator: Quantity.Comparator) -> Finding.Value {
            quantity(text, "/min", comparator)
        }
        #expect(try extreme(.minimum, rate(5), bound("3", .less)) == .bound(3, .less))
        #expect(try extreme(.minimum, rate(2), bound("3", .less)) == .bound(2, .lessOrEqual))
        #expect(try extreme(.maximum, rate(2), bound("3", .greater)) == .bound(3, .greater))
        #expect(try extreme(.maximum, rate(5), bound("3", .greater)) == .bound(5, .greaterOrEqual))
        #expect(try extreme(.maximum, rate(5), bound("3", .less)) == .number(5))
        #expect(try extreme(.maximum, rate(5), bound("9", .less)) == .bound(9, .less))
        #expect(try extreme(.minimum, rate(5), bound("9", .greater)) == .number(5))
        #expect(try extreme(.minimum, rate(5), bound("3", .greater)) == .bound(3, .greater))
    }

    @Test func valuesComeInTheOrderOfTheRequests() {
        let timeline = timeline(finding("a", rate(60), at: 0), finding("b", rate(16), code: "9279-1", at: 0))
        let requests = ["9279-1", "8867-4", "2160-0"].map {
            FeatureRequest(name: $0, label: $0, loinc: [$0], unit: "/min", horizonSeconds: 60)
        }
        let values = timeline.features(requests, asOf: asOf(0))
        #expect(values.map(\.name) == ["9279-1", "8867-4", "2160-0"])
        #expect(values.map(\.content) == [.number(16), .number(60), .missing(.notMeasured)])
    }

    /// Another conversion can be put in, for instance one that knows a hospital's unit names.
    @Test func theConversionIsExchangeable() {
        struct Doubling: UnitConverting {
            func convert(_ value: ExactDecimal, of loinc: String, from: String, to: String) -> ExactDecimal? {
                from == "half" && to == "/min"
                    ? ExactDecimal(coefficient: value.coefficient * 2, scale: Int(value.scale)) : nil
            }
        }
        let timeline = timeline(finding("a", quantity("35", "half"), at: 0))
        #expect(timeline.features([request()], asOf: asOf(0), conversion: Doubling()).map(\.content) == [.number(70)])
    }
}
