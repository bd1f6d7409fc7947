import Clinical
import FHIR
import Inference
import Pipeline

/// A package of a trained model with calibration and limits of one hospital: a new version beside the old one.
///
/// Members and isolation forest keep their bytes; manifest and golden probabilities are written anew. What was measured on
/// the old version's held-out patients is not said of the new one; the lineage names where it is said.
struct RecalibratedPackage {
    let manifest: [UInt8]
    let files: [String: [UInt8]]

    /// - Parameters:
    ///   - files: The files of the old version, `manifest.json` among them.
    ///   - facts: What the calibration was made of, for the lineage.
    init(
        _ old: ModelPackage, files: [String: [UInt8]], version: String, recalibration: Recalibration, facts: JSONObject
    ) throws {
        let place = "\(old.reference.name)@\(old.reference.version)"
        guard var manifest = try JSON(parsing: files["manifest.json"] ?? []).objectValue,
            var ensemble = manifest["ensemble"]?.objectValue, let goldenName = manifest["golden"]?.stringValue,
            let golden = files[goldenName]
        else { throw PipelineError(.configuration, place: place, "is no package of a trained model") }
        var files = files
        files["manifest.json"] = nil
        ensemble["calibration"] = Self.calibration(recalibration)
        if var conformal = ensemble["conformal"]?.objectValue {
            conformal["groups"] = .array(
                (conformal["groups"]?.arrayValue ?? []).map { Self.group($0, recalibration) })
            ensemble["conformal"] = .object(conformal)
        }
        files[goldenName] = try Self.golden(golden, calibration: recalibration.calibration)
        manifest["version"] = .string(version)
        manifest["ensemble"] = .object(ensemble)
        var digests = manifest["digests"]?.objectValue ?? [:]
        digests[goldenName] = .string(ContentDigest(of: files[goldenName] ?? []).hex)
        manifest["digests"] = .object(digests)
        manifest["performance"] = ["recalibration": .object(facts)]
        manifest["lineage"] = [
            "parent": [
                "name": .string(old.reference.name), "version": .string(old.reference.version),
                "digest": .string(old.reference.digest),
            ],
            "change": "calibration and prediction-set limits from local labels; members unchanged",
        ]
        self.files = files
        self.manifest = JSON(manifest).write(pretty: true)
        // What does not load and reproduce its golden rows is not written.
        _ = try ModelPackage(manifest: self.manifest, files: self.files)
    }

    private static func calibration(_ recalibration: Recalibration) -> JSON {
        let table = recalibration.table
        func list(_ values: [Double]) -> JSON { .array(values.map { DecisionLine.number($0) }) }
        return [
            "kind": "isotonic",
            "bins": [
                "margin": list(table.scores), "count": list(table.counts), "positive": list(table.positives),
            ],
            "platt": [
                "slope": DecisionLine.number(recalibration.platt.slope),
                "intercept": DecisionLine.number(recalibration.platt.intercept),
            ],
        ]
    }

    /// The group with its rule as it was, and its limits new.
    private static func group(_ old: JSON, _ recalibration: Recalibration) -> JSON {
        guard let object = old.objectValue else { return old }
        let name = object["group"]?.stringValue ?? ""
        let found = recalibration.groups[name]
        var group: JSONObject = ["group": .string(name)]
        if let rule = object["when"] { group["when"] = rule }
        group["rows"] = .number(JSONNumber(found?.hours ?? 0))
        group["positiveRows"] = .number(JSONNumber(found?.positiveHours ?? 0))
        group["limits"] = .array(
            (found ?? recalibration.all).limits.map { limit in
                [
                    "level": DecisionLine.number(limit.level),
                    "positiveFrom": limit.positiveFrom.isFinite ? DecisionLine.number(limit.positiveFrom) : .null,
                    "negativeTo": limit.negativeTo.isFinite ? DecisionLine.number(limit.negativeTo) : .null,
                ]
            })
        return .object(group)
    }

    /// Margins and contributions stay those of the training library; the probabilities are those of the new curve.
    private static func golden(_ bytes: [UInt8], calibration: IsotonicFit) throws -> [UInt8] {
        let rows = (try JSON(parsing: bytes).arrayValue ?? []).map { row -> JSON in
            guard var object = row.objectValue, let margin = object["margin"]?.decimalValue?.doubleValue else { return row }
            object["probability"] = DecisionLine.number(calibration(margin))
            return .object(object)
        }
        return JSON.array(rows).write(pretty: false) + [10]
    }
}
