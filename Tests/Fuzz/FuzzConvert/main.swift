import Clinical
import Foundation
import HL7v2
import V2ToFHIR

/// libFuzzer's entry for programs that have their own main.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The shipped tables; the first thing the program reads, so that a fault in them is not taken for one of the input.
enum Tables {
    static let backward = FHIRToV2Converter(tables: converter.tables)

    static let converter: V2ToFHIRConverter = {
        let folder = ProcessInfo.processInfo.environment["MAPPINGS"] ?? "Mappings/v2-to-fhir/1.0"
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder))?.filter { $0.hasSuffix(".tsv") } ?? []
        let files: [MappingTables.File] = names.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)").map { (name, Array($0)) }
        }
        guard let tables = try? MappingTables(files: files), !files.isEmpty else {
            fatalError("the mapping tables under \(folder) cannot be read")
        }
        return V2ToFHIRConverter(tables: tables)
    }()
}

/// Converts an input twice: whatever it is, there is a Bundle, and the same one each time.
func exercise(_ bytes: [UInt8]) {
    guard let message = try? Message(bytes) else { return }
    let bundle = Tables.converter.bundle(message)
    guard bundle.first == UInt8(ascii: "{"), bundle.last == UInt8(ascii: "}") || bundle.last == 0x0A else {
        fatalError("a conversion gives an object")
    }
    guard Tables.converter.bundle(message) == bundle else { fatalError("the same message gives the same bundle") }
    // The way back takes any Bundle, and what it writes can be read.
    guard let result = try? Tables.backward.convert(bundle) else { fatalError("a bundle is JSON") }
    guard result.message.isEmpty || (try? Message(result.message)) != nil else {
        fatalError("a message that was written can be read")
    }
}

_ = Tables.converter
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
let status = withUnsafeMutablePointer(to: &arguments) { pointer in
    pointer.withMemoryRebound(to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.self, capacity: 1) { rebound in
        runFuzzer(&count, rebound) { start, length in
            exercise(start.map { Array(UnsafeBufferPointer(start: $0, count: length)) } ?? [])
            return 0
        }
    }
}
exit(status)
