public import Clinical

/// Everything `headwall serve` can be told; `Fixtures/headwall.yaml` is the commented example.
public struct Configuration: Sendable {
    /// How the service reads "now".
    public enum Clock: String, Sendable, CaseIterable {
        /// The machine's clock.
        case wall
        /// The time each message was sent (MSH-7, Bundle.timestamp, effectiveTime): for replays of recorded traffic.
        case recorded
    }

    public struct Store: Sendable {
        public var folder = "var"
        public var groupCommitMessages = 50
        public var groupCommitDelay: Duration = .milliseconds(5)
        public var commitEntries = 2
        public var checkpointPages = 8000
        /// In bytes.
        public var maximumSize: Int?
        /// Codes in the queue of unmapped codes; values of further ones are counted only.
        public var unmappedItems = 100_000
        /// Waiting messages remembered for each of them.
        public var unmappedWaiting = 1000
    }

    public struct TLS: Sendable {
        public var certificateChain: String
        public var privateKey: String
        /// PEM file of the authorities whose client certificates are accepted; `nil` asks for none.
        public var clientAuthorities: String?
    }

    public struct MLLPListener: Sendable {
        public var name: String
        public var host = "127.0.0.1"
        public var port = 2575
        /// Source of every message here, unless its MSH-3 names another one (`sources[].sendingApplications`).
        public var source: String
        public var maximumFrameBytes = 16 << 20
        public var maximumConnections = 256
        public var idleTimeout: Duration = .seconds(600)
        public var frameDeadline: Duration = .seconds(30)
        public var drainTimeout: Duration = .seconds(10)
        public var tls: TLS?
    }

    public struct HTTP: Sendable {
        public var host = "127.0.0.1"
        public var port = 8080
        public var maximumBodyBytes = 16 << 20
        public var maximumConnections = 256
        public var readTimeout: Duration = .seconds(30)
        /// Source of a request that names none by header or path.
        public var source = "http"
        public var wardTitle = "Ward"
        /// Zone of the times on the ward page.
        public var zone: ZoneRule = .fixed(minutes: 0)
        /// Most patients on the ward page, the most urgent first.
        public var maximumRows = 500
    }

    public struct WatchedFolder: Sendable {
        public var folder: String
        public var source: String
        public var format: MessageFormat
        public var interval: Duration = .seconds(1)
        public var maximumFileBytes = 16 << 20
    }

    public struct Source: Sendable {
        public var name: String
        /// Zone of local times without an offset.
        public var zone: ZoneRule?
        /// URI of the assigner of identifiers that name none.
        public var assigner: String?
        /// URI of codes that name no code system.
        public var codeSystem: String?
        /// MSH-3 values that mark a message as coming from this source.
        public var sendingApplications: [String] = []
        /// File holding the bearer token that HTTP requests of this source must carry.
        public var tokenFile: String?
    }

    public struct PolledServer: Sendable {
        public var name: String
        public var source: String
        public var url: String
        public var resources: [String] = ["Patient", "Encounter", "Observation"]
        public var interval: Duration = .seconds(60)
        public var pageSize = 200
        public var maximumPages = 1000
        public var requestsPerSecond = 5
        public var timeout: Duration = .seconds(30)
        public var maximumBodyBytes = 16 << 20
        public var tokenFile: String?
        public var tokenVariable: String?
    }

    public struct Models: Sendable {
        public var folder = "Models"
        public var active = ["news2", "qsofa", "sirs", "shock-index", "mews"]
        /// The one that sorts the ward page and that is delivered.
        public var primary = "news2"
        /// Files with Ed25519 public keys in PEM; where there are any, one of them must have signed each package.
        public var trustedKeys: [String] = []
    }

    public struct Timeline: Sendable {
        /// Patients kept in memory; others are read from the store when needed.
        public var livePatients = 20_000
        /// Findings kept in memory over all patients; beyond it patients that were not heard of for longest leave it.
        public var liveFindings = 5_000_000
        /// Findings of a patient beyond which those leave memory that no active model's windows reach.
        public var patientFindings = 512
        /// Threads that score at the same time; 0 is one for each processor.
        public var scoringThreads = 0
        /// How far a sender's clock may run ahead of ours.
        public var allowedClockSkew: Duration = .seconds(300)
        /// How often present patients are scored again, since inputs grow old without a message.
        public var rescoreInterval: Duration = .seconds(60)
        /// Predictions that are kept in case the same inputs come back; one of a trained model counts as several.
        public var cachedPredictions = 20_000
    }

    public struct Destination: Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            case mllp, fhir
        }
        public enum Policy: String, Sendable, CaseIterable {
            case every, change, escalation
        }

        public var name: String
        public var kind: Kind
        /// MLLP: host and port. FHIR: base URL.
        public var host = "127.0.0.1"
        public var port = 2575
        public var url = ""
        public var tokenFile: String?
        /// Models whose decisions are delivered; empty means the primary one.
        public var models: [String] = []
        public var deliver: Policy = .change
        public var minimumLevel = 0
        public var timeout: Duration = .seconds(10)
        public var firstRetry: Duration = .milliseconds(500)
        public var longestRetry: Duration = .seconds(300)
        public var maximumAttempts = 50
        /// Deliveries sent before the first acknowledgement is awaited.
        public var window = 16
    }

    public var clock: Clock = .wall
    public var mappings = "Mappings"
    /// Folder of the tables that approvals make; `nil` is `mappings` below the folder of the store.
    public var approvedMappingsFolder: String?
    public var approvedMappings: String { approvedMappingsFolder ?? store.folder + "/mappings" }
    public var logLevel = LogLevel.info
    public var store = Store()
    public var mllp: [MLLPListener] = []
    public var http: HTTP? = HTTP()
    public var folders: [WatchedFolder] = []
    public var sources: [Source] = []
    public var polling: [PolledServer] = []
    public var models = Models()
    public var timeline = Timeline()
    public var destinations: [Destination] = []

    public enum LogLevel: String, Sendable, CaseIterable {
        case debug, info, notice, warning, error
    }

    public init() {}
}
