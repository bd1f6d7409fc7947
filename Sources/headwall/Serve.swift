import ArgumentParser
import Logging
import Pipeline

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the service.",
        discussion: """
            Opens the doors of the configuration file and runs until SIGTERM or SIGINT; then it stops accepting, finishes what
            it has acknowledged, and exits 0.

            Example:  headwall serve --config headwall.yaml
            """)

    @OptionGroup var options: ConfigurationOption

    @Flag(help: "Read the configuration, tables and models, say whether they are good, and exit.")
    var check = false

    func run() async throws {
        let configuration = try options.read()
        LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
        var logger = Logger(label: "headwall")
        logger.logLevel = configuration.logLevel.level
        if check {
            _ = try Site(
                SiteFiles(configuration),
                models: configuration.models.active)
            Output.line("\(options.config): good")
            return
        }
        let server = try HeadwallServer(configuration, logger: logger, handlesSignals: true)
        async let running: Void = server.run()
        guard let addresses = await server.listening() else { return try await running }
        if let port = addresses.http { Output.line("http \(port)") }
        for (name, port) in addresses.mllp.sorted(by: { $0.key < $1.key }) { Output.line("mllp \(name) \(port)") }
        Output.line("ready")
        try await running
    }
}
