/// A finished program. A class, so that running it counts one reference and copies nothing.
final class CompiledProgram: Sendable {
    let rootType: Int32
    let instructions: [CompiledInstruction]
    /// Of each instruction: the field without which it does nothing, 0 when it runs anyway. Most fields of a segment are not
    /// sent, and this passes over them without touching the instruction.
    let neededFields: [Int32]
    let isValue: Bool
    let codeInstruction: Int
    let eachField: Int

    init(_ program: Program) {
        rootType = program.rootType
        instructions = program.instructions.map { CompiledInstruction($0) }
        neededFields = instructions.map { $0.runsWhenAbsent || $0.isEach ? 0 : Int32($0.field) }
        isValue = program.isValue
        codeInstruction = program.codeInstruction
        eachField = program.eachField
    }
}

/// A finished instruction; see ``Instruction``.
final class CompiledInstruction: Sendable {
    let row: Int32
    let field: Int
    let component: Int
    let condition: Int32
    let runsWhenAbsent: Bool
    let action: Instruction.Action
    let steps: [PathStep]
    let primitive: Primitive
    let codes: Int32
    let program: Int32
    let vocabulary: Int32
    let constant: Int32
    let template: Int32
    let repeats: Bool
    let isEach: Bool
    let isCodingCode: Bool
    /// Each repetition of the field has an element of its own.
    let takesAll: Bool
    /// The element is the value of an extension.
    let isExtensionValue: Bool

    init(_ draft: Instruction) {
        row = draft.row
        field = draft.field
        component = draft.component
        condition = draft.condition
        runsWhenAbsent = draft.runsWhenAbsent
        action = draft.action
        steps = draft.steps
        primitive = draft.primitive
        codes = draft.codes
        program = draft.program
        vocabulary = draft.vocabulary
        constant = draft.constant
        template = draft.template
        repeats = draft.repeats
        isEach = draft.isEach
        isCodingCode = draft.isCodingCode
        takesAll = steps.contains { $0.byRepetition }
        isExtensionValue = draft.isExtensionValue
    }
}
