import Clinical
import FHIR
import Foundation
import HL7v2
import V2ToFHIR

/// FHIR files to HL7 v2 messages, for `headwall convert --to hl7v2`.
enum MessageWriting {
    static func convert(_ input: Converter.Input, tables: MappingTables) -> Converted {
        let output = input.stem + ".hl7"
        guard let data = FileManager.default.contents(atPath: input.path) else {
            let issue = Issue(.error, code: 1601, place: "file", "The file cannot be read.")
            return Converted(input: input.path, output: output, bundle: nil, issues: [issue])
        }
        do {
            let bundle = try JSON(parsing: [UInt8](data))
            guard bundle.resourceType != nil else {
                let issue = Issue(.error, code: 1602, place: "byte 0", "The file holds no FHIR resource.")
                return Converted(input: input.path, output: output, bundle: nil, issues: [issue])
            }
            let result = FHIRToV2Converter(tables: tables).convert(bundle)
            guard !result.message.isEmpty else {
                return Converted(input: input.path, output: output, bundle: nil, issues: result.issues)
            }
            let type = try Message(result.message).type?.description
            return Converted(
                input: input.path, output: output, bundle: result.message, issues: result.issues, messageType: type)
        } catch let error as FHIRError {
            return Converted(input: input.path, output: output, bundle: nil, issues: [error.issue])
        } catch let error as HL7v2Error {
            return Converted(input: input.path, output: output, bundle: nil, issues: [error.issue])
        } catch {
            let issue = Issue(.error, code: 1602, place: "file", "The file cannot be converted.")
            return Converted(input: input.path, output: output, bundle: nil, issues: [issue])
        }
    }
}
