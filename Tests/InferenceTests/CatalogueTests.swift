import Clinical
import Foundation
import Inference
import Testing

struct CatalogueTests {
    private static func small(_ version: String, name: String = "small") -> [UInt8] {
        Array(
            PackageTests.small.replacing("\"version\": \"1.0.0\"", with: "\"version\": \"\(version)\"")
                .replacing("\"name\": \"small\"", with: "\"name\": \"\(name)\"").utf8)
    }

    @Test func theFolderOfShippedModelsLoads() throws {
        var files: [String: [UInt8]] = [:]
        for model in ["news2", "qsofa", "sirs", "shock-index", "mews"] {
            files["\(model)/1.0.0/manifest.json"] = try manifest(model)
        }
        files["README.md"] = [1]
        let catalogue = try ModelCatalogue(files: files)
        #expect(catalogue.packages.map(\.reference.name) == ["mews", "news2", "qsofa", "shock-index", "sirs"])
        #expect(catalogue.package("news2")?.reference.title == "NEWS2")
        #expect(catalogue.package("news2@1.0.0")?.reference.version == "1.0.0")
        #expect(catalogue.package("news2@2.0.0") == nil)
        #expect(catalogue.package("") == nil)
    }

    /// Semantic Versioning 2.0.0, section 11: 1.10 is newer than 1.9, a prerelease older than its release.
    @Test func theNewestReleaseIsChosen() throws {
        let versions = ["1.9.0", "1.10.0", "2.0.0-rc.1", "1.10.0-beta.2", "1.10.0-beta.11", "0.3.12"]
        var files: [String: [UInt8]] = [:]
        for version in versions { files["small/\(version)/manifest.json"] = Self.small(version) }
        let catalogue = try ModelCatalogue(files: files)
        #expect(
            catalogue.packages.map(\.reference.version) == [
                "0.3.12", "1.9.0", "1.10.0-beta.2", "1.10.0-beta.11", "1.10.0", "2.0.0-rc.1",
            ])
        #expect(catalogue.package("small")?.reference.version == "1.10.0")
        #expect(catalogue.package("small@2.0.0-rc.1")?.reference.version == "2.0.0-rc.1")
    }

    @Test func folderAndManifestMustAgree() throws {
        let misplaced = #expect(throws: InferenceError.self) {
            try ModelCatalogue(files: ["small/1.0.1/manifest.json": Self.small("1.0.0")])
        }
        #expect(misplaced?.cause == .layout)
        #expect(misplaced?.place == "small/1.0.1/manifest.json")
        let empty = #expect(throws: InferenceError.self) { try ModelCatalogue(files: ["small/1.0.0/trees.json": [1]]) }
        #expect(empty?.cause == .layout)
        let broken = #expect(throws: InferenceError.self) {
            try ModelCatalogue(files: [
                "small/1.0.0/manifest.json": Array(
                    String(decoding: Self.small("1.0.0"), as: UTF8.self).replacing(
                        "\"points\": 1", with: "\"points\": true"
                    ).utf8)
            ])
        }
        #expect(broken?.place == "small/1.0.0/manifest.json#/score/parts/0/tables/0/rows/2/points")
        let package = try ModelPackage(manifest: Self.small("1.0.0"))
        #expect(throws: InferenceError.self) { try ModelCatalogue([package, package]) }
    }

    /// The digest covers every byte of every file, its path too.
    @Test func digestCoversAllFiles() throws {
        let manifest = Self.small("1.0.0")
        func digest(_ files: [String: [UInt8]]) throws -> String {
            try ModelPackage(manifest: manifest, files: files).reference.digest
        }
        let digests = try [
            digest([:]), digest(["a.json": []]), digest(["a.json": [1]]), digest(["b.json": [1]]),
            digest(["a.json": [1], "b.json": []]), digest(["a.json": [], "b.json": [1]]),
            ModelPackage(manifest: manifest + [UInt8(ascii: "\n")]).reference.digest,
        ]
        #expect(Set(digests).count == digests.count)
        #expect(try digest(["a.json": [1], "b.json": [2]]) == digest(["b.json": [2], "a.json": [1]]))
        #expect(digests.allSatisfy { $0.count == 64 })
    }
}
