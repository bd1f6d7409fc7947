internal import CLibXML2
import Clinical

/// Feeds a document to libxml2's SAX2 push parser and keeps the elements that are read.
///
/// The header is kept to the end; each entry of a section is interpreted when it ends and then forgotten, so memory
/// follows the largest entry and not the document.
final class EventParser {
    private let limits: CDALimits
    private var tree = ElementTree()
    private var sections: [OpenSection] = []
    private var openSections: [Int] = []
    private var frames: [Frame] = []
    /// Depth inside an element that is not kept.
    private var skipped = 0
    private var elementCount = 0
    private var observationCount = 0
    private var text: [UInt8] = []
    private var failure: CDAError?
    private var qualified = true
    private var foreignElements = 0
    private var names: [UnsafePointer<xmlChar>: String] = [:]
    private var context: xmlParserCtxtPtr?

    struct OpenSection {
        let element: Int
        let path: String
        var observations: [CDADocument.Observation] = []
        var otherEntries: [String: Int] = [:]
    }

    private struct Frame {
        let element: Int
        let name: String
        var childNames: [(name: UnsafePointer<xmlChar>, count: Int)] = []
        var text: [UInt8] = []
        var opensSection = false
    }

    init(limits: CDALimits) {
        self.limits = limits
    }

    // MARK: - Driving libxml2

    /// libxml2 wants this called once before parsers run on several threads.
    private static let initialized: Void = xmlInitParser()

    func parse(_ bytes: [UInt8]) throws(CDAError) {
        Self.initialized
        var handler = xmlSAXHandler()
        handler.initialized = UInt32(XML_SAX2_MAGIC)
        headwall_xml_silence(&handler)
        handler.startElementNs = { user, local, _, uri, _, _, count, _, attributes in
            guard let user, let local else { return }
            Unmanaged<EventParser>.fromOpaque(user).takeUnretainedValue()
                .start(local, uri: uri, attributes: attributes, count: Int(count))
        }
        handler.endElementNs = { user, _, _, _ in
            guard let user else { return }
            Unmanaged<EventParser>.fromOpaque(user).takeUnretainedValue().end()
        }
        handler.characters = { user, characters, length in
            guard let user, let characters, length > 0 else { return }
            Unmanaged<EventParser>.fromOpaque(user).takeUnretainedValue()
                .characters(UnsafeBufferPointer(start: characters, count: Int(length)))
        }
        handler.cdataBlock = handler.characters
        handler.ignorableWhitespace = handler.characters
        // The byte scan has refused these already; this is the second wall.
        handler.internalSubset = { user, _, _, _ in
            guard let user else { return }
            let parser = Unmanaged<EventParser>.fromOpaque(user).takeUnretainedValue()
            parser.stop(.documentType, "Document type and entity declarations are not accepted; remove the DOCTYPE.")
        }

        let user = Unmanaged.passUnretained(self).toOpaque()
        guard let context = xmlCreatePushParserCtxt(&handler, user, nil, 0, nil) else {
            throw CDAError(.parser, place: "byte 0", "The XML parser could not be set up; the system is short of memory.")
        }
        self.context = context
        defer {
            self.context = nil
            names = [:]
            xmlFreeParserCtxt(context)
        }
        // No XML_PARSE_NOENT, no DTD loading, no XML_PARSE_HUGE: libxml2's own bounds stay in force behind ours.
        _ = xmlCtxtUseOptions(context, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue))

        let chunk = 32 << 10
        var offset = 0
        repeat {
            let count = min(chunk, bytes.count - offset)
            let isLast = offset + count >= bytes.count
            bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                base.advanced(by: offset).withMemoryRebound(to: CChar.self, capacity: count) { pointer in
                    _ = xmlParseChunk(context, pointer, Int32(count), isLast ? 1 : 0)
                }
            }
            offset += count
            if let failure { throw failure }
            guard headwall_xml_well_formed(context) != 0 else { throw malformed(context) }
        } while offset < bytes.count
    }

    private func malformed(_ context: xmlParserCtxtPtr) -> CDAError {
        let number = headwall_xml_error_number(context)
        let reason =
            switch xmlParserErrors(rawValue: UInt32(clamping: number)) {
            case XML_ERR_DOCUMENT_EMPTY, XML_ERR_DOCUMENT_END, XML_ERR_TAG_NOT_FINISHED:
                "The document ends before its elements do."
            case XML_ERR_TAG_NAME_MISMATCH: "An end tag does not match the start tag."
            case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY: "An entity is used that XML does not define."
            case XML_ERR_ATTRIBUTE_REDEFINED: "An attribute occurs twice in a tag."
            case XML_ERR_INVALID_CHAR: "The document holds a character that XML does not allow."
            case XML_ERR_NAME_REQUIRED, XML_ERR_SPACE_REQUIRED, XML_ERR_GT_REQUIRED: "A tag is not written correctly."
            case XML_ERR_UNSUPPORTED_ENCODING, XML_ERR_INVALID_ENCODING: "The encoding is not supported."
            default: "The document is not well-formed XML (libxml2 error number \(number))."
            }
        return CDAError(.notWellFormed, place: place, reason)
    }

    private func stop(_ kind: CDAError.Kind, _ reason: String) {
        guard failure == nil else { return }
        failure = CDAError(kind, place: place, reason)
        if let context { xmlStopParser(context) }
    }

    private var line: Int { context.map { Int(headwall_xml_line($0)) } ?? 0 }

    private var place: String {
        let path = frames.last.map { tree.path(of: $0.element) } ?? "/"
        return "\(path), line \(line)"
    }

    // MARK: - Events

    private func start(
        _ local: UnsafePointer<xmlChar>, uri: UnsafePointer<xmlChar>?,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
    ) {
        guard failure == nil else { return }
        elementCount += 1
        guard elementCount <= limits.maximumElements else {
            return stop(.amount, "The document has more than \(limits.maximumElements) elements.")
        }
        guard frames.count + skipped < limits.maximumDepth else {
            return stop(.depth, "Elements are nested deeper than \(limits.maximumDepth).")
        }
        if skipped > 0 {
            skipped += 1
            return
        }
        let name = interned(local)
        guard let parent = frames.last else {
            qualified = uri != nil
            guard name == "ClinicalDocument", uri.map(isHL7) ?? true else {
                return stop(.notClinicalDocument, "The root element is not a CDA ClinicalDocument.")
            }
            return push(name, position: 1, parent: nil, attributes: attributes, count: count)
        }
        guard let position = countChild(local) else {
            return stop(
                .amount, "An element has children of more than \(limits.maximumChildNames) different names.")
        }
        // Extensions (sdtc and others) are counted and not read; so is the narrative, whose values stand in the entries.
        let isForeign = qualified ? !(uri.map(isHL7) ?? false) : uri != nil
        if isForeign || (name == "text" && parent.name == "section") {
            if isForeign { foreignElements += 1 }
            skipped = 1
            return
        }
        push(name, position: position, parent: parent.element, attributes: attributes, count: count)
    }

    private func end() {
        guard failure == nil else { return }
        if skipped > 0 {
            skipped -= 1
            return
        }
        guard let frame = frames.popLast() else { return }
        if !frame.text.isEmpty {
            tree.elements[frame.element].text = trimmed(frame.text)
        }
        if frame.opensSection { _ = openSections.popLast() }
        if frame.name == "entry", frames.last?.opensSection == true {
            interpretEntry(frame.element)
        }
    }

    private func characters(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard failure == nil, skipped == 0, let last = frames.indices.last else { return }
        // White space between elements is most of the text of a document.
        if frames[last].text.isEmpty, bytes.allSatisfy({ $0 <= 0x20 }) { return }
        guard frames[last].text.count + bytes.count <= limits.maximumTextBytes else {
            return stop(.amount, "An element holds more than \(limits.maximumTextBytes) bytes of text.")
        }
        frames[last].text.append(contentsOf: bytes)
    }

    private func push(
        _ name: String, position: Int, parent: Int?,
        attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
    ) {
        let index = tree.elements.count
        tree.elements.append(
            Element(
                name: name, position: position, line: line, parent: parent,
                attributes: read(attributes, count: count)))
        if let parent { tree.elements[parent].children.append(index) }
        var frame = Frame(element: index, name: name)
        if name == "section" {
            frame.opensSection = true
            openSections.append(sections.count)
            sections.append(OpenSection(element: index, path: tree.path(of: index)))
        }
        frames.append(frame)
    }

    /// 1-based position of a new child among the children of the same name; `nil` when there are too many names.
    ///
    /// Names come from the parser's dictionary, so that equal names have equal pointers.
    private func countChild(_ name: UnsafePointer<xmlChar>) -> Int? {
        guard let last = frames.indices.last else { return 1 }
        if let known = frames[last].childNames.firstIndex(where: { $0.name == name }) {
            frames[last].childNames[known].count += 1
            return frames[last].childNames[known].count
        }
        guard frames[last].childNames.count < limits.maximumChildNames else { return nil }
        frames[last].childNames.append((name, 1))
        return 1
    }

    private func read(
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
    ) -> [(name: String, value: String)] {
        guard let attributes, count > 0 else { return [] }
        var result: [(name: String, value: String)] = []
        for index in 0..<count {
            let slot = attributes + index * 5
            guard let local = slot[0], let begin = slot[3], let end = slot[4], end >= begin else { continue }
            var name = interned(local)
            if let prefix = slot[1] {
                // Only xsi:type matters; the prefix is taken at its word where it is not declared.
                let isInstance =
                    slot[2].map { String(cString: $0) == "http://www.w3.org/2001/XMLSchema-instance" }
                    ?? (interned(prefix) == "xsi")
                guard isInstance, name == "type" else { continue }
                name = "xsi:type"
            }
            var value = String(decoding: UnsafeBufferPointer(start: begin, count: end - begin), as: UTF8.self)
            // Without entity substitution libxml2 hands over `&` of attribute values as a character reference.
            if value.utf8.contains(UInt8(ascii: "&")) { value = value.replacing("&#38;", with: "&") }
            result.append((name, value))
        }
        return result
    }

    private func interned(_ name: UnsafePointer<xmlChar>) -> String {
        if let known = names[name] { return known }
        let text = String(cString: name)
        names[name] = text
        return text
    }

    private func isHL7(_ uri: UnsafePointer<xmlChar>) -> Bool {
        interned(uri) == "urn:hl7-org:v3"
    }

    private func trimmed(_ bytes: [UInt8]) -> String {
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 }) else {
            return ""
        }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }

    // MARK: - Interpretation

    /// Reads the observations of an entry that has just ended, then forgets its elements.
    private func interpretEntry(_ entry: Int) {
        guard let open = openSections.last else { return }
        let found = Interpretation(tree: tree).observations(in: entry)
        observationCount += found.count
        guard observationCount <= limits.maximumObservations else {
            return stop(.amount, "The document has more than \(limits.maximumObservations) observations.")
        }
        if found.isEmpty {
            let first = tree[entry].children.first.map { tree[$0].name } ?? "entry"
            sections[open].otherEntries[first, default: 0] += 1
        }
        sections[open].observations += found
        if let parent = tree[entry].parent { tree.elements[parent].children.removeLast() }
        tree.elements.removeSubrange(entry...)
    }

    /// The document, after ``parse(_:)`` has returned.
    func document() -> CDADocument {
        var issues: [Issue] = []
        if !qualified {
            issues.append(
                Issue(
                    .warning, code: 1321, place: "/ClinicalDocument",
                    "The document does not declare the namespace urn:hl7-org:v3; it was read as if it did."))
        }
        if foreignElements > 0 {
            issues.append(
                Issue(
                    .information, code: 1322, place: "/ClinicalDocument",
                    "\(foreignElements) elements of other namespaces were not read."))
        }
        let interpretation = Interpretation(tree: tree)
        return interpretation.document(
            sections: sections.map { interpretation.section($0.element, path: $0.path, $0.observations, $0.otherEntries) },
            issues: issues)
    }
}
