import ArgumentParser
import Foundation
import Logging
import Pipeline

/// `--config`, shared by the commands that work on a service's data.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "headwall.yaml"

    func read() throws -> Configuration { try Self.read(config) }

    static func read(_ file: String) throws -> Configuration {
        try Configuration(yaml: String(decoding: SiteFiles.read(file), as: UTF8.self), file: file)
    }
}

/// Where tables and models are, for the commands that need no service.
struct SiteOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Folder of the mapping tables. Default: found beside the program.", valueName: "folder"))
    var mappings: String?

    @Option(
        name: .customLong("models"),
        help: ArgumentHelp("Folder of the model packages. Default: found beside the program.", valueName: "folder"))
    var modelFolder: String?

    var files: SiteFiles {
        let found = SiteFiles.located()
        return SiteFiles(mappings: mappings ?? found.mappings, models: modelFolder ?? found.models)
    }
}

/// `--site`, of the commands that run the v2-to-FHIR maps.
struct LayerOption: ParsableArguments {
    @Option(
        name: .customLong("site"),
        help: ArgumentHelp(
            "Rows over the v2-to-FHIR maps: a folder of Mappings/v2-to-fhir/sites by name, or a path.",
            valueName: "name|folder"))
    var name: String?
}

extension Configuration.LogLevel {
    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
