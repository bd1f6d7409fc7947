import Clinical
import Testing
import Timeline

/// Findings that leave memory: what is read afterwards is what would have been read with all of them.
struct ForgettingTests {
    private static let codes = ["8867-4", "8889-8", "2524-7"]

    private static func requests() -> [FeatureRequest] {
        FeatureRequest.Aggregate.allCases.filter { !$0.isDerived }.flatMap { aggregate in
            [(["8867-4", "8889-8"], "/min", Int64(6)), (["2524-7"], "mmol/L", 24)].map { codes, unit, hours in
                FeatureRequest(
                    name: "\(codes[0])-\(aggregate.rawValue)", label: "X", loinc: codes, unit: unit, aggregate: aggregate,
                    horizonSeconds: hours * 3600, plausible: 0...300)
            }
        }
    }

    /// Hours that each series is looked back for by the requests.
    private static func reach(_ key: String) -> Int64 { key == "2524-7" ? 24 : 6 }

    private static func event(_ random: inout SplitMix64, now: Int64) -> Finding {
        let code = codes[Int.random(in: 0..<3, using: &random)]
        let unit = code == "2524-7" ? "mmol/L" : "/min"
        // Mostly of now; some are late, by hours or by days.
        let delay: Int64 =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: .random(in: 0...600, using: &random)
            case 1: .random(in: 0...6000, using: &random)
            default: .random(in: 0...5, using: &random)
            }
        let value: Finding.Value =
            switch Int.random(in: 0..<8, using: &random) {
            case 0: .missing(.noValue)
            case 1: quantity("900", unit)
            case 2: quantity("5", unit, .less)
            default: quantity("\(Int.random(in: 1...200, using: &random))", unit)
            }
        // An id comes again now and then: a correction, also of what happened long ago, to another time or under another code.
        return finding(
            "f\(Int.random(in: 0..<400, using: &random))", value, code: code, at: now - delay, known: now,
            status: Int.random(in: 0..<12, using: &random) == 0 ? .enteredInError : .final)
    }

    /// A timeline that lets go after every few findings, and is read from the store again where it says so, beside one that
    /// keeps everything.
    @Test func readsAsOfNowSeeNoDifference() {
        var random = SplitMix64(seed: 2027)
        let requests = Self.requests()
        let plan = FeaturePlan(requests)
        var (forgotten, readAgain, compared) = (0, 0, 0)
        for _ in 0..<40 {
            var store: [Finding] = []
            var (whole, bounded) = (PatientTimeline(), PatientTimeline())
            var now: Int64 = 0
            for step in 0..<300 {
                now += .random(in: 0...40, using: &random)
                let new = Self.event(&random, now: now)
                if bounded.needsWhole(for: new) {
                    readAgain += 1
                    bounded = PatientTimeline()
                    for finding in store { bounded.record(finding) }
                }
                store.append(new)
                whole.record(new)
                bounded.record(new)
                if step % 7 == 0 {
                    forgotten += bounded.forget { minute(now).adding(seconds: -Self.reach($0) * 3600) }
                }
                let moment = asOf(now + 5, known: now)
                #expect(bounded.features(requests, asOf: moment) == whole.features(requests, asOf: moment))
                #expect(bounded.row(plan, asOf: moment) == whole.row(plan, asOf: moment))
                for code in Self.codes {
                    #expect(bounded.latest(loinc: [code], asOf: moment) == whole.latest(loinc: [code], asOf: moment))
                }
                compared += 1
            }
        }
        #expect(compared == 12_000 && forgotten > 5000 && readAgain > 100)
    }

    /// A patient is joined to another one, both of whom have let go of something.
    @Test func mergedTimelinesReadTheSame() {
        var random = SplitMix64(seed: 5)
        let requests = Self.requests()
        for _ in 0..<40 {
            var wholes = [PatientTimeline(), PatientTimeline()]
            var bounded = wholes
            for step in 0..<200 {
                let which = step % 2
                var new = Self.event(&random, now: Int64(step) * 20)
                new.id += "-\(which)"
                guard !bounded[which].needsWhole(for: new) else { continue }
                wholes[which].record(new)
                bounded[which].record(new)
                if step % 20 < 2 {
                    bounded[which].forget { minute(Int64(step) * 20).adding(seconds: -Self.reach($0) * 3600) }
                }
            }
            let now: Int64 = 4000
            wholes[0].absorb(wholes[1], known: minute(now))
            bounded[0].absorb(bounded[1], known: minute(now))
            #expect(bounded[0].features(requests, asOf: asOf(now)) == wholes[0].features(requests, asOf: asOf(now)))
            #expect(!bounded[0].isWhole)
            #expect(bounded[0].needsWhole(for: finding("new", rate(80), at: 0, known: now)))
        }
    }

    @Test func staleValuesKeepTheirTime() {
        var timeline = timeline(
            finding("a", rate(60), at: 0), finding("b", rate(70), at: 10), finding("c", .missing(.noValue), at: 20))
        #expect(timeline.forget { _ in minute(1000) } == 1)
        #expect(timeline.versionCount == 2)
        let request = FeatureRequest(name: "x", label: "X", loinc: ["8867-4"], unit: "/min", horizonSeconds: 3600)
        let value = timeline.features([request], asOf: asOf(1000))[0]
        #expect(value.content == .missing(.stale) && value.effective == minute(10) && value.finding == "b")
        #expect(timeline.latest(loinc: ["8867-4"], asOf: asOf(1000))?.id == "c")
        // The time before is not here any more.
        #expect(timeline.needsWhole(for: finding("d", rate(80), at: 500, known: 1000)))
        #expect(timeline.needsWhole(for: finding("b", rate(71), at: 1001, known: 1001)))
        #expect(!timeline.needsWhole(for: finding("d", rate(80), at: 1001, known: 1001)))
    }
}
