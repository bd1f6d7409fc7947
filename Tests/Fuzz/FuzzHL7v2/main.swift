import Glibc
import Clinical
import HL7v2

/// libFuzzer's entry for programs that have their own main.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What must hold of every input; a broken promise stops the fuzzer with the input that broke it.
func require(_ condition: Bool, _ promise: StaticString) {
    if !condition { fatalError("\(promise)") }
}

/// Reads an input in every way the room offers.
func exercise(_ bytes: [UInt8]) {
    _ = try? BatchReader(bytes)
    _ = MessageHeader(scanning: bytes).map { Acknowledgement.code(for: $0, at: .commit, .accepted) }
    guard let message = try? Message(bytes) else { return }
    var texts: [(path: String, text: String)] = []
    for segment in message.segments {
        for field in segment.fields {
            _ = (field.text, field.wholeText, field.isNull)
            for repetition in field.repetitions {
                for component in repetition.components {
                    for subcomponent in component.subcomponents {
                        guard let text = subcomponent.text, texts.count < 64 else { continue }
                        require(message[subcomponent.path] == text, "a path leads to the value it came from")
                        texts.append((subcomponent.path, text))
                    }
                }
            }
        }
    }
    require(MessageEditor(message).write() == message.source, "a message nobody changed is written as it came")
    let grouped = message.grouped()
    require(grouped.root.allSegments.count == message.segments.count, "every segment stands in a group")
    _ = MessageText.lines(grouped)
    require(MessageDifference.between(message, message).isEmpty, "a message does not differ from itself")
    let answer = Acknowledgement.build(
        for: message, code: .AE, controlID: "1", time: Instant(seconds: 0), issues: message.issues + grouped.issues)
    require((try? Acknowledgement.parse(answer)) != nil, "an acknowledgement can be read")
    edit(message, texts)
}

/// Writes values back one by one: what is read after that is what was set, and no segment is gained or lost.
func edit(_ message: Message, _ texts: [(path: String, text: String)]) {
    for (path, text) in texts.prefix(8) {
        var editor = MessageEditor(message)
        guard (try? editor.set(path, to: text)) != nil else { continue }
        guard let edited = try? editor.message() else {
            require(false, "an edited message can be read")
            return
        }
        _ = MessageDifference.between(message, edited)
        require(edited.segments.count == message.segments.count, "a value never becomes a segment")
        // NUL has no place in text and reads as U+FFFD; without an escape character, delimiters cannot be written.
        if message.delimiters.escape != nil, !text.isEmpty, !text.utf8.contains(0) {
            require(edited[path] == text, "a value set is the value read")
        }
    }
}

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
