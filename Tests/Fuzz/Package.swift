// swift-tools-version: 6.2
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

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v26)],
    targets: [
        .target(name: "Clinical", path: "Sources/Clinical", swiftSettings: settings),
        .target(name: "HL7v2", dependencies: ["Clinical"], path: "Sources/HL7v2", swiftSettings: settings),
        .executableTarget(
            name: "fuzz-hl7v2", dependencies: ["Clinical", "HL7v2"], path: "FuzzHL7v2", swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
    ]
)
