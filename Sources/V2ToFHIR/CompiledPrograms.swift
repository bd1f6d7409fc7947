/// The programs of the tables as they are run: numbers in a few arrays, so that running them reads memory where it stands
/// and counts no references.
struct CompiledPrograms: Sendable {
    private(set) var programs: [CompiledProgram] = []
    private(set) var instructions: [CompiledInstruction] = []
    /// Of each instruction: the field without which it does nothing, 0 when it runs anyway. Most fields of a segment are not
    /// sent, and this passes over them without touching the instruction.
    private(set) var neededFields: [Int32] = []
    /// Steps of all instructions, one path after another.
    private(set) var steps: [PathStep] = []

    init() {}

    init(_ drafts: [Program], _ schema: ElementSchema) {
        for draft in drafts {
            let first = Int32(instructions.count)
            for instruction in draft.instructions {
                instructions.append(CompiledInstruction(instruction, firstStep: Int32(steps.count)))
                steps += instruction.steps
                let runsAnyway = instruction.runsWhenAbsent || instruction.isEach
                neededFields.append(runsAnyway ? 0 : Int32(instruction.field))
            }
            programs.append(CompiledProgram(draft, schema, first: first, end: Int32(instructions.count)))
        }
    }
}

/// A finished program; see ``Program``.
struct CompiledProgram: Sendable {
    let rootType: Int32
    /// Its part of ``CompiledPrograms/instructions``.
    let first: Int32
    let end: Int32
    let isValue: Bool
    /// Index in ``CompiledPrograms/instructions``; −1 without.
    let codeInstruction: Int32
    let eachField: Int32
    /// What is written is a Coding itself.
    let isCoding: Bool
    /// The codings of what is written; `nil` where it has none.
    let codings: ElementSchema.Element?

    init(_ draft: Program, _ schema: ElementSchema, first: Int32, end: Int32) {
        rootType = draft.rootType
        self.first = first
        self.end = end
        isValue = draft.isValue
        codeInstruction = draft.codeInstruction < 0 ? -1 : first + Int32(draft.codeInstruction)
        eachField = Int32(draft.eachField)
        isCoding = schema.name(draft.rootType) == "Coding"
        codings = schema.element("coding", of: draft.rootType)
    }
}

/// A finished instruction; see ``Instruction``.
struct CompiledInstruction: Sendable {
    let row: Int32
    let field: Int32
    let component: Int32
    let condition: Int32
    let codes: Int32
    let program: Int32
    let vocabulary: Int32
    let constant: Int32
    let template: Int32
    /// Its part of ``CompiledPrograms/steps``.
    let steps: Range<Int32>
    let action: Instruction.Action
    let primitive: Primitive
    let runsWhenAbsent: Bool
    let repeats: Bool
    let isEach: Bool
    let isCodingCode: Bool
    /// Each repetition of the field has an element of its own.
    let takesAll: Bool
    /// The element is the value of an extension.
    let isExtensionValue: Bool
    /// The element is a reference, and what it refers to is made here.
    let leadsToResource: Bool

    init(_ draft: Instruction, firstStep: Int32) {
        row = draft.row
        field = Int32(draft.field)
        component = Int32(draft.component)
        condition = draft.condition
        codes = draft.codes
        program = draft.program
        vocabulary = draft.vocabulary
        constant = draft.constant
        template = draft.template
        steps = firstStep..<firstStep + Int32(draft.steps.count)
        action = draft.action
        primitive = draft.primitive
        runsWhenAbsent = draft.runsWhenAbsent
        repeats = draft.repeats
        isEach = draft.isEach
        isCodingCode = draft.isCodingCode
        takesAll = draft.steps.contains { $0.byRepetition }
        isExtensionValue = draft.isExtensionValue
        leadsToResource = draft.steps.last?.kind == .resource
    }
}
