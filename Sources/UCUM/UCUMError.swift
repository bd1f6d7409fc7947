/// Why a unit code could not be read, or two units could not be converted.
///
/// Never holds the code itself: a unit field of a message can contain anything.
public struct UCUMError: Error, Hashable, Sendable {
    /// Stable numbers: 2101–2119 for reading a code, 2120–2139 for conversions.
    public enum Cause: Int, Sendable, Codable {
        case empty = 2101
        case tooLong = 2102
        case tooDeep = 2103
        /// A byte outside printable ASCII.
        case invalidCharacter = 2104
        case unknownUnit = 2105
        /// A prefix on a unit that takes none (`kmin`).
        case prefixNotAllowed = 2106
        /// A unit, number, annotation or opening parenthesis was expected here.
        case missingTerm = 2107
        /// A dot, slash or closing parenthesis was expected here.
        case missingOperator = 2108
        case unbalanced = 2109
        case exponentTooLarge = 2110
        /// Zero, or more digits than can be read exactly.
        case invalidNumber = 2111
        /// A special unit (`Cel`, `[pH]`) multiplied, divided or raised to a power (UCUM section 22).
        case specialUnitInTerm = 2112
        /// The two units measure different kinds of quantity.
        case notCommensurable = 2120
        /// An arbitrary unit converts into no other unit (UCUM section 24).
        case arbitraryUnit = 2121
        /// The result, or a factor, is beyond the range of numbers handled.
        case outOfRange = 2122
        /// UCUM makes the units equal, and they count different things (moles and particles), or one is a logarithm.
        case differentCount = 2123
        /// The annotations say that different things are measured.
        case differentAnnotation = 2124
    }

    public let cause: Cause
    /// Byte offset in the unit code; 0 where the whole code is concerned.
    public let place: Int
    public let reason: String

    public var code: Int { cause.rawValue }

    public init(_ cause: Cause, at place: Int = 0, _ reason: String) {
        self.cause = cause
        self.place = place
        self.reason = reason
    }
}

extension UCUMError: CustomStringConvertible {
    public var description: String { "\(code) at byte \(place): \(reason)" }
}
