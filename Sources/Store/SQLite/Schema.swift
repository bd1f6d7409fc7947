import GRDB

/// Tables and indexes, by version. A released version is never edited; a change is a further one.
enum Schema {
    /// `application_id` of the file header (SQLite file format, section 1.3.17): "HDWL".
    static let applicationID: Int32 = 0x4844_574c

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: dictionaries)
            try database.execute(sql: journal)
            try database.execute(sql: clinical)
            try database.execute(sql: decisions)
            try database.execute(sql: queues)
            try database.execute(sql: outbox)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        migrator.registerMigration("2") { database in
            try database.execute(sql: sheets)
        }
        migrator.registerMigration("3") { database in try database.execute(sql: approvals) }
        migrator.registerMigration("4") { database in
            try database.execute(sql: findings)
            try FindingMigration.run(database)
            try database.execute(sql: "DROP TABLE finding")
        }
        return migrator
    }

    /// What an entry says of a patient is one row, numbered by ``FindingKey``: a message touches one page, which a patient's
    /// history fills slowly, and that history is read in one sweep. The body is that of ``StoredFinding``.
    private static let findings = """
        CREATE TABLE findings (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        """

    /// Mappings that are approved while the service runs: who approved a row, what waits for one, and which journal
    /// entries change the tables (format 4).
    private static let approvals = """
        ALTER TABLE mapping ADD COLUMN reviewer TEXT;
        ALTER TABLE unmapped ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE unmapped ADD COLUMN sketch TEXT NOT NULL DEFAULT '';
        ALTER TABLE unmapped ADD COLUMN resolved INTEGER;
        CREATE TABLE unmapped_waiting (
            item INTEGER NOT NULL, journal INTEGER NOT NULL, PRIMARY KEY (item, journal)) STRICT, WITHOUT ROWID;
        CREATE INDEX journal_tables ON journal (id) WHERE format = 4;
        """

    /// Texts that repeat are stored once and named by number.
    private static let dictionaries = """
        CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE code (id INTEGER PRIMARY KEY, system TEXT NOT NULL, code TEXT NOT NULL, display TEXT) STRICT;
        CREATE INDEX code_identity ON code (system, code, display);
        CREATE TABLE mapping (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, row TEXT NOT NULL,
            relationship TEXT NOT NULL, unit_read TEXT, conversion TEXT NOT NULL, factor TEXT) STRICT;
        CREATE INDEX mapping_identity ON mapping (row, digest, name, unit_read);
        CREATE TABLE model (
            id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, version TEXT NOT NULL,
            title TEXT NOT NULL) STRICT;
        """

    /// The journal itself is only ever appended to. What changes about an entry is whether `pending` or `quarantine`
    /// holds its number; an entry in neither is processed.
    private static let journal = """
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, format INTEGER NOT NULL, control_id TEXT,
            digest BLOB NOT NULL, received INTEGER NOT NULL, conflict INTEGER, bytes BLOB NOT NULL) STRICT;
        CREATE INDEX journal_identity ON journal (source, control_id, digest);
        CREATE INDEX journal_received ON journal (received);
        CREATE TABLE pending (journal INTEGER PRIMARY KEY, requeues INTEGER NOT NULL) STRICT;
        CREATE TABLE repeat (journal INTEGER PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
        CREATE TABLE tally (
            kind INTEGER NOT NULL, subject INTEGER NOT NULL, value INTEGER NOT NULL,
            PRIMARY KEY (kind, subject)) STRICT, WITHOUT ROWID;
        CREATE TABLE issue (
            journal INTEGER NOT NULL, ordinal INTEGER NOT NULL, severity TEXT NOT NULL, code INTEGER NOT NULL,
            place TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (journal, ordinal)) STRICT, WITHOUT ROWID;
        """

    /// `finding` is gone since version 4.
    private static let clinical = """
        CREATE TABLE patient (
            id INTEGER PRIMARY KEY, system INTEGER NOT NULL, value TEXT NOT NULL, known INTEGER NOT NULL,
            merged_into INTEGER, name TEXT, birth INTEGER, birth_form INTEGER, sex TEXT, UNIQUE (system, value)) STRICT;
        CREATE INDEX patient_merged ON patient (merged_into) WHERE merged_into IS NOT NULL;
        CREATE TABLE patient_merge (
            journal INTEGER NOT NULL, ordinal INTEGER NOT NULL, retired INTEGER NOT NULL, surviving INTEGER NOT NULL,
            known INTEGER NOT NULL, PRIMARY KEY (journal, ordinal)) STRICT, WITHOUT ROWID;
        CREATE TABLE finding (
            patient INTEGER NOT NULL, effective INTEGER NOT NULL, known INTEGER NOT NULL, journal INTEGER NOT NULL,
            ordinal INTEGER NOT NULL, id ANY NOT NULL, code INTEGER NOT NULL, status INTEGER NOT NULL,
            effective_form INTEGER NOT NULL, kind INTEGER NOT NULL, value ANY, scale INTEGER, unit INTEGER,
            comparator INTEGER, source INTEGER NOT NULL, message INTEGER, path TEXT NOT NULL, raw_code INTEGER NOT NULL,
            raw_value TEXT NOT NULL, raw_unit INTEGER, mapping INTEGER,
            PRIMARY KEY (patient, effective, known, journal, ordinal)) STRICT, WITHOUT ROWID;
        CREATE TABLE encounter (
            id ANY NOT NULL PRIMARY KEY, patient INTEGER NOT NULL, status TEXT NOT NULL, ward TEXT, room TEXT, bed TEXT,
            start INTEGER, start_form INTEGER, "end" INTEGER, end_form INTEGER, known INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
        CREATE INDEX encounter_patient ON encounter (patient);
        CREATE INDEX encounter_current ON encounter (status) WHERE status = 'in-progress';
        """

    /// A decision is stored once; `score` says at which moments it held.
    private static let decisions = """
        CREATE TABLE decision (
            number INTEGER PRIMARY KEY, id ANY NOT NULL UNIQUE, model INTEGER NOT NULL, patient INTEGER NOT NULL,
            body BLOB NOT NULL) STRICT;
        CREATE TABLE score (
            patient INTEGER NOT NULL, model INTEGER NOT NULL, effective INTEGER NOT NULL, known INTEGER NOT NULL,
            decision INTEGER NOT NULL, value REAL, low REAL, high REAL, rank INTEGER NOT NULL,
            PRIMARY KEY (patient, model, effective, known, decision)) STRICT, WITHOUT ROWID;
        """

    /// What the decisions of a trained model have in common, as JSON; a decision's body names its sheet by number.
    private static let sheets = """
        CREATE TABLE sheet (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, content TEXT NOT NULL) STRICT;
        """

    private static let queues = """
        CREATE TABLE unmapped (
            id INTEGER PRIMARY KEY, source INTEGER NOT NULL, system TEXT NOT NULL, code TEXT NOT NULL, unit TEXT NOT NULL,
            specimen TEXT NOT NULL, display TEXT, count INTEGER NOT NULL, first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL, reason TEXT NOT NULL, explanation TEXT NOT NULL, candidates TEXT NOT NULL,
            samples INTEGER NOT NULL, UNIQUE (source, system, code, unit, specimen)) STRICT;
        CREATE TABLE unmapped_sample (
            item INTEGER NOT NULL, ordinal INTEGER NOT NULL, journal INTEGER NOT NULL, path TEXT NOT NULL,
            PRIMARY KEY (item, ordinal)) STRICT, WITHOUT ROWID;
        CREATE TABLE quarantine (
            journal INTEGER PRIMARY KEY, severity TEXT NOT NULL, code INTEGER NOT NULL, place TEXT NOT NULL,
            text TEXT NOT NULL, requeues INTEGER NOT NULL) STRICT;
        CREATE TABLE cursor (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE feedback (
            id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, received INTEGER NOT NULL, body BLOB NOT NULL
            ) STRICT;
        CREATE TABLE probe (id INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT;
        """

    /// `line` is the surviving patient: deliveries of one line at one destination go in the order of their numbers.
    /// `state` is ``Delivery/State``; only the head of a line is ready (3), so finding what is due never walks a backlog.
    private static let outbox = """
        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY AUTOINCREMENT, destination INTEGER NOT NULL, line INTEGER NOT NULL,
            patient INTEGER NOT NULL, kind TEXT NOT NULL, decision ANY NOT NULL, dedupe ANY NOT NULL,
            state INTEGER NOT NULL, attempts INTEGER NOT NULL, next_attempt INTEGER NOT NULL, reason TEXT,
            payload BLOB NOT NULL) STRICT;
        CREATE UNIQUE INDEX delivery_dedupe ON delivery (destination, dedupe);
        CREATE INDEX delivery_line ON delivery (line, destination, id) WHERE state IN (2, 3);
        CREATE INDEX delivery_due ON delivery (destination, next_attempt, id) WHERE state = 3;
        CREATE INDEX delivery_waiting ON delivery (id) WHERE state IN (2, 3);
        CREATE INDEX delivery_dead ON delivery (id) WHERE state = 5;
        """
}
