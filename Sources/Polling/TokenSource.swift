internal import Foundation

/// Reads the bearer token from where it is kept.
enum TokenSource {
    static func read(_ token: FHIRPollerConfiguration.Token, place: String) throws(PollingError) -> String {
        let text: String?
        switch token {
        case .file(let path):
            let file = FileHandle(forReadingAtPath: path)
            defer { try? file?.close() }
            text = (try? file?.read(upToCount: 64 << 10)).flatMap { String(data: $0, encoding: .utf8) }
        case .environment(let name):
            text = ProcessInfo.processInfo.environment[name]
        }
        guard let value = text?.trimming, !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw PollingError(
                .token, place: place, "The bearer token cannot be read; its file or variable must hold it on one line.")
        }
        return value
    }
}
