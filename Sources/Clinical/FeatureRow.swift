/// The inputs of a model as numbers, each with what explains it: all that the ``FeatureValue`` of every request says, in a
/// tenth of the room and without a text of its own.
///
/// A model of a hundred inputs is mostly about the same few findings, and everything else that its inputs say is in the
/// requests. What does not fit (a coded answer, an unusual unit) is kept as a ``FeatureValue``.
public struct FeatureRow: Sendable, Hashable {
    /// The version of a finding that an input ends at.
    public struct Origin: Sendable, Hashable {
        public var effective: Instant
        public var known: Instant
        public var finding: FindingID
        /// Set where the value could not be used when it came.
        public var late: LateMapping?

        public init(effective: Instant, known: Instant, finding: FindingID, late: LateMapping? = nil) {
            self.late = late
            self.effective = effective
            self.known = known
            self.finding = finding
        }
    }

    /// What a number is, or why there is none. The raw values are stored and never change.
    public enum State: UInt8, Sendable, Hashable {
        case number = 0
        case less, lessOrEqual, greaterOrEqual, greater
        case notMeasured = 16
        case stale, unmappedCode, ambiguous, unit, noValue, notUsable, implausible, noMap
        /// It is in ``FeatureRow/others``.
        case other = 255
    }

    /// One input.
    public struct Entry: Sendable, Hashable {
        private var bits: UInt64
        /// Position in ``FeatureRow/origins``; ``none`` without one.
        public var origin: UInt16
        public var state: State
        /// Which of the request's codes served; ``noCode`` where none did.
        public var code: UInt8

        public static let none = UInt16.max
        public static let noCode = UInt8.max
        public static let missing = Entry(number: .nan, state: .notMeasured)

        public init(number: Double, state: State, origin: UInt16 = none, code: UInt8 = noCode) {
            bits = number.bitPattern
            self.origin = origin
            self.state = state
            self.code = code
        }

        /// A bound by its limit, NaN where there is none.
        public var number: Double { Double(bitPattern: bits) }
    }

    /// One for each request, in their order.
    public var entries: [Entry]
    public var origins: [Origin]
    /// What has no other form, by position; rarely anything.
    public var others: [Int: FeatureValue]

    public init(entries: [Entry], origins: [Origin], others: [Int: FeatureValue] = [:]) {
        self.entries = entries
        self.origins = origins
        self.others = others
    }

    /// The row that says the same as these values, one for each request and in the same order.
    public init(_ values: [FeatureValue], requests: [FeatureRequest]) {
        entries = []
        entries.reserveCapacity(values.count)
        origins = []
        others = [:]
        for (value, request) in zip(values, requests) {
            let position = entries.count
            entries.append(.missing)
            if let entry = entry(value, of: request) {
                entries[position] = entry
                if self.value(position, of: request) == value { continue }
            }
            let number: Double =
                switch value.content {
                case .number(let number), .bound(let number, _): number
                case .coded, .missing: .nan
                }
            entries[position] = Entry(number: number, state: .other)
            others[position] = value
        }
    }

    private mutating func entry(_ value: FeatureValue, of request: FeatureRequest) -> Entry? {
        var entry: Entry
        switch value.content {
        case .number(let number): entry = Entry(number: number, state: .number)
        case .bound(let number, let comparator): entry = Entry(number: number, state: State(comparator))
        case .coded: return nil
        case .missing(let reason): entry = Entry(number: .nan, state: State(reason))
        }
        if let loinc = value.loinc {
            guard let code = request.loinc.firstIndex(of: loinc), code < Int(Entry.noCode) else { return nil }
            entry.code = UInt8(code)
        }
        if let effective = value.effective, let known = value.known, let finding = value.finding {
            let origin = Origin(effective: effective, known: known, finding: FindingID(finding), late: value.late)
            let index = origins.lastIndex(of: origin) ?? origins.count
            guard index < Int(Entry.none) else { return nil }
            if index == origins.count { origins.append(origin) }
            entry.origin = UInt16(index)
        }
        return entry
    }

    /// The numbers alone, NaN where there is none.
    public var vector: [Double] { entries.map(\.number) }

    // MARK: - In words

    /// The input at a position, as its request names it.
    public func value(_ position: Int, of request: FeatureRequest) -> FeatureValue {
        if let other = others[position] { return other }
        guard entries.indices.contains(position) else {
            return FeatureValue(name: request.name, content: .missing(.notMeasured))
        }
        let entry = entries[position]
        let content = content(position)
        var value = FeatureValue(name: request.name, content: content)
        switch content {
        case .number, .bound: value.unit = request.resultUnit
        case .coded, .missing: break
        }
        if request.loinc.indices.contains(Int(entry.code)) { value.loinc = request.loinc[Int(entry.code)] }
        if let origin = origin(position) {
            value.effective = origin.effective
            value.known = origin.known
            value.finding = origin.finding.text
            value.late = origin.late
        }
        return value
    }

    public func content(_ position: Int) -> FeatureValue.Content {
        let entry = entries[position]
        if entry.state == .other { return others[position]?.content ?? .missing(.notMeasured) }
        if let comparator = entry.state.comparator { return .bound(entry.number, comparator) }
        return entry.state.reason.map { .missing($0) } ?? .number(entry.number)
    }

    public func origin(_ position: Int) -> Origin? {
        place(position).map { origins[$0] }
    }

    /// Of its origin among ``origins``.
    private func place(_ position: Int) -> Int? {
        let place = Int(entries[position].origin)
        return origins.indices.contains(place) ? place : nil
    }

    /// Why the input was known later than its message came, and since when; `nil` where it was not.
    public func late(_ position: Int) -> (mapping: LateMapping, known: Instant?)? {
        if entries[position].state == .other {
            return others[position].flatMap { value in value.late.map { ($0, value.known) } }
        }
        guard let place = place(position), let late = origins[place].late else { return nil }
        return (late, origins[place].known)
    }

    /// When the input was true, where that is known.
    public func effective(_ position: Int) -> Instant? {
        entries[position].state == .other ? others[position]?.effective : place(position).map { origins[$0].effective }
    }
}

extension FeatureRow.State {
    public init(_ reason: MissingReason) {
        self =
            switch reason {
            case .notMeasured: .notMeasured
            case .stale: .stale
            case .unmappedCode: .unmappedCode
            case .ambiguous: .ambiguous
            case .unit: .unit
            case .noValue: .noValue
            case .notUsable: .notUsable
            case .implausible: .implausible
            case .noMap: .noMap
            }
    }

    public init(_ comparator: Quantity.Comparator) {
        self =
            switch comparator {
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greaterOrEqual: .greaterOrEqual
            case .greater: .greater
            }
    }

    public var comparator: Quantity.Comparator? {
        switch self {
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greaterOrEqual: .greaterOrEqual
        case .greater: .greater
        default: nil
        }
    }

    public var reason: MissingReason? {
        switch self {
        case .notMeasured: .notMeasured
        case .stale: .stale
        case .unmappedCode: .unmappedCode
        case .ambiguous: .ambiguous
        case .unit: .unit
        case .noValue: .noValue
        case .notUsable: .notUsable
        case .implausible: .implausible
        case .noMap: .noMap
        case .number, .less, .lessOrEqual, .greaterOrEqual, .greater, .other: nil
        }
    }
}
