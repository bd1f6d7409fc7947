import Clinical
import Testing
import Timeline

/// Aggregates over a window, against a recomputation from the plain list of what arrived.
struct WindowTests {
    private static let aggregates = FeatureRequest.Aggregate.allCases.filter { !$0.isDerived }

    private static func requests(_ codes: [String], hours: Int64) -> [FeatureRequest] {
        aggregates.map {
            FeatureRequest(
                name: $0.rawValue, label: $0.rawValue, loinc: codes, unit: "/min", aggregate: $0,
                horizonSeconds: hours * 3600,
                plausible: 0...300)
        }
    }

    private func numbers(_ timeline: PatientTimeline, _ requests: [FeatureRequest], _ moment: AsOf) -> [Double] {
        timeline.features(requests, asOf: moment).map { value in
            switch value.content {
            case .number(let number), .bound(let number, _): number
            case .coded, .missing: .nan
            }
        }
    }

    @Test func knownNumbers() throws {
        let timeline = timeline(
            finding("a", rate(60), at: 0), finding("b", rate(80), at: 60), finding("c", rate(70), at: 120),
            finding("d", rate(999), at: 130), finding("e", .missing(.noValue), at: 140))
        let requests = Self.requests(["8867-4"], hours: 24)
        let values = timeline.features(requests, asOf: asOf(180))
        func number(_ aggregate: FeatureRequest.Aggregate) throws -> Double {
            let value = try #require(values.first { $0.name == aggregate.rawValue })
            guard case .number(let number) = value.content else { return .nan }
            return number
        }
        // The newest value is impossible: there is no last one, and the others leave it out.
        #expect(try number(.last).isNaN)
        #expect(try number(.minimum) == 60)
        #expect(try number(.maximum) == 80)
        #expect(try number(.mean) == 70)
        #expect(try number(.count) == 3)
        #expect(try number(.ever) == 1)
        #expect(try number(.variability) == 10)
        // 60, 80, 70 at 0, 1, 2 h: least squares 5 an hour.
        #expect(abs(try number(.slope) - 5) < 1e-12)
        #expect(try number(.timeSinceLast) == 1)
        #expect(try number(.timeSinceFirst) == 3)
        #expect(values.first { $0.name == "slope" }?.unit == "/min/h")
        #expect(values.first { $0.name == "count" }?.unit == "1")
        #expect(values.first { $0.name == "mean" }?.finding == "c")
    }

    @Test func nothingIsZeroOnlyWhereItIsCounted() {
        let values = PatientTimeline().features(Self.requests(["8867-4"], hours: 1), asOf: asOf(0))
        for value in values {
            switch value.name {
            case "count", "ever": #expect(value.content == .number(0))
            default: #expect(value.content == .missing(.notMeasured))
            }
        }
    }

    @Test func aBoundCountsByItsLimitAndACodeNotAtAll() {
        let timeline = timeline(
            finding("a", quantity("5", "/min", .less), at: 0), finding("b", rate(7), at: 60),
            finding("c", .coded(Code(system: "x", code: "y")), at: 70))
        let found = numbers(timeline, Self.requests(["8867-4"], hours: 24), asOf(120))
        #expect(found[3] == 6)
        #expect(found[6] == 2)
    }

    /// What is only timed may be of any kind.
    @Test func valuesOfSeveralUnitsAreTimedTogether() {
        let timeline = timeline(
            finding("a", quantity("120", "mm[Hg]"), code: "8480-6", at: 0), finding("b", rate(70), at: 60))
        let request = FeatureRequest(
            name: "x", label: "X", loinc: ["8867-4", "8480-6"], unit: nil, aggregate: .timeSinceFirst,
            horizonSeconds: 86_400)
        #expect(numbers(timeline, [request], asOf(180)) == [3])
        #expect(timeline.vector(FeaturePlan([request]), asOf: asOf(180)) == [3])
    }

    @Test func aPatientMayHaveMoreSeriesThanAPlanOrFewer() {
        func request(_ code: String) -> FeatureRequest {
            FeatureRequest(
                name: code, label: code, loinc: [code], unit: "/min", aggregate: .maximum, horizonSeconds: 86_400)
        }
        let few = timeline(finding("a", rate(60), code: "8889-8", at: 0))
        let many = timeline(
            finding("a", rate(60), code: "8889-8", at: 0), finding("b", rate(20), code: "9279-1", at: 0),
            finding("c", rate(70), at: 0))
        let narrow = FeaturePlan([request("8889-8")])
        let wide = FeaturePlan([request("9279-1"), request("8889-8"), request("8867-4")])
        #expect(few.row(narrow, asOf: asOf(60)).entries.map(\.number) == [60])
        #expect(many.row(narrow, asOf: asOf(60)).entries.map(\.number) == [60])
        #expect(many.row(wide, asOf: asOf(60)).entries.map(\.number) == [20, 60, 70])
        let found = few.row(wide, asOf: asOf(60)).entries.map(\.number)
        #expect(found[0].isNaN && found[1] == 60 && found[2].isNaN)
        #expect(few.vector(narrow, asOf: asOf(60)) == [60] && many.vector(wide, asOf: asOf(60)) == [20, 60, 70])
    }

    @Test func timesAreToldFromNowWhereAFastClockIsAllowedFor() {
        let timeline = timeline(finding("a", rate(60), at: 0))
        let request = FeatureRequest(
            name: "x", label: "X", loinc: ["8867-4"], unit: "/min", aggregate: .timeSinceLast, horizonSeconds: 86_400)
        #expect(numbers(timeline, [request], asOf(65, known: 60)) == [1])
    }

    @Test func ageComesFromTheDateOfBirth() {
        var timeline = PatientTimeline()
        let request = FeatureRequest(
            name: "age", label: "Age", loinc: ["30525-0"], unit: "a", horizonSeconds: 86_400, plausible: 14...120)
        #expect(numbers(timeline, [request], asOf(0))[0].isNaN)
        // The moment is 2026-01-05.
        timeline.birthDate = CivilDate(year: 1950, month: 1, day: 5)
        #expect(numbers(timeline, [request], asOf(0)) == [76])
        timeline.birthDate = CivilDate(year: 1950, month: 1, day: 6)
        #expect(numbers(timeline, [request], asOf(0)) == [75])
        #expect(timeline.vector(FeaturePlan([request]), asOf: asOf(0)) == [75])
    }

    // MARK: - Random histories

    /// Late arrivals, corrections, retractions, impossible values, two codes.
    private static func history(_ random: inout SplitMix64) -> [Finding] {
        (0..<Int.random(in: 0...40, using: &random)).map { _ in
            let id = "f\(Int.random(in: 0..<25, using: &random))"
            let effective = Int64.random(in: 0...1500, using: &random)
            let late = Bool.random(using: &random) ? 0 : Int64.random(in: 0...900, using: &random)
            let value: Finding.Value
            switch Int.random(in: 0..<12, using: &random) {
            case 0: value = .missing(.noValue)
            case 1: value = rate(1000)
            case 2: value = .coded(Code(system: "x", code: "y"))
            case 3: value = quantity("1.5", "/s")
            default:
                value = quantity("\(Int.random(in: 40...200, using: &random)).\(Int.random(in: 0...9, using: &random))")
            }
            return finding(
                id, value, code: Bool.random(using: &random) ? "8867-4" : "8889-8", at: effective, known: effective + late,
                status: Int.random(in: 0..<10, using: &random) == 0 ? .enteredInError : .final)
        }
    }

    /// What a reader of the whole list would say.
    private struct Ledger {
        /// Each thing that was recorded, with the time from which a read knows of it: that of its issue, not of its
        /// collection, and for another patient's results not before the merge.
        private var records: [(finding: Finding, visible: Instant)] = []

        mutating func record(_ finding: Finding) { records.append((finding, finding.known)) }

        mutating func absorb(_ other: Ledger, known: Instant) {
            for (finding, visible) in other.records { records.append((finding, max(visible, known))) }
        }

        /// Of each id the version known last, unless that is a retraction.
        func standing(_ moment: AsOf) -> [Finding] {
            var newest: [String: Finding] = [:]
            for (finding, visible) in records where visible <= moment.known {
                if let other = newest[finding.id], other.known > finding.known { continue }
                newest[finding.id] = finding
            }
            return newest.values.filter { $0.status != .enteredInError && $0.effective.instant <= moment.effective }
        }

        static func number(_ finding: Finding) -> Double? {
            guard case .quantity(let quantity) = finding.value else { return nil }
            let value = quantity.value.doubleValue * (quantity.unit == "/s" ? 60 : 1)
            return (0...300).contains(value) ? value : nil
        }

        /// Usable values within the hours before the moment, oldest first.
        func values(_ moment: AsOf, hours: Double) -> [(hours: Double, value: Double)] {
            standing(moment).compactMap { finding in
                let age = moment.effective.seconds(since: finding.effective.instant) / 3600
                return age <= hours ? Self.number(finding).map { (age, $0) } : nil
            }.sorted { $0.hours > $1.hours }
        }

        /// The last result that has a value, usable or not; `nil` if that is not within the hours or cannot be used.
        func last(_ codes: [String], _ moment: AsOf, hours: Double) -> Double? {
            let valued = standing(moment).filter { if case .missing = $0.value { false } else { true } }
            let newest = valued.max { left, right in
                let (a, b) = (left.effective.instant, right.effective.instant)
                if a != b { return a < b }
                let ranks = [left, right].map { codes.firstIndex(of: $0.code.code) ?? 99 }
                if ranks[0] != ranks[1] { return ranks[0] > ranks[1] }
                return left.known == right.known ? left.id < right.id : left.known < right.known
            }
            guard let newest, moment.effective.seconds(since: newest.effective.instant) <= hours * 3600 else { return nil }
            return Self.number(newest)
        }
    }

    private static func expected(
        _ aggregate: FeatureRequest.Aggregate, _ values: [(hours: Double, value: Double)], last: Double?
    ) -> Double {
        let count = Double(values.count)
        switch aggregate {
        case .last: return last ?? .nan
        case .ratio, .difference: return .nan
        case .count: return count
        case .ever: return values.isEmpty ? 0 : 1
        case .minimum: return values.map(\.value).min() ?? .nan
        case .maximum: return values.map(\.value).max() ?? .nan
        case .mean: return values.isEmpty ? .nan : values.reduce(0) { $0 + $1.value } / count
        case .timeSinceLast: return values.map(\.hours).min() ?? .nan
        case .timeSinceFirst: return values.map(\.hours).max() ?? .nan
        case .variability:
            guard values.count > 1 else { return .nan }
            let mean = values.reduce(0) { $0 + $1.value } / count
            return (values.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / (count - 1)).squareRoot()
        case .slope:
            let mean = values.reduce(0) { $0 + $1.value } / count
            let middle = values.reduce(0) { $0 - $1.hours } / count
            let squares = values.reduce(0) { $0 + ($1.hours + middle) * ($1.hours + middle) }
            guard values.count > 1, squares > 0 else { return .nan }
            return values.reduce(0) { $0 + (-$1.hours - middle) * ($1.value - mean) } / squares
        }
    }

    /// A lagged window sees what an unlagged one saw then, and what has come to be known of it since.
    @Test func aLagMovesTheWindowBack() throws {
        let timeline = timeline(
            finding("a", rate(80), at: -90), finding("b", rate(90), at: -30), finding("c", rate(100), at: 20),
            finding("late", rate(85), at: -40, known: 10))
        let aggregates: [FeatureRequest.Aggregate] = [.last, .minimum, .mean, .count, .timeSinceLast]
        func requests(lag: Int64) -> [FeatureRequest] {
            aggregates.map {
                FeatureRequest(
                    name: $0.rawValue, label: "x", loinc: ["8867-4"], unit: "/min", aggregate: $0, horizonSeconds: 3600,
                    lagSeconds: lag)
            }
        }
        for all in [requests(lag: 3600), requests(lag: 0) + requests(lag: 3600)] {
            let lagged = timeline.features(all, asOf: asOf(30)).suffix(5)
            let then = timeline.features(requests(lag: 0), asOf: asOf(-30, known: 30))
            #expect(lagged.map(\.content) == then.map(\.content))
            #expect(lagged.map(\.finding) == then.map(\.finding))
            let vector = timeline.vector(FeaturePlan(all), asOf: asOf(30)).suffix(5)
            #expect(Array(vector) == [90, 80, 85, 3, 0])
        }
        #expect(timeline.vector(FeaturePlan(requests(lag: 3600)), asOf: asOf(30, known: 5)) == [90, 80, 85, 2, 0])
    }

    /// What is made of two inputs is missing with either, and never divides by zero.
    @Test func ratiosAndDifferencesFollowTheirOperands() throws {
        func last(_ name: String, _ code: String) -> FeatureRequest {
            FeatureRequest(name: name, label: name, loinc: [code], unit: "/min", horizonSeconds: 3600)
        }
        func derived(_ name: String, _ aggregate: FeatureRequest.Aggregate) -> FeatureRequest {
            FeatureRequest(
                name: name, label: name, loinc: [], unit: "1", aggregate: aggregate, horizonSeconds: 0,
                operands: ["a", "b"])
        }
        let requests = [
            derived("ratio", .ratio), last("a", "8867-4"), last("b", "8889-8"), derived("difference", .difference),
        ]
        let plan = FeaturePlan(requests)
        for (a, b, ratio, difference) in [
            (120, 80, 1.5, 40), (120, nil, nil, nil), (nil, 80, nil, nil), (120, 0, nil, 120),
        ] as [(Int?, Int?, Double?, Double?)] {
            var timeline = PatientTimeline()
            if let a { timeline.record(finding("a", rate(a), code: "8867-4", at: 10)) }
            if let b { timeline.record(finding("b", rate(b), code: "8889-8", at: 10)) }
            let features = timeline.features(requests, asOf: asOf(30))
            let vector = timeline.vector(plan, asOf: asOf(30))
            let row = timeline.row(plan, asOf: asOf(30))
            #expect(requests.indices.map { row.value($0, of: requests[$0]) } == features)
            for (position, expected) in [(0, ratio), (3, difference)] {
                #expect(features[position].content == expected.map { .number($0) } ?? .missing(.notMeasured))
                #expect(expected == nil ? vector[position].isNaN : vector[position] == expected)
            }
        }
    }

    /// Corrections, late arrivals, retractions, merges, impossible values, two codes, units that convert: every aggregate
    /// is what a reader of the whole list works out.
    @Test func aThousandRandomHistoriesEqualARecomputation() {
        var random = SplitMix64(seed: 2026)
        let codes = ["8867-4", "8889-8"]
        let requests = Self.requests(codes, hours: 8)
        let plan = FeaturePlan(requests)
        var (compared, known) = (0, Dictionary(uniqueKeysWithValues: Self.aggregates.map { ($0, 0) }))
        for round in 0..<1000 {
            var (timeline, ledger) = (PatientTimeline(), Ledger())
            for finding in Self.history(&random) {
                timeline.record(finding)
                ledger.record(finding)
            }
            if round % 3 == 0 {
                var (other, others) = (PatientTimeline(), Ledger())
                for finding in Self.history(&random) {
                    other.record(finding)
                    others.record(finding)
                }
                let merged = minute(.random(in: 0...2000, using: &random))
                timeline.absorb(other, known: merged)
                ledger.absorb(others, known: merged)
            }
            let effective = Int64.random(in: 0...1600, using: &random)
            let moment = asOf(effective, known: effective + Int64.random(in: 0...600, using: &random))
            let inside = ledger.values(moment, hours: 8)
            let last = ledger.last(codes, moment, hours: 8)
            let found = numbers(timeline, requests, moment)
            let vector = timeline.vector(plan, asOf: moment)
            let row = timeline.row(plan, asOf: moment).vector
            for (index, aggregate) in Self.aggregates.enumerated() {
                #expect(found[index] == vector[index] || (found[index].isNaN && vector[index].isNaN))
                #expect(found[index] == row[index] || (found[index].isNaN && row[index].isNaN))
                let expected = Self.expected(aggregate, inside, last: last)
                compared += 1
                if expected.isNaN {
                    #expect(found[index].isNaN, "\(aggregate) in round \(round)")
                } else {
                    known[aggregate, default: 0] += 1
                    #expect(
                        abs(found[index] - expected) <= 1e-9 * max(1, abs(expected)), "\(aggregate) in round \(round)")
                }
            }
        }
        #expect(compared == 10_000)
        // Each aggregate had a value to get right, many times.
        #expect(known.values.allSatisfy { $0 > 300 }, "\(known)")
    }

    /// The form that trained models are read in says the same as the one in words, whatever arrived: bounds, codes, stale and
    /// missing values, units that convert and that do not, counted values of any unit, ages, merges.
    @Test func aRowSaysWhatTheValuesSay() {
        var random = SplitMix64(seed: 41)
        var requests = Self.requests(["8867-4", "8889-8"], hours: 8) + Self.requests(["8889-8"], hours: 2)
        requests += Self.requests(["2524-7"], hours: 8)
        for (index, aggregate) in Self.aggregates.enumerated() {
            requests.append(
                FeatureRequest(
                    name: "any-\(index)", label: "Any", loinc: ["8889-8", "2524-7", "8867-4"], unit: nil,
                    aggregate: aggregate, horizonSeconds: 4 * 3600))
        }
        requests.append(
            FeatureRequest(
                name: "age", label: "Age", loinc: ["21612-7", "30525-0"], unit: "a", horizonSeconds: 3600,
                plausible: 14...120))
        let plan = FeaturePlan(requests)
        for round in 0..<500 {
            var timeline = PatientTimeline()
            if round % 3 > 0 { timeline.birthDate = CivilDate(year: 1950, month: 1, day: 5) }
            for finding in Self.history(&random) { timeline.record(finding) }
            for index in 0..<Int.random(in: 0...3, using: &random) {
                timeline.record(
                    finding(
                        "bound-\(index)", quantity("\(50 + index)", "/min", index == 0 ? .less : .greaterOrEqual),
                        at: Int64.random(in: 0...1500, using: &random)))
            }
            if round % 5 == 0 {
                var other = PatientTimeline()
                for finding in Self.history(&random) { other.record(finding) }
                timeline.absorb(other, known: minute(700))
            }
            let effective = Int64.random(in: 0...2500, using: &random)
            let moment = asOf(effective + 5, known: effective)
            let expected = timeline.features(requests, asOf: moment)
            let row = timeline.row(plan, asOf: moment)
            #expect(requests.indices.map { row.value($0, of: requests[$0]) } == expected)
            let again = FeatureRow(expected, requests: requests)
            #expect(requests.indices.map { again.value($0, of: requests[$0]) } == expected)
        }
    }

    /// The leakage guard: whatever is added that was not yet true or not yet known, no feature changes.
    @Test func theFutureChangesNothing() {
        var random = SplitMix64(seed: 7)
        let requests = Self.requests(["8867-4", "8889-8"], hours: 8)
        let plan = FeaturePlan(requests)
        for _ in 0..<300 {
            var timeline = PatientTimeline()
            for finding in Self.history(&random) { timeline.record(finding) }
            let moment = asOf(Int64.random(in: 0...1600, using: &random))
            let (features, vector) = (timeline.features(requests, asOf: moment), timeline.vector(plan, asOf: moment))
            for finding in Self.history(&random) {
                var future = finding
                let delay = Int64.random(in: 1...5000, using: &random)
                if Bool.random(using: &random) {
                    // Learned of later, whenever it was true: also as a correction or retraction of what is there.
                    future.known = moment.known.adding(seconds: delay)
                } else {
                    future.id = "later-" + finding.id
                    future.effective = ClinicalTime(moment.effective.adding(seconds: delay))
                }
                timeline.record(future)
            }
            #expect(timeline.features(requests, asOf: moment) == features)
            #expect(timeline.vector(plan, asOf: moment).map(\.bitPattern) == vector.map(\.bitPattern))
        }
    }
}
