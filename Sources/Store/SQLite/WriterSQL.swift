/// Every statement of the writing connection.
enum WriterSQL: String, CaseIterable, Sendable {
    case begin = "BEGIN IMMEDIATE"
    case commit = "COMMIT"
    case rollBack = "ROLLBACK"
    // The blob spans several pages: on a full disk the insertion fails.
    case insertProbe = "INSERT INTO probe (id, content) VALUES (1, zeroblob(65536))"
    case deleteProbe = "DELETE FROM probe"
    case addToTally = """
        INSERT INTO tally (kind, subject, value) VALUES (?, ?, ?)
        ON CONFLICT (kind, subject) DO UPDATE SET value = value + excluded.value
        """

    // Dictionaries
    case findTerm = "SELECT id FROM term WHERE text = ?"
    case insertTerm = "INSERT INTO term (text) VALUES (?)"
    case findCode = "SELECT id FROM code WHERE system = ? AND code = ? AND display IS ?"
    case insertCode = "INSERT INTO code (system, code, display) VALUES (?, ?, ?)"
    case findMapping = """
        SELECT id FROM mapping WHERE name = ? AND digest = ? AND row = ? AND relationship = ? AND unit_read IS ?
        AND conversion = ? AND factor IS ? AND reviewer IS ?
        """
    case insertMapping = """
        INSERT INTO mapping (name, digest, row, relationship, unit_read, conversion, factor, reviewer)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    case findModel = "SELECT id FROM model WHERE digest = ?"
    case insertModel = "INSERT INTO model (digest, name, version, title) VALUES (?, ?, ?, ?)"
    case findSheet = "SELECT id FROM sheet WHERE digest = ?"
    case insertSheet = "INSERT INTO sheet (digest, content) VALUES (?, ?)"
    case findPatient = "SELECT id FROM patient WHERE system = ? AND value = ?"
    case insertPatient = "INSERT INTO patient (system, value, known) VALUES (?, ?, ?)"
    case linkPatient = "UPDATE patient SET merged_into = ? WHERE id = ?"
    case allLinks = "SELECT id, merged_into FROM patient WHERE merged_into IS NOT NULL"

    // Journal
    case firstOfControlID = "SELECT id, digest FROM journal WHERE source = ? AND control_id = ? LIMIT 1"
    case sameMessage = "SELECT id FROM journal WHERE source = ? AND control_id IS ? AND digest = ? LIMIT 1"
    // A sender may use one control id for everything; a bounded look is enough to name an earlier entry.
    case latestOfControlID = """
        SELECT max(id) FROM (SELECT id FROM journal WHERE source = ? AND control_id = ? LIMIT 100)
        """
    case insertJournal = """
        INSERT INTO journal (source, format, control_id, digest, received, conflict, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    case insertPending = "INSERT INTO pending (journal, requeues) VALUES (?, ?)"
    case deletePending = "DELETE FROM pending WHERE journal = ? RETURNING requeues"
    case countRepeat = """
        INSERT INTO repeat (journal, count, last) VALUES (?, 1, ?)
        ON CONFLICT (journal) DO UPDATE SET count = count + 1, last = excluded.last
        """
    case isPending = "SELECT 1 FROM pending WHERE journal = ?"
    case isQuarantined = "SELECT 1 FROM quarantine WHERE journal = ?"
    case journalReceived = "SELECT received FROM journal WHERE id = ?"
    case insertIssue = "INSERT INTO issue (journal, ordinal, severity, code, place, text) VALUES (?, ?, ?, ?, ?, ?)"
    case deleteIssues = "DELETE FROM issue WHERE journal = ?"

    // Clinical
    case updatePatient = """
        UPDATE patient SET
        name = CASE WHEN ?1 >= known THEN coalesce(?2, name) ELSE coalesce(name, ?2) END,
        birth_form = CASE WHEN ?1 >= known THEN coalesce(?4, birth_form) ELSE coalesce(birth_form, ?4) END,
        birth = CASE WHEN ?1 >= known THEN coalesce(?3, birth) ELSE coalesce(birth, ?3) END,
        sex = CASE WHEN ?1 >= known THEN coalesce(?5, sex) ELSE coalesce(sex, ?5) END,
        known = max(known, ?1) WHERE id = ?6
        """
    case insertMerge = """
        INSERT INTO patient_merge (journal, ordinal, retired, surviving, known) VALUES (?, ?, ?, ?, ?)
        """
    case insertFindings = "INSERT OR REPLACE INTO findings (id, body) VALUES (?, ?)"
    case upsertEncounter = """
        INSERT INTO encounter (id, patient, status, ward, room, bed, start, start_form, "end", end_form, known)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
        patient = CASE WHEN excluded.known >= known THEN excluded.patient ELSE patient END,
        status = CASE WHEN excluded.known >= known THEN excluded.status ELSE status END,
        ward = CASE WHEN excluded.known >= known THEN coalesce(excluded.ward, ward) ELSE coalesce(ward, excluded.ward) END,
        room = CASE WHEN excluded.known >= known AND (excluded.ward IS NOT NULL OR excluded.room IS NOT NULL)
            THEN excluded.room ELSE coalesce(room, excluded.room) END,
        bed = CASE WHEN excluded.known >= known
            AND (excluded.ward IS NOT NULL OR excluded.room IS NOT NULL OR excluded.bed IS NOT NULL)
            THEN excluded.bed ELSE coalesce(bed, excluded.bed) END,
        start_form = CASE WHEN excluded.known >= known THEN coalesce(excluded.start_form, start_form)
            ELSE coalesce(start_form, excluded.start_form) END,
        start = CASE WHEN excluded.known >= known THEN coalesce(excluded.start, start)
            ELSE coalesce(start, excluded.start) END,
        end_form = CASE WHEN excluded.known >= known THEN coalesce(excluded.end_form, end_form)
            ELSE coalesce(end_form, excluded.end_form) END,
        "end" = CASE WHEN excluded.known >= known THEN coalesce(excluded."end", "end")
            ELSE coalesce("end", excluded."end") END,
        known = max(known, excluded.known)
        """

    // Decisions
    case insertDecision = """
        INSERT OR IGNORE INTO decision (id, model, patient, body) VALUES (?, ?, ?, ?)
        """
    case decisionNumber = "SELECT number FROM decision WHERE id = ?"
    case latestScore = """
        SELECT decision FROM score WHERE patient = ? AND model = ?
        ORDER BY effective DESC, known DESC, decision DESC LIMIT 1
        """
    case insertScore = """
        INSERT OR REPLACE INTO score (patient, model, effective, known, decision, value, low, high, rank)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    // Queues
    case upsertUnmapped = """
        INSERT INTO unmapped (source, system, code, unit, specimen, display, count, first_seen, last_seen, reason,
        explanation, candidates, samples, waiting, sketch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '')
        ON CONFLICT (source, system, code, unit, specimen) DO UPDATE SET
        display = coalesce(excluded.display, display), count = count + excluded.count,
        first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
        reason = excluded.reason, explanation = excluded.explanation, candidates = excluded.candidates, resolved = NULL
        RETURNING id, samples, count, waiting, sketch
        """
    case countUnmapped = "SELECT count(*) FROM unmapped"
    case findUnmapped = """
        SELECT id FROM unmapped WHERE source = ? AND system = ? AND code = ? AND unit = ? AND specimen = ?
        """
    case insertWaiting = "INSERT OR IGNORE INTO unmapped_waiting (item, journal) VALUES (?, ?)"
    case deleteWaiting = "DELETE FROM unmapped_waiting WHERE item = ?"
    case describeUnmapped = "UPDATE unmapped SET samples = ?, waiting = ?, sketch = ? WHERE id = ?"
    case resolveUnmapped = """
        UPDATE unmapped SET resolved = ?, waiting = 0
        WHERE source = ? AND system = ? AND code = ? AND unit = ? AND specimen = ? RETURNING id
        """
    case restateUnmapped = """
        UPDATE unmapped SET reason = ?, explanation = ?, candidates = ?
        WHERE source = ? AND system = ? AND code = ? AND unit = ? AND specimen = ?
        """
    case insertSample = """
        INSERT OR REPLACE INTO unmapped_sample (item, ordinal, journal, path) VALUES (?, ?, ?, ?)
        """
    case insertQuarantine = """
        INSERT OR REPLACE INTO quarantine (journal, severity, code, place, text, requeues) VALUES (?, ?, ?, ?, ?, ?)
        """
    case deleteQuarantine = "DELETE FROM quarantine WHERE journal = ? RETURNING requeues"
    case setCursor = """
        INSERT INTO cursor (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """
    case insertFeedback = "INSERT INTO feedback (service, received, body) VALUES (?, ?, ?)"

    // Outbox
    case insertDelivery = """
        INSERT OR IGNORE INTO delivery (destination, line, patient, kind, decision, dedupe, state, attempts, next_attempt,
        payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6,
        CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE line = ?2 AND destination = ?1 AND state IN (2, 3)) THEN 2 ELSE 3 END,
        0, ?7, ?8)
        """
    case finishDelivery = """
        UPDATE delivery SET state = 4, attempts = attempts + 1, next_attempt = ?, reason = NULL
        WHERE id = ? AND state IN (2, 3) RETURNING destination, line
        """
    case delayDelivery = """
        UPDATE delivery SET attempts = ?, next_attempt = ?, reason = ? WHERE id = ? AND state IN (2, 3)
        """
    case giveUpDelivery = """
        UPDATE delivery SET state = 5, attempts = ?, reason = ? WHERE id = ? AND state IN (2, 3)
        RETURNING destination, line
        """
    case reviveDelivery = """
        UPDATE delivery SET state = 2, attempts = 0, next_attempt = ?, reason = NULL WHERE id = ? AND state = 5
        RETURNING destination, line
        """
    case headOfLine = """
        SELECT id, state FROM delivery WHERE line = ? AND destination = ? AND state IN (2, 3) ORDER BY id LIMIT 1
        """
    case readyInLine = "SELECT id FROM delivery WHERE line = ? AND destination = ? AND state IN (2, 3) AND state = 3"
    case setDeliveryState = "UPDATE delivery SET state = ? WHERE id = ?"
    case destinationsOfLine = "SELECT DISTINCT destination FROM delivery WHERE line = ? AND state IN (2, 3)"
    case moveLine = "UPDATE delivery SET line = ? WHERE line = ? AND state IN (2, 3)"
}
