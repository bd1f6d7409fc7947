import Clinical
import Terminology
import Testing

/// Six dated versions of Finland's national laboratory map (Kanta, MIT licence).
enum Kanta {
    static let versions = [
        "2024-06-10T08-18-52", "2024-06-12T09-13-22", "2024-06-24T15-13-33", "2024-07-11T17-49-24", "2024-07-18T22-20-28",
        "2024-07-19T11-33-53",
    ]

    /// The first version has the unit in another column.
    static func mappings(_ version: Int) throws -> [CodeMapping] {
        let map = ColumnMap.usagi(
            system: "urn:kanta", unit: version == 0 ? "ADD_INFO:sourceUnit" : "ADD_INFO:measurementUnit",
            deciles: "ADD_INFO:Valuepercentiles")
        return try MappingImport(SharedTerminology.bytes("kanta/\(versions[version]).csv"), map).mappings
    }
}

@Suite("Differences of tables") struct TableDifferenceTests {
    private func mapping(
        _ code: String, _ target: String?, status: CodeMapping.Status = .approved, reviewers: [String] = ["a"],
        unit: String? = nil
    ) -> CodeMapping {
        CodeMapping(
            system: "urn:x", code: code, target: target.map { Code(system: CodeSystem.loinc, code: $0) }, unit: unit,
            status: status, reviewers: reviewers)
    }

    @Test("new, retired, re-targeted, revised") func kinds() {
        let old = [mapping("1", "2160-0"), mapping("2", "718-7"), mapping("3", "2951-2"), mapping("4", "2823-3")]
        let new = [
            mapping("1", "2160-0"), mapping("2", "2075-0"), mapping("3", "2951-2", status: .retired),
            mapping("4", "2823-3", unit: "mmol/L"), mapping("5", nil), mapping("6", "2160-0", status: .proposed),
        ]
        let difference = TableDifference(from: old, to: new)
        #expect(difference.changes.map(\.kind) == [.retargeted, .retired, .revised, .new])
        #expect(difference.unchanged == 1)
    }

    @Test("a re-target of what a model reads needs two reviewers") func reviewers() throws {
        let inputs = ["news2": Set(["2160-0"]), "other": Set(["718-7"])]
        let old = [mapping("1", "2160-0")]
        let one = try #require(
            TableDifference(from: old, to: [mapping("1", "14682-9")], modelInputs: inputs).changes.first)
        #expect(one.models == ["news2"])
        #expect(one.needsSecondReviewer)
        let two = TableDifference(from: old, to: [mapping("1", "14682-9", reviewers: ["a", "b"])], modelInputs: inputs)
        #expect(two.changes.first?.needsSecondReviewer == false)
        let same = TableDifference(from: old, to: [mapping("1", "14682-9", reviewers: ["a", "a"])], modelInputs: inputs)
        #expect(same.changes.first?.needsSecondReviewer == true)
    }

    @Test("a condition makes another key") func conditions() {
        var urine = mapping("1", "2888-6")
        urine.conditions.specimen = "UR"
        let difference = TableDifference(from: [mapping("1", "2160-0")], to: [urine])
        #expect(difference.count(.new) == 1)
        #expect(difference.count(.retired) == 1)
        #expect(difference.count(.retargeted) == 0)
    }

    /// Counted independently with the csv module of Python: approved in the new version and not in the old one, and so on.
    @Test(
        "six versions of the Kanta map",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/kanta is not there"))
    func kanta() throws {
        let versions = try Kanta.versions.indices.map { try Kanta.mappings($0) }
        let expected = [[0, 0, 0, 2466], [459, 1, 52, 2413], [174, 1, 0, 2923], [2711, 0, 0, 3097], [0, 0, 0, 5808]]
        for index in 1..<versions.count {
            let difference = TableDifference(from: versions[index - 1], to: versions[index])
            #expect(
                [
                    difference.count(.new), difference.count(.retired), difference.count(.retargeted), difference.unchanged,
                ] == expected[index - 1], "\(Kanta.versions[index])")
        }
        let whole = TableDifference(from: versions[0], to: versions[5])
        #expect(whole.count(.new) == 3344)
        #expect(whole.count(.retired) == 2)
        #expect(whole.count(.retargeted) == 52)
        // With what is only proposed or flagged as well.
        let all = TableDifference(from: versions[0], to: versions[5], statuses: Set(CodeMapping.Status.allCases))
        #expect([all.count(.new), all.count(.retired), all.count(.retargeted)] == [3197, 6, 249])
    }
}

@Suite("Replays") struct MappingReplayTests {
    @Test("the effect on each value is counted") func effects() {
        func mapping(_ code: String, _ target: String, specimen: String? = nil) -> CodeMapping {
            CodeMapping(
                system: "urn:x", code: code, conditions: .init(specimen: specimen),
                target: Code(system: CodeSystem.loinc, code: target), status: .approved)
        }
        var replay = MappingReplay(
            from: [mapping("1", "2160-0"), mapping("2", "718-7"), mapping("3", "2951-2")],
            to: [
                mapping("1", "2160-0"), mapping("2", "2075-0"), mapping("4", "2823-3"),
                mapping("3", "2951-2", specimen: "S"),
            ])
        for code in ["1", "1", "2", "3", "4", "5"] {
            replay.add(TranslationRequest(source: "x", code: Code(system: "urn:x", code: code)))
        }
        #expect(replay.counts == [.same: 2, .retargeted: 1, .lost: 1, .newlyMapped: 1, .unmapped: 1])
        #expect(replay.changed[.retargeted] == ["2": 1])
    }

    /// Exactly a million values with the frequencies of the first version, in proportion. Prints what changed.
    @Test(
        "a million Kanta values between the first and the last version",
        .enabled(if: SharedTerminology.isPresent, "../shared/data/terminology/kanta is not there"))
    func kanta() throws {
        let (old, new) = (try Kanta.mappings(0), try Kanta.mappings(5))
        let codes = old.filter { ($0.frequency ?? 0) > 0 }
        let total = codes.reduce(0) { $0 + ($1.frequency ?? 0) }
        var replay = MappingReplay(from: old, to: new)
        var (sent, passed) = (0, 0)
        for mapping in codes {
            passed += mapping.frequency ?? 0
            let due = Int((Double(passed) * 1_000_000 / Double(total)).rounded())
            for _ in sent..<due {
                replay.add(TranslationRequest(source: "kanta", code: Code(system: mapping.system, code: mapping.code)))
            }
            sent = due
        }
        print("Kanta, \(Kanta.versions[0]) → \(Kanta.versions[5]), \(sent) values:")
        for effect in MappingReplay.Effect.allCases where effect != .revalued {
            let codes = replay.changed[effect] ?? [:]
            let most = codes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
                .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            print(
                "  \(effect.rawValue): \(replay.counts[effect] ?? 0)"
                    + (codes.isEmpty ? "" : " (\(codes.count) codes: \(most))"))
        }
        #expect(sent == 1_000_000)
        #expect(replay.counts.values.reduce(0, +) == sent)
        // The independent count of differing codes bounds what their values can be.
        #expect((replay.changed[.retargeted]?.count ?? 0) <= 52 && (replay.changed[.lost]?.count ?? 0) <= 2)
        #expect(replay.counts[.same, default: 0] > 900_000)
        // Every code alone, by its own mappings, comes to the same sum.
        let approved = { (mappings: [CodeMapping]) in
            Dictionary(mappings.filter { $0.status == .approved }.map { ($0.code, $0.target?.code) }) { first, _ in first }
        }
        let (before, after) = (approved(old), approved(new))
        let retargeted = Set(
            codes.map(\.code).filter { code in
                guard let first = before[code], let second = after[code] else { return false }
                return first != second
            })
        #expect(Set((replay.changed[.retargeted] ?? [:]).keys).isSubset(of: retargeted))
    }
}
