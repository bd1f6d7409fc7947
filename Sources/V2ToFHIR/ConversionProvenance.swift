import Foundation
import HL7v2

/// What the rows of Provenance leave to the one who converts: who runs the converter, and the message itself.
extension Conversion {
    mutating func completeProvenance() {
        guard let provenance = tables.schema.type("Provenance") else { return }
        var document: Int?
        for index in tree.resources.indices where tree.resources[index].type == provenance {
            if let assembler = settings.assembler, isTransformation(index) { name(assembler, in: index) }
            if settings.carriesMessage, isAboutMessage(index) { attachMessage(to: index, &document) }
        }
    }

    /// The Provenance of the transformation names who runs it.
    private mutating func name(_ assembler: (name: String, oid: String?), in provenance: Int) {
        let who = "agent[1].who(Organization)"
        set("\(who).identifier[1].value", to: assembler.name, in: provenance)
        guard let oid = assembler.oid else { return }
        set("\(who).identifier[2].system", to: "urn:ietf:rfc:3986", in: provenance)
        set("\(who).identifier[2].value", to: oid, in: provenance)
    }

    /// Rows 3 and 4 of `MSH[Provenance-Source]`, rows 10 and 11 of `MSH[Provenance-Transformation]`: the publication gives
    /// their condition in words, since only the converter knows whether it keeps the message elsewhere.
    private mutating func attachMessage(to provenance: Int, _ made: inout Int?) {
        let what = "entity[1].what"
        if let made { return refer(what, to: made, in: provenance) }
        let document = "\(what)(DocumentReference)"
        set("\(document).status", to: "current", in: provenance)
        set("\(document).content.attachment.contentType", to: "x-application/hl7-v2+er7", in: provenance)
        set("\(document).content.attachment.data", to: Data(tape.bytes).base64EncodedString(), in: provenance)
        // A row may have made it before.
        made = node(what, in: provenance).flatMap { tree.child($0, tables.symbols.reference) }
            .map { Int(tree.nodes[Int($0)].start) }
    }

    /// Puts a reference at a path, in the place of one that a row made there.
    private mutating func refer(_ path: String, to target: Int, in provenance: Int) {
        guard let node = node(path, in: provenance) else { return }
        var reference = tree.child(node, tables.symbols.reference) ?? -1
        if reference < 0 {
            reference = tree.append(OutputTree.Node(key: tables.symbols.reference, type: -1, kind: .reference), to: node)
        }
        tree.nodes[Int(reference)].start = Int32(target)
        tree.nodes[Int(reference)].segment = Int32(tree.resources[provenance].segment)
    }

    /// The node at a path, made where it is not there.
    private mutating func node(_ path: String, in provenance: Int) -> Int32? {
        let resource = tree.resources[provenance]
        guard let steps = sharedSteps(path, type: resource.type) else { return nil }
        return descend(resource.root, steps[...], scope: Int64(provenance), repetition: 1, instance: resource.instance)
    }

    /// A path that joins the first element that a row of the map made.
    private func sharedSteps(_ path: String, type: Int32) -> [PathStep]? {
        guard var steps = tables.compilePath(path, root: type, map: "")?.steps else { return nil }
        for index in steps.indices where steps[index].label == 1 { steps[index].isShared = true }
        return steps
    }

    private mutating func set(_ path: String, to text: String, in provenance: Int) {
        currentSegment = tree.resources[provenance].segment
        guard let node = node(path, in: provenance) else { return }
        tree.nodes[Int(node)].kind = .text
        tree.nodes[Int(node)].start = Int32(tree.pool.count)
        tree.pool.append(text)
        tree.nodes[Int(node)].end = Int32(tree.pool.count)
    }

    /// Its map is the one of transformations: no segment field stands behind its agent.
    private func isTransformation(_ resource: Int) -> Bool {
        guard let activity = tables.compilePath("activity.coding.code", root: tree.resources[resource].type, map: ""),
            let member = tree.child(tree.resources[resource].root, activity.steps[0].key),
            let coding = tree.child(member, activity.steps[1].key), let first = tree.first(coding),
            let code = tree.child(first, activity.steps[2].key)
        else { return false }
        return tables.names[tree.nodes[Int(code)].start] == "v2-fhir-transformation"
    }

    /// A row gave it an entity with the role of source.
    private func isAboutMessage(_ resource: Int) -> Bool {
        guard let entity = tables.compilePath("entity", root: tree.resources[resource].type, map: "") else { return false }
        return tree.child(tree.resources[resource].root, entity.steps[0].key) != nil
    }
}
