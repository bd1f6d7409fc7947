import Foundation
import Inference
import Testing

struct CardTests {
    @Test func theSepsisCardShowsTheDropAndTheGroups() throws {
        let html = ModelCard(try SepsisModelTests.package()).html
        #expect(html.hasPrefix("<!DOCTYPE html>"))
        #expect(html.contains("<td>A alone</td><td class=\"text\">B</td>"))
        #expect(html.contains("hospital B") && html.contains("Recalibration"))
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
}
