/// Whether the service is alive, ready, and what it counted. Implemented by the pipeline.
public protocol Operations: Sendable {
    /// Alive: the process answers. Anything but an empty list of problems makes `/health` answer 503.
    func health() async -> ComponentReport
    /// Ready: it can commit what it receives. Anything but an empty list of problems makes `/ready` answer 503.
    func readiness() async -> ComponentReport
    func metrics() async -> [Metric]
}

/// State of the components; names and sentences hold no patient data.
public struct ComponentReport: Sendable, Hashable {
    public struct Component: Sendable, Hashable {
        /// `journal`, `outbox`.
        public var name: String
        public var isWorking: Bool
        /// A sentence for the operator.
        public var detail: String?

        public init(name: String, isWorking: Bool, detail: String? = nil) {
            self.name = name
            self.isWorking = isWorking
            self.detail = detail
        }
    }

    public var components: [Component]

    public init(components: [Component] = []) {
        self.components = components
    }

    public var isWorking: Bool { components.allSatisfy(\.isWorking) }
}

/// A family of counts for `/metrics`. Labels are names of sources, formats and states, never identifiers of patients.
public struct Metric: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case counter, gauge
    }

    public struct Sample: Sendable, Hashable {
        public var labels: [String: String]
        public var value: Double

        public init(labels: [String: String] = [:], value: Double) {
            self.labels = labels
            self.value = value
        }
    }

    /// `headwall_messages_total`.
    public var name: String
    public var help: String
    public var kind: Kind
    public var samples: [Sample]

    public init(name: String, help: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }
}
