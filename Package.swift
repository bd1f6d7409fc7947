// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room: its floor is what it may depend on (docs/architecture.md).
func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ room: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: room + "Tests", dependencies: [.byName(name: room)] + dependencies, swiftSettings: settings)
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "headwall",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "headwall", targets: ["headwall"]),
        .library(name: "HL7v2", targets: ["HL7v2"]),
        .library(name: "FHIR", targets: ["FHIR"]),
        .library(name: "CDA", targets: ["CDA"]),
        .library(name: "UCUM", targets: ["UCUM"]),
    ],
    traits: [
        .trait(
            name: "ONNX", description: "Models in ONNX, run by ONNX Runtime's C library, which is loaded when one is read.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Below the floors: module maps with inline wrappers.
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COnnxRuntime"),
        // Loops that use instructions which not every processor has.
        .target(name: "CKernels"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Floor 0: formats and value types.
        room("Clinical", ["CKernels"]),
        room("HL7v2", ["Clinical"]),
        room("FHIR", ["Clinical"]),
        room("CDA", ["Clinical", "CLibXML2"]),
        room("UCUM", ["Clinical"]),

        // Floor 1: pure logic.
        room("V2ToFHIR", ["Clinical", "HL7v2", "FHIR"]),
        room("Normalization", ["Clinical", "HL7v2", "FHIR", "CDA"]),
        room("Terminology", ["Clinical", "FHIR", "UCUM"]),
        room("Timeline", ["Clinical", "UCUM"]),
        room(
            "Inference",
            ["Clinical", "CLibCrypto", "CKernels", .target(name: "COnnxRuntime", condition: .when(traits: ["ONNX"]))]),
        room("Annotation", ["Clinical", "FHIR", "HL7v2"]),
        room("Simulation", ["Clinical", "HL7v2", "FHIR"]),

        // Floor 2: the outside world.
        room(
            "Store",
            [
                "Clinical", "FHIR", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        room(
            "Doors",
            nio + [
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), logging, lifecycle,
            ]),
        room("Polling", ["Clinical", "FHIR", "CCurl", logging, lifecycle]),
        room(
            "Web",
            [
                "Clinical", "FHIR", "Annotation", logging, lifecycle,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            resources: [.embedInCode("Templates")]),

        // Floor 3: the house.
        room(
            "Pipeline",
            [
                "Clinical", "HL7v2", "FHIR", "V2ToFHIR", "Normalization", "Terminology", "Timeline", "Inference",
                "Annotation", "Store", "Doors", "Polling", "Web", logging, lifecycle,
                .product(name: "Yams", package: "Yams"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "headwall",
            dependencies: [
                "Pipeline", "Simulation", "Clinical", "HL7v2", "FHIR", "V2ToFHIR", "Normalization", "Terminology",
                "Timeline", "Inference", "Annotation", "Store", "Doors", "Polling", "Web", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: settings),

        // Rates and ratios; drives the program beside it over real sockets.
        .executableTarget(
            name: "headwall-bench",
            dependencies: nio + [
                "Clinical", "Doors", "FHIR", "HL7v2", "Inference", "Polling", "Simulation", "Store", "Terminology",
                "Timeline", "UCUM", "V2ToFHIR", logging,
            ],
            path: "Benchmarks", exclude: ["er7_peers.py"], swiftSettings: settings),

        // One test target a room.
        tests("Clinical"),
        tests("HL7v2", ["Clinical"]),
        tests("FHIR", ["Clinical"]),
        tests("CDA", ["Clinical"]),
        tests("UCUM", ["Clinical"]),
        tests("V2ToFHIR", ["Clinical", "HL7v2", "FHIR"]),
        tests("Normalization", ["Clinical", "FHIR", "HL7v2", "V2ToFHIR"]),
        tests("Terminology", ["Clinical", "FHIR", "UCUM"]),
        tests("Timeline", ["Clinical", "UCUM"]),
        tests("Inference", ["Clinical"]),
        tests("Annotation", ["Clinical", "FHIR", "HL7v2"]),
        tests("Store", ["Clinical", .product(name: "GRDB", package: "GRDB.swift")]),
        tests(
            "Doors",
            nio + [
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"), logging, lifecycle,
            ]),
        tests("Polling", ["Clinical", "FHIR", logging, lifecycle]),
        tests("Web", ["Annotation", "Clinical", "FHIR", logging, lifecycle]),
        tests("Pipeline", ["Clinical"]),

        // The program as a whole, over real sockets; needs the executable beside the tests.
        .target(name: "MIMICDemo", path: "Tests/MIMICDemo", swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "headwall", "MIMICDemo", "Clinical", "Doors", "FHIR", "HL7v2", "Polling", "Simulation", "Store",
            ],
            swiftSettings: settings),
    ]
)
