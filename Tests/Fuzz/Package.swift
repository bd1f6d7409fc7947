// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Coverage-guided fuzzing with libFuzzer, apart from the main package: everything in it is compiled with the fuzzer's
// instrumentation. Run by scripts/fuzz.sh.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-sanitize=fuzzer"]),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: settings)
}

func harness(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: folder, swiftSettings: settings,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
}

var targets = [
    .target(name: "CKernels", path: "Sources/CKernels"),
    room("Clinical", ["CKernels"]),
    room("HL7v2", ["Clinical"]),
    harness("fuzz-hl7v2", "FuzzHL7v2", ["Clinical", "HL7v2"]),
]

if FileManager.default.fileExists(atPath: Context.packageDirectory + "/Sources/V2ToFHIR") {
    targets += [
        room("FHIR", ["Clinical"]),
        room("V2ToFHIR", ["Clinical", "HL7v2", "FHIR"]),
        harness("fuzz-convert", "FuzzConvert", ["Clinical", "HL7v2", "V2ToFHIR"]),
    ]
}

let package = Package(name: "fuzz", platforms: [.macOS(.v26)], targets: targets)
