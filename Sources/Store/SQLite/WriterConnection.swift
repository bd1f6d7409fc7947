import Clinical
import GRDB
import GRDBSQLite

/// The writing connection with its prepared statements and the numbers of texts, codes and patients.
///
/// A rollback takes back numbers that were given out, so it empties the remembered ones.
final class WriterConnection: @unchecked Sendable {  // touched on the queue of GRDB's writer only
    let configuration: StoreConfiguration
    private let database: Database
    private var statements: [WriterSQL: SQLStatement] = [:]
    private var tallies: [TallyKey: Int64] = [:]
    private var terms: [String: Int64] = [:]
    private var codes: [Code: Int64] = [:]
    private var mappings: [MappingRecord: Int64] = [:]
    private var models: [String: Int64] = [:]
    /// One for each active package, so there are few.
    private var sheets: [(sheet: DecisionSheet, id: Int64)] = []
    private var patients: [PatientKey: Int64] = [:]
    private var mergedInto: [Int64: Int64]?
    /// Codes in the queue of unmapped codes; `nil` until they are counted.
    var unmappedItems: Int?
    private var isClosed = false
    /// Set by SQLite at each commit.
    private let logLength = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    init(_ database: Database, _ configuration: StoreConfiguration) {
        self.database = database
        self.configuration = configuration
        logLength.initialize(to: 0)
        // Takes the place of SQLite's own checkpoints.
        sqlite3_wal_hook(
            database.sqliteConnection,
            { length, _, _, pages in
                length?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, logLength)
    }

    deinit {
        logLength.deallocate()
    }

    /// Pages in the write-ahead log after the last commit.
    var logPages: Int { Int(logLength.pointee) }

    /// The statement, prepared at its first use.
    func statement(_ sql: WriterSQL) throws -> SQLStatement {
        if let statement = statements[sql] { return statement }
        let statement = try SQLStatement(database, sql.rawValue)
        statements[sql] = statement
        return statement
    }

    /// Rows that the last statement changed.
    var changes: Int { database.changesCount }

    var lastInsertedID: Int64 { database.lastInsertedRowID }

    // MARK: Transactions

    func begin() throws {
        if isClosed { throw StoreError(.closed, operation: "begin") }
        try statement(.begin).run()
    }

    func commit() throws {
        for (key, change) in tallies where change != 0 {
            try statement(.addToTally).bind(key.tally.rawValue).bind(key.subject).bind(change).run()
        }
        tallies.removeAll(keepingCapacity: true)
        try statement(.commit).run()
    }

    /// Never fails: where SQLite has rolled back by itself there is nothing left to do.
    func rollBack() {
        if !isClosed, database.isInsideTransaction { try? statement(.rollBack).run() }
        tallies.removeAll()
        unmappedItems = nil
        terms.removeAll()
        codes.removeAll()
        mappings.removeAll()
        models.removeAll()
        sheets.removeAll()
        patients.removeAll()
        mergedInto = nil
    }

    /// A write that needs fresh pages, so that it fails on a full disk.
    func probe() throws {
        try statement(.insertProbe).run()
        try statement(.deleteProbe).run()
    }

    func add(_ change: Int64, to tally: Tally, subject: Int64 = 0) {
        tallies[TallyKey(tally: tally, subject: subject), default: 0] += change
    }

    func finish(_ checkpointer: Checkpointer) {
        if !isClosed { checkpointer.finish(database) }
    }

    /// Lets go of the statements, so that the connection can close.
    func close() {
        isClosed = true
        sqlite3_wal_hook(database.sqliteConnection, nil, nil)
        statements.removeAll()
    }

    // MARK: Numbers of repeated texts

    func term(_ text: String) throws -> Int64 {
        if let id = terms[text] { return id }
        let id =
            try statement(.findTerm).bind(text).first { $0.int64(0) }
            ?? insert(try statement(.insertTerm).bind(text))
        remember(id, text, in: &terms)
        return id
    }

    func term(_ text: String?) throws -> Int64? {
        guard let text else { return nil }
        return try term(text) as Int64
    }

    func code(_ code: Code) throws -> Int64 {
        if let id = codes[code] { return id }
        let id =
            try statement(.findCode).bind(code.system).bind(code.code).bind(code.display).first { $0.int64(0) }
            ?? insert(try statement(.insertCode).bind(code.system).bind(code.code).bind(code.display))
        remember(id, code, in: &codes)
        return id
    }

    func mapping(_ record: MappingRecord?) throws -> Int64? {
        guard let record else { return nil }
        if let id = mappings[record] { return id }
        func bindAll(_ sql: WriterSQL) throws -> SQLStatement {
            try statement(sql).bind(record.table).bind(record.tableDigest).bind(record.row).bind(record.relationship)
                .bind(record.unitRead).bind(record.conversion).bind(record.factor).bind(record.reviewer)
        }
        let id = try bindAll(.findMapping).first { $0.int64(0) } ?? insert(try bindAll(.insertMapping))
        remember(id, record, in: &mappings)
        return id
    }

    func model(_ model: ModelReference) throws -> Int64 {
        if let id = models[model.digest] { return id }
        let id =
            try statement(.findModel).bind(model.digest).first { $0.int64(0) }
            ?? insert(
                try statement(.insertModel).bind(model.digest).bind(model.name).bind(model.version).bind(model.title))
        remember(id, model.digest, in: &models)
        return id
    }

    func sheet(_ sheet: DecisionSheet) throws -> Int64 {
        if let known = sheets.first(where: { $0.sheet === sheet }) { return known.id }
        let content = try StoredSheet.content(sheet)
        let digest = ContentDigest(of: Array(content.utf8)).bytes
        let id =
            try statement(.findSheet).bind(digest).first { $0.int64(0) }
            ?? insert(try statement(.insertSheet).bind(digest).bind(content))
        if sheets.count >= 64 { sheets.removeAll() }
        sheets.append((sheet, id))
        return id
    }

    /// The patient's number; a key that was never seen becomes a patient known from `known` on.
    func patient(_ key: PatientKey, known: Instant) throws -> Int64 {
        if let id = patients[key] { return id }
        let system: Int64 = try term(key.system)
        let id =
            try statement(.findPatient).bind(system).bind(key.value.exposed).first { $0.int64(0) }
            ?? insert(try statement(.insertPatient).bind(system).bind(key.value.exposed).bind(known.microseconds))
        remember(id, key, in: &patients)
        return id
    }

    /// The patient that survives after all merges.
    func survivor(of patient: Int64) throws -> Int64 {
        let links = try merges()
        var survivor = patient
        // No more steps than there are links, so that a damaged file cannot hold the writer in a ring.
        for _ in 0..<links.count {
            guard let next = links[survivor] else { break }
            survivor = next
        }
        return survivor
    }

    /// Points one patient at another. The last statement wins: where the survivor was itself retired, through however
    /// many steps, into the one that is now retired, it comes back.
    func link(retired: Int64, to surviving: Int64) throws {
        var links = try merges()
        var current = surviving
        for _ in 0..<links.count where current != retired { current = links[current] ?? current }
        if current == retired {
            links[surviving] = nil
            try statement(.linkPatient).bindNull().bind(surviving).run()
        }
        links[retired] = surviving
        try statement(.linkPatient).bind(surviving).bind(retired).run()
        mergedInto = links
    }

    private func merges() throws -> [Int64: Int64] {
        if let mergedInto { return mergedInto }
        let links = try statement(.allLinks).all { ($0.int64(0), $0.int64(1)) }
        let loaded = Dictionary(links, uniquingKeysWith: { $1 })
        mergedInto = loaded
        return loaded
    }

    private func insert(_ statement: SQLStatement) throws -> Int64 {
        try statement.run()
        return lastInsertedID
    }

    private func remember<Key>(_ id: Int64, _ key: Key, in numbers: inout [Key: Int64]) {
        // What senders write is not bounded; the memory of it is.
        if numbers.count >= configuration.dictionaryEntries { numbers.removeAll(keepingCapacity: true) }
        numbers[key] = id
    }
}
