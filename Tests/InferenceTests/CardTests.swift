import Foundation
import Inference
import Testing

struct CardTests {
    @Test func theSepsisCardShowsTheDropAndTheGroups() throws {
        let html = ModelCard(try SepsisModelTests.package()).html
        #expect(html.hasPrefix("<!DOCTYPE html>"))
        #expect(html.contains("trained on A alone, tested on B"))
        #expect(html.contains("age 80 or more"))
        #expect(html.components(separatedBy: "<figure>").count == 3)
        #expect(html.contains("Drift reference"))
        #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
    }

    @Test(arguments: ["news2", "sofa", "meld-3"]) func scoresHaveACardToo(name: String) throws {
        let html = ModelCard(try package(name)).html
        #expect(html.contains("Intended use"))
        #expect(!html.contains("Performance"))
    }

    /// Hours of a hospital whose margins run half a unit higher: local limits restore the promised coverage.
    @Test func recalibrationRestoresCoverage() {
        var random = SplitMix64(seed: 8)
        func hours(_ count: Int) -> (margins: [Double], labels: [Bool]) {
            var margins: [Double] = []
            var labels: [Bool] = []
            for _ in 0..<count {
                let risk = Double.random(in: -6...1, using: &random)
                margins.append(risk + 0.5)
                labels.append(Double.random(in: 0..<1, using: &random) < 1 / (1 + exp(-risk)))
            }
            return (margins, labels)
        }
        let (own, later) = (hours(20_000), hours(20_000))
        let recalibrated = Recalibration(margins: own.margins, labels: own.labels, levels: [0.8, 0.9])
        for limit in recalibrated.limits {
            var covered = (positive: 0.0, negative: 0.0)
            for (margin, label) in zip(later.margins, later.labels) {
                if label, margin >= limit.positiveFrom { covered.positive += 1 }
                if !label, margin <= limit.negativeTo { covered.negative += 1 }
            }
            let positive = Double(later.labels.count { $0 })
            #expect(abs(covered.positive / positive - limit.level) < 0.03)
            #expect(abs(covered.negative / (20_000 - positive) - limit.level) < 0.03)
        }
        let expected = later.margins.reduce(0) { $0 + recalibrated.calibration($1) }
        #expect(abs(expected / Double(later.labels.count { $0 }) - 1) < 0.06)
    }
}
