import Foundation
import Inference
import Testing

/// Hours of a made-up hospital, whose truth is known: labels are drawn with the probability of a risk, and the model's
/// margins are that risk and half a unit.
struct RecalibrationTests {
    private static func hours(_ count: Int, seed: UInt64, shift: Double = 0.5) throws -> [Recalibration.Hour] {
        var random = SplitMix64(seed: seed)
        // An answer to carry the numbers; only margin, probability, group and sets are looked at.
        let package = try EnsemblePackageTests.package()
        var answer = try #require(package.answer(vector: [5, 7]))
        return (0..<count).map { index in
            let risk = Double.random(in: -6...1, using: &random)
            answer.margin = risk + shift
            answer.probability = 1 / (1 + exp(-answer.margin))
            answer.group = index % 40 == 0 ? "few" : "many"
            for set in answer.sets.indices {
                answer.sets[set].positive = answer.margin >= -1
                answer.sets[set].negative = answer.margin <= -1
            }
            return Recalibration.Hour(
                answer: answer, label: Double.random(in: 0..<1, using: &random) < 1 / (1 + exp(-risk)), patient: index / 10)
        }
    }

    @Test func localLimitsKeepThePromiseOnLaterHours() throws {
        let recalibrated = Recalibration(try Self.hours(20_000, seed: 8), levels: [0.8, 0.9])
        let later = try Self.hours(20_000, seed: 9)
        for limit in recalibrated.all.limits {
            let positive = later.filter(\.label)
            let negative = later.filter { !$0.label }
            let covered = (
                Double(positive.count { $0.margin >= limit.positiveFrom }) / Double(positive.count),
                Double(negative.count { $0.margin <= limit.negativeTo }) / Double(negative.count)
            )
            #expect(abs(covered.0 - limit.level) < 0.03)
            #expect(abs(covered.1 - limit.level) < 0.03)
        }
        let expected = later.reduce(0) { $0 + recalibrated.calibration($1.margin) }
        #expect(abs(expected / Double(later.count { $0.label }) - 1) < 0.06)
    }

    /// The forecast of the new coverage comes from patients that the limits were not fitted to, so it is that of later hours.
    @Test func theForecastOfTheCoverageComesTrue() throws {
        let own = try Self.hours(20_000, seed: 10)
        let forecast = Recalibration.coverageAfter(own, levels: [0.8, 0.9])
        #expect(forecast.map(\.level) == [0.8, 0.9])
        for coverage in forecast {
            #expect(abs(coverage.all - coverage.level) < 0.02)
            #expect(abs(coverage.positive - coverage.level) < 0.03)
        }
        let before = Recalibration.coverageBefore(own)
        // Sets by one limit at −1, of which the label is in one: what is covered is what lies on its side.
        let inside = own.count { $0.label == ($0.margin >= -1) || $0.margin == -1 }
        #expect(abs((before.first?.all ?? 0) - Double(inside) / Double(own.count)) < 1e-12)
    }

    /// A group in which too few patients had the event has no limits of its own.
    @Test func aSmallGroupTakesTheLimitsOfAll() throws {
        let recalibrated = Recalibration(try Self.hours(4_000, seed: 11), levels: [0.8, 0.9])
        #expect(recalibrated.groups["few"]?.limits == recalibrated.all.limits)
        #expect(recalibrated.groups["few"]?.hours == 100)
        #expect(recalibrated.groups["many"]?.limits != recalibrated.all.limits)
    }
}
