import Clinical
import Terminology
import Testing

/// What an approval makes of a table: the version before is not touched, and the next says who, why and in whose place.
@Suite("Approvals") struct MappingApprovalTests {
    private static let code = Code(system: ShippedTables.labA, code: "1999", display: "Lactate\tPOC")

    private func approval(
        _ code: Code = MappingApprovalTests.code, target: String? = "2524-7", names: [String] = ["Anna Meier"],
        source: String = "lab-a"
    ) -> MappingApproval {
        MappingApproval(source: source, code: code, target: target, reviewers: names, date: "2026-11-28")
    }

    @Test("the next version has the row and supersedes the one before") func release() throws {
        let terminology = try ShippedTables.terminology.get()
        let release = try terminology.release(approval())
        #expect(release.title == "lab-a/1.0.1" && release.manifest.supersedes == "lab-a/1.0.0")
        #expect(release.manifest.sha256 == ContentDigest(of: release.mapFile).hex)
        #expect(release.replaced == nil)
        // Loaded it is idle until it is said to be in use.
        let request = TranslationRequest(
            source: "lab-a", code: Self.code, unit: "mmol/L", value: ExactDecimal("4.2"))
        let idle = try terminology.adding(release.files, releases: [])
        #expect(idle.translate(request) == terminology.translate(request))
        let after = try terminology.adding(release.files, releases: [release.title])
        guard case .mapped(let translation) = after.translate(request) else {
            Issue.record("not mapped")
            return
        }
        #expect(translation.target.code == "2524-7" && translation.quantity?.unit == "mmol/L")
        #expect(translation.record.table == "lab-a/1.0.1" && translation.record.row == release.row)
        #expect(translation.record.reviewer == "Anna Meier")
        // The same approval gives the same bytes.
        #expect(try terminology.release(approval()) == release)
    }

    /// A row's hash is of what it says, so that other rows keep theirs through all versions.
    @Test("other rows keep their hashes and meanings") func stability() throws {
        let terminology = try ShippedTables.terminology.get()
        let release = try terminology.release(approval())
        let after = try terminology.adding(release.files, releases: [release.title])
        let before = try #require(terminology.mappings(of: "lab-a/1.0.0"))
        let now = try #require(after.mappings(of: "lab-a/1.0.1"))
        #expect(Set(now.compactMap(\.row)).subtracting(before.compactMap(\.row)) == [release.row])
        let difference = TableDifference(from: before, to: now)
        #expect(difference.changes.map(\.kind) == [.new])
    }

    @Test("a re-target names the row in whose place it comes, and needs two names where a model reads it")
    func retarget() throws {
        let terminology = try ShippedTables.terminology.get()
        let leukocytes = Code(system: ShippedTables.labA, code: "1020", display: "CRP")
        let inputs = ["sirs": Set(["6690-2"])]
        #expect(throws: ApprovalRefusal.self) {
            try terminology.release(approval(leukocytes, target: "1988-5"), modelInputs: inputs)
        }
        #expect(throws: ApprovalRefusal.self) {
            try terminology.release(
                approval(leukocytes, target: "1988-5", names: ["Anna", " anna", "ANNA"]), modelInputs: inputs)
        }
        let release = try terminology.release(
            approval(leukocytes, target: "1988-5", names: ["Anna", "Ben"]), modelInputs: inputs)
        #expect(release.models == ["sirs"] && release.replaced?.target?.code == "6690-2")
        let after = try terminology.adding(release.files, releases: [release.title])
        let rows = try #require(after.mappings(of: release.title)).filter { $0.code == "1020" }
        #expect(rows.map(\.target?.code) == ["1988-5"] && rows.first?.reviewers == ["Anna", "Ben"])
        let old = try #require(terminology.mappings(of: "lab-a/1.0.0")?.first { $0.code == "1020" }?.row)
        #expect(String(decoding: release.mapFile, as: UTF8.self).contains("\tapproved\t\(old)\t"))
        // What no model reads one person may decide.
        #expect(throws: Never.self) { try terminology.release(approval(leukocytes, target: "1988-5")) }
    }

    @Test("a source without a table gets one of its own") func firstTable() throws {
        let terminology = try ShippedTables.terminology.get()
        let code = Code(system: "urn:elsewhere", code: "K 1", display: "Kalium")
        let release = try terminology.release(approval(code, target: "2823-3", source: "Klinik 7"))
        #expect(release.manifest.supersedes == nil && release.manifest.sources == ["Klinik 7"])
        let after = try terminology.adding(release.files, releases: [release.title])
        let request = TranslationRequest(source: "Klinik 7", code: code, unit: "mmol/L", value: ExactDecimal(4))
        guard case .mapped(let translation) = after.translate(request) else {
            Issue.record("not mapped")
            return
        }
        #expect(translation.target.code == "2823-3")
        // Two sources with names that look alike in a folder have two tables.
        let other = try terminology.release(approval(code, target: "2823-3", source: "Klinik.7"))
        #expect(other.title != release.title)
    }

    @Test("that no code fits is a decision, and no open question any more") func noCode() throws {
        let terminology = try ShippedTables.terminology.get()
        let release = try terminology.release(approval(target: nil))
        let after = try terminology.adding(release.files, releases: [release.title])
        let outcome = after.translate(TranslationRequest(source: "lab-a", code: Self.code, value: ExactDecimal(1)))
        guard case .unmapped(let reason, _, _) = outcome else {
            Issue.record("mapped")
            return
        }
        #expect(reason == .noMap)
    }

    @Test("two approvals of the same version: the second is not in use") func stale() throws {
        let terminology = try ShippedTables.terminology.get()
        let first = try terminology.release(approval())
        let second = try terminology.release(
            approval(Code(system: ShippedTables.labA, code: "1998", display: "x"), target: "2823-3"), taken: [first.title])
        #expect(second.title == "lab-a/1.0.2" && second.manifest.supersedes == "lab-a/1.0.0")
        let after = try terminology.adding(first.files + second.files, releases: [first.title, second.title])
        #expect(after.idleReleases == [second.title])
        #expect(after.tables.filter(\.isInUse).map(\.manifest.version).contains("1.0.1"))
    }

    @Test("a version that is not in use is a mismatch for a model that pins it") func pins() throws {
        let terminology = try ShippedTables.terminology.get()
        let digest = try #require(terminology.digests["lab-a/1.0.0"])
        let release = try terminology.release(approval())
        let after = try terminology.adding(release.files, releases: [release.title])
        #expect(after.mismatches(with: ["lab-a/1.0.0": digest]) == ["lab-a/1.0.0"])
        #expect(after.mismatches(with: ["lab-a/1.0.1": release.manifest.sha256]) == [])
    }

    @Test(
        "what would make a wrong table is refused with a reason",
        arguments: [
            (target: "2524-8", names: ["A"]), (target: "99999-9", names: ["A"]), (target: "2524-7", names: []),
            (target: "2524-7", names: ["  "]), (target: "2524-7", names: ["A|B"]), (target: "2524-7", names: ["A\nB"]),
        ])
    func refusals(target: String, names: [String]) throws {
        let terminology = try ShippedTables.terminology.get()
        #expect(throws: ApprovalRefusal.self) { try terminology.release(approval(target: target, names: names)) }
    }

    /// 1050 is protein by specimen: a row that asks for nothing would overlap them all.
    @Test("a row that overlaps another fails the checks of the table") func overlap() throws {
        let terminology = try ShippedTables.terminology.get()
        let protein = Code(system: ShippedTables.labA, code: "1050", display: "Protein")
        let release = try terminology.release(approval(protein, target: "2885-2"))
        #expect(throws: TerminologyError.self) { try terminology.adding(release.files, releases: [release.title]) }
    }
}
