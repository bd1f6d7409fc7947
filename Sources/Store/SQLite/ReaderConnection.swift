import Clinical
import GRDB

/// A reading connection within one read, which sees one state of the database.
struct ReaderConnection {
    private let database: Database
    private let vocabulary: Vocabulary

    init(_ database: Database, _ vocabulary: Vocabulary) {
        self.database = database
        self.vocabulary = vocabulary
    }

    func statement(_ sql: ReaderSQL) throws -> SQLStatement {
        try SQLStatement(database, sql.rawValue, cached: true)
    }

    func plan(_ sql: String) throws -> [String] {
        try SQLStatement(database, "EXPLAIN QUERY PLAN " + sql).all { $0.text(3) }
    }

    // MARK: Texts of numbers

    func term(_ id: Int64) throws -> String {
        try vocabulary.terms.value(id) {
            try statement(.term).bind(id).first { $0.text(0) }
        }
    }

    func term(_ id: Int64?) throws -> String? {
        guard let id else { return nil }
        return try term(id) as String
    }

    func code(_ id: Int64) throws -> Code {
        try vocabulary.codes.value(id) {
            try statement(.code).bind(id).first {
                Code(system: $0.text(0), code: $0.text(1), display: $0.optionalText(2))
            }
        }
    }

    func mapping(_ id: Int64?) throws -> MappingRecord? {
        guard let id else { return nil }
        return try vocabulary.mappings.value(id) {
            try statement(.mapping).bind(id).first {
                MappingRecord(
                    table: $0.text(0), tableDigest: $0.text(1), row: $0.text(2), relationship: $0.text(3),
                    unitRead: $0.optionalText(4), conversion: $0.text(5), factor: $0.optionalText(6),
                    reviewer: $0.optionalText(7))
            }
        }
    }

    func model(_ id: Int64) throws -> ModelReference {
        try vocabulary.models.value(id) {
            try statement(.model).bind(id).first {
                ModelReference(name: $0.text(0), version: $0.text(1), digest: $0.text(2), title: $0.text(3))
            }
        }
    }

    func sheet(_ id: Int64) throws -> DecisionSheet {
        try vocabulary.sheets.value(id) {
            try statement(.sheet).bind(id).first { try StoredSheet.sheet($0.text(0)) }
        }
    }

    func patientKey(_ id: Int64) throws -> PatientKey {
        try vocabulary.patients.value(id) {
            let row = try statement(.patientKey).bind(id).first { ($0.int64(0), $0.text(1)) }
            guard let (system, value) = row else { return nil }
            return PatientKey(system: try term(system), value: value)
        }
    }

    // MARK: Numbers of texts

    func findTerm(_ text: String) throws -> Int64? {
        try statement(.findTerm).bind(text).first { $0.int64(0) }
    }

    func findPatient(_ key: PatientKey) throws -> Int64? {
        guard let system = try findTerm(key.system) else { return nil }
        return try statement(.findPatient).bind(system).bind(key.value.exposed).first { $0.int64(0) }
    }

    /// The patient and every key merged into it, transitively; empty when the key was never seen.
    func family(of key: PatientKey) throws -> [Int64] {
        guard let root = try findPatient(key) else { return [] }
        var members = [root]
        var seen: Set<Int64> = [root]
        var position = 0
        while position < members.count {
            let retired = try statement(.retiredInto).bind(members[position]).all { $0.int64(0) }
            members += retired.filter { seen.insert($0).inserted }
            position += 1
        }
        return members
    }

    /// The patient that survives after all merges.
    func survivor(of patient: Int64) throws -> Int64 {
        var survivor = patient
        var seen: Set<Int64> = [patient]
        while let next = try statement(.mergedInto).bind(survivor).first({ $0.optionalInt64(0) }) ?? nil,
            seen.insert(next).inserted
        {
            survivor = next
        }
        return survivor
    }
}

/// What numbers in rows stand for. Such rows never change once they are committed, so all readers share one memory.
final class Vocabulary: Sendable {
    let terms: Memory<String>
    let codes: Memory<Code>
    let mappings: Memory<MappingRecord>
    let models: Memory<ModelReference>
    let sheets: Memory<DecisionSheet>
    let patients: Memory<PatientKey>

    init(capacity: Int) {
        terms = Memory(capacity: capacity)
        codes = Memory(capacity: capacity)
        mappings = Memory(capacity: capacity)
        models = Memory(capacity: capacity)
        sheets = Memory(capacity: capacity)
        patients = Memory(capacity: capacity)
    }

    /// Values by number, a bounded number of them.
    final class Memory<Value: Sendable>: Sendable {
        private let values = Locked<[Int64: Value]>([:])
        private let capacity: Int

        init(capacity: Int) {
            self.capacity = capacity
        }

        /// The remembered value, or the one that `load` finds.
        func value(_ id: Int64, load: () throws -> Value?) throws -> Value {
            if let value = values.withLock({ $0[id] }) { return value }
            guard let value = try load() else { throw StoreError(.unreadableRow, operation: "read") }
            values.withLock { values in
                if values.count >= capacity { values.removeAll(keepingCapacity: true) }
                values[id] = value
            }
            return value
        }
    }
}
