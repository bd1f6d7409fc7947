import FHIR
import HTTPTypes
import Hummingbird

/// `/health`, `/ready`, `/metrics`.
struct OperationsRoutes: Sendable {
    let operations: any Operations

    func health(_ request: Request, _ scope: RequestScope) async throws -> Response {
        Self.response(await operations.health())
    }

    func ready(_ request: Request, _ scope: RequestScope) async throws -> Response {
        Self.response(await operations.readiness())
    }

    func metrics(_ request: Request, _ scope: RequestScope) async throws -> Response {
        .bytes(
            .ok, Array(Self.prometheus(await operations.metrics()).utf8),
            type: "text/plain; version=0.0.4; charset=utf-8")
    }

    private static func response(_ report: ComponentReport) -> Response {
        let components = report.components.map { component in
            JSON(present: [
                "name": JSON(component.name), "status": component.isWorking ? "ok" : "failing",
                "detail": component.detail.map { JSON($0) },
            ])
        }
        return .json(
            report.isWorking ? .ok : .serviceUnavailable,
            ["status": report.isWorking ? "ok" : "failing", "components": .array(components)])
    }

    /// Prometheus text exposition format 0.0.4: HELP and TYPE once a family, label values with `\`, `"` and line feeds
    /// escaped. Labels are sorted, so that the same counts give the same text.
    static func prometheus(_ metrics: [Metric]) -> String {
        var text = ""
        for metric in metrics {
            text += "# HELP \(metric.name) \(escape(metric.help, quotes: false))\n"
            text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
            for sample in metric.samples {
                let labels = sample.labels.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\"\(escape($0.value, quotes: true))\"" }
                text += metric.name + (labels.isEmpty ? "" : "{" + labels.joined(separator: ",") + "}")
                text += " " + number(sample.value) + "\n"
            }
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : value.description
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
