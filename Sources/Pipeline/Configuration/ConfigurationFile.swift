internal import Clinical
internal import Yams

extension Configuration {
    /// Reads a configuration file. Unknown keys and bad values are errors that name the line.
    /// - Parameter file: its name, for the messages only.
    public init(yaml text: String, file: String) throws(ConfigurationError) {
        let problems = ConfigurationSection.Problems()
        var configuration = Configuration()
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(file: file, problems: [Self.syntaxProblem(error)])
        } catch {
            throw ConfigurationError(file: file, problems: [.init(line: 0, key: "", text: "cannot be read as YAML")])
        }
        let section = ConfigurationSection(node: root, path: "", problems: problems)
        configuration.read(section)
        section.finish()
        guard problems.list.isEmpty else {
            throw ConfigurationError(file: file, problems: problems.list.sorted { $0.line < $1.line })
        }
        self = configuration
    }

    private static func syntaxProblem(_ error: YamlError) -> ConfigurationError.Problem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            .init(line: mark.line, key: "", text: "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            .init(line: context.mark.line, key: duplicates.joined(separator: ", "), text: "is given twice")
        default:
            .init(line: 0, key: "", text: "not valid YAML")
        }
    }

    private mutating func read(_ root: ConfigurationSection) {
        clock = root.choice("clock", default: clock)
        mappings = root.string("mappings", default: mappings)
        approvedMappingsFolder = root.optionalString("approvedMappings")
        logLevel = root.section("log") { $0.choice("level", default: logLevel) }
        root.section("store") { section in
            store.folder = section.string("folder", default: store.folder)
            store.groupCommitMessages = section.int(
                "groupCommitMessages", default: store.groupCommitMessages, in: 1...10_000)
            store.groupCommitDelay = section.duration("groupCommitDelay", default: store.groupCommitDelay)
            store.commitEntries = section.int("commitEntries", default: store.commitEntries, in: 1...10_000)
            store.checkpointPages = section.int(
                "checkpointPages", default: store.checkpointPages, in: 100...1_000_000)
            store.unmappedItems = section.int("unmappedItems", default: store.unmappedItems, in: 1...10_000_000)
            store.unmappedWaiting = section.int("unmappedWaiting", default: store.unmappedWaiting, in: 1...1_000_000)
            if section.has("maximumSize") { store.maximumSize = section.bytes("maximumSize", default: 1 << 40) }
        }
        sources = root.sections("sources", Self.source)
        root.section("doors") { doors in
            mllp = doors.sections("mllp", Self.listener)
            if doors.has("http") { http = doors.section("http", Self.web) }
            folders = doors.sections("folders", Self.folder)
        }
        polling = root.sections("polling", Self.polledServer)
        root.section("models") { section in
            models.folder = section.string("folder", default: models.folder)
            models.active = section.strings("active", default: models.active)
            models.primary = section.string("primary", default: models.primary)
            models.trustedKeys = section.strings("trustedKeys", default: models.trustedKeys)
            if !models.active.contains(where: {
                $0.split(separator: "@").first == models.primary.split(separator: "@").first
            }) {
                section.reject("primary", "must be one of the active models")
            }
        }
        root.section("timeline") { section in
            timeline.livePatients = section.int("livePatients", default: timeline.livePatients, in: 1...10_000_000)
            timeline.liveFindings = section.int("liveFindings", default: timeline.liveFindings, in: 1000...10_000_000_000)
            timeline.patientFindings = section.int(
                "patientFindings", default: timeline.patientFindings, in: 1...10_000_000)
            timeline.scoringThreads = section.int("scoringThreads", default: timeline.scoringThreads, in: 0...1024)
            timeline.allowedClockSkew = section.duration("allowedClockSkew", default: timeline.allowedClockSkew)
            timeline.rescoreInterval = section.duration("rescoreInterval", default: timeline.rescoreInterval)
            timeline.cachedPredictions = section.int(
                "cachedPredictions", default: timeline.cachedPredictions, in: 0...100_000_000)
        }
        destinations = root.sections("destinations", Self.destination)
        checkNames(root)
    }

    private static let zoneForm = "an IANA zone (Europe/Berlin) or an offset (+01:00)"

    private static func source(_ section: ConfigurationSection) -> Source {
        Source(
            name: section.requiredString("name"),
            zone: section.parsed("zone", zoneForm) { ZoneRule($0) },
            assigner: section.optionalString("assigner"), codeSystem: section.optionalString("codeSystem"),
            sendingApplications: section.strings("sendingApplications", default: []),
            tokenFile: section.optionalString("tokenFile"))
    }

    private static func listener(_ section: ConfigurationSection) -> MLLPListener {
        var listener = MLLPListener(name: section.requiredString("name"), source: section.requiredString("source"))
        listener.host = section.string("host", default: listener.host)
        listener.port = section.int("port", default: listener.port, in: 0...65_535)
        listener.maximumFrameBytes = section.bytes("maximumFrameBytes", default: listener.maximumFrameBytes)
        listener.maximumConnections = section.int(
            "maximumConnections", default: listener.maximumConnections, in: 1...65_535)
        listener.idleTimeout = section.duration("idleTimeout", default: listener.idleTimeout)
        listener.frameDeadline = section.duration("frameDeadline", default: listener.frameDeadline)
        listener.drainTimeout = section.duration("drainTimeout", default: listener.drainTimeout)
        listener.tls = section.optionalSection("tls") { tls in
            TLS(
                certificateChain: tls.requiredString("certificateChain"), privateKey: tls.requiredString("privateKey"),
                clientAuthorities: tls.optionalString("clientAuthorities"))
        }
        return listener
    }

    private static func web(_ section: ConfigurationSection) -> HTTP? {
        guard section.bool("enabled", default: true) else { return nil }
        var web = HTTP()
        web.host = section.string("host", default: web.host)
        web.port = section.int("port", default: web.port, in: 0...65_535)
        web.maximumBodyBytes = section.bytes("maximumBodyBytes", default: web.maximumBodyBytes)
        web.maximumConnections = section.int("maximumConnections", default: web.maximumConnections, in: 1...65_535)
        web.readTimeout = section.duration("readTimeout", default: web.readTimeout)
        web.source = section.string("source", default: web.source)
        web.wardTitle = section.string("wardTitle", default: web.wardTitle)
        web.zone = section.parsed("zone", zoneForm) { ZoneRule($0) } ?? web.zone
        web.maximumRows = section.int("maximumRows", default: web.maximumRows, in: 1...10_000)
        return web
    }

    private static func folder(_ section: ConfigurationSection) -> WatchedFolder {
        var folder = WatchedFolder(
            folder: section.requiredString("folder"), source: section.requiredString("source"),
            format: section.parsed("format", "one of " + MessageFormat.messages.map(\.rawValue).joined(separator: ", ")) {
                text in MessageFormat.messages.first { $0.rawValue == text }
            } ?? .hl7v2)
        folder.interval = section.duration("interval", default: folder.interval)
        folder.maximumFileBytes = section.bytes("maximumFileBytes", default: folder.maximumFileBytes)
        return folder
    }

    private static func polledServer(_ section: ConfigurationSection) -> PolledServer {
        var server = PolledServer(
            name: section.requiredString("name"), source: section.requiredString("source"),
            url: section.requiredString("url"))
        server.resources = section.strings("resources", default: server.resources)
        server.interval = section.duration("interval", default: server.interval)
        server.pageSize = section.int("pageSize", default: server.pageSize, in: 1...10_000)
        server.maximumPages = section.int("maximumPages", default: server.maximumPages, in: 1...1_000_000)
        server.requestsPerSecond = section.int("requestsPerSecond", default: server.requestsPerSecond, in: 1...10_000)
        server.timeout = section.duration("timeout", default: server.timeout)
        server.maximumBodyBytes = section.bytes("maximumBodyBytes", default: server.maximumBodyBytes)
        server.tokenFile = section.optionalString("tokenFile")
        server.tokenVariable = section.optionalString("tokenVariable")
        return server
    }

    private static func destination(_ section: ConfigurationSection) -> Destination {
        var destination = Destination(
            name: section.requiredString("name"), kind: section.choice("kind", default: Destination.Kind.mllp))
        switch destination.kind {
        case .mllp:
            destination.host = section.string("host", default: destination.host)
            destination.port = section.int("port", default: destination.port, in: 1...65_535)
        case .fhir:
            destination.url = section.requiredString("url")
            destination.tokenFile = section.optionalString("tokenFile")
        }
        destination.models = section.strings("models", default: destination.models)
        destination.deliver = section.choice("deliver", default: destination.deliver)
        destination.minimumLevel = section.int("minimumLevel", default: destination.minimumLevel, in: 0...100)
        destination.timeout = section.duration("timeout", default: destination.timeout)
        destination.firstRetry = section.duration("firstRetry", default: destination.firstRetry)
        destination.longestRetry = section.duration("longestRetry", default: destination.longestRetry)
        destination.maximumAttempts = section.int(
            "maximumAttempts", default: destination.maximumAttempts, in: 1...1_000_000)
        destination.window = section.int("window", default: destination.window, in: 1...1000)
        return destination
    }

    private func checkNames(_ root: ConfigurationSection) {
        let known = Set(sources.map(\.name))
        if known.count != sources.count { root.reject("sources", "two sources have the same name") }
        for name in mllp.map(\.source) + folders.map(\.source) + polling.map(\.source)
        where !known.contains(name) && !name.isEmpty {
            root.reject("sources", "no source is named \(name), but a door or poll refers to it")
        }
        if Set(destinations.map(\.name)).count != destinations.count {
            root.reject("destinations", "two destinations have the same name")
        }
    }
}
