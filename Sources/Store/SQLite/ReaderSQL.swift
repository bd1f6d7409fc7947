/// Every statement of the reading connections.
enum ReaderSQL: String, CaseIterable, Sendable {
    // Dictionaries
    case term = "SELECT text FROM term WHERE id = ?"
    case code = "SELECT system, code, display FROM code WHERE id = ?"
    case mapping =
        "SELECT name, digest, row, relationship, unit_read, conversion, factor, reviewer FROM mapping WHERE id = ?"
    case patientKey = "SELECT system, value FROM patient WHERE id = ?"
    case findTerm = "SELECT id FROM term WHERE text = ?"
    case findPatient = "SELECT id FROM patient WHERE system = ? AND value = ?"
    case model = "SELECT name, version, digest, title FROM model WHERE id = ?"
    case findModel = "SELECT id FROM model WHERE digest = ?"
    case sheet = "SELECT content FROM sheet WHERE id = ?"
    case modelsNamed = "SELECT id FROM model WHERE ?1 IS NULL OR name = ?1"

    // Journal
    case pendingEntries = """
        SELECT j.id, j.source, j.format, j.control_id, j.digest, j.received, j.conflict, j.bytes, 1, 0
        FROM pending p CROSS JOIN journal j ON j.id = p.journal WHERE p.journal > ? ORDER BY p.journal LIMIT ?
        """
    case entry = """
        SELECT id, source, format, control_id, digest, received, conflict, bytes,
        EXISTS (SELECT 1 FROM pending WHERE journal = j.id), EXISTS (SELECT 1 FROM quarantine WHERE journal = j.id)
        FROM journal j WHERE id = ?
        """
    case entries = """
        SELECT id, source, format, control_id, digest, received, conflict, bytes,
        EXISTS (SELECT 1 FROM pending WHERE journal = j.id), EXISTS (SELECT 1 FROM quarantine WHERE journal = j.id)
        FROM journal j WHERE id > ?1 AND id <= ?2 AND received >= ?3 AND received < ?4 AND (?5 IS NULL OR source = ?5)
        AND (?6 IS NULL OR ?6 = CASE WHEN EXISTS (SELECT 1 FROM pending WHERE journal = j.id) THEN 'pending'
            WHEN EXISTS (SELECT 1 FROM quarantine WHERE journal = j.id) THEN 'quarantined' ELSE 'processed' END)
        ORDER BY id LIMIT ?7
        """
    case quarantinedEntries = """
        SELECT j.id, j.source, j.format, j.control_id, j.digest, j.received, j.conflict, j.bytes, 0, 1
        FROM quarantine q CROSS JOIN journal j ON j.id = q.journal
        WHERE q.journal > ?1 AND q.journal <= ?2 AND j.received >= ?3 AND j.received < ?4
        AND (?5 IS NULL OR j.source = ?5) ORDER BY q.journal LIMIT ?6
        """
    case pendingFiltered = """
        SELECT j.id, j.source, j.format, j.control_id, j.digest, j.received, j.conflict, j.bytes, 1, 0
        FROM pending p CROSS JOIN journal j ON j.id = p.journal
        WHERE p.journal > ?1 AND p.journal <= ?2 AND j.received >= ?3 AND j.received < ?4
        AND (?5 IS NULL OR j.source = ?5) ORDER BY p.journal LIMIT ?6
        """
    // The literal 4 is what makes the partial index usable.
    case tableChanges = """
        SELECT id, source, format, control_id, digest, received, conflict, bytes,
        EXISTS (SELECT 1 FROM pending WHERE journal = j.id), EXISTS (SELECT 1 FROM quarantine WHERE journal = j.id)
        FROM journal j INDEXED BY journal_tables WHERE format = 4 ORDER BY id
        """
    // Bounds the scan of a range of reception times by the numbers of its entries.
    case idsReceived = "SELECT min(id), max(id) FROM journal WHERE received >= ? AND received < ?"
    case pendingCount = "SELECT count(*) FROM pending"
    case tally = "SELECT value FROM tally WHERE kind = ? AND subject = ?"
    case tallies = "SELECT subject, value FROM tally WHERE kind = ?"
    case issues = "SELECT severity, code, place, text FROM issue WHERE journal = ? ORDER BY ordinal"

    // Clinical
    case mergedInto = "SELECT merged_into FROM patient WHERE id = ?"
    case retiredInto = "SELECT id FROM patient WHERE merged_into = ?"
    case findings = "SELECT id, body FROM findings WHERE id BETWEEN ? AND ?"
    // Looks at every finding: a person asks for one result. What holds the bytes of the id need not hold the id.
    case findingsWith = "SELECT id FROM findings WHERE instr(body, ?)"
    case patients = """
        SELECT id, name, birth, birth_form, sex, known FROM patient WHERE id > ? AND merged_into IS NULL
        ORDER BY id LIMIT ?
        """
    case patient = "SELECT id, name, birth, birth_form, sex, known FROM patient WHERE id = ?"
    case merges = "SELECT retired, surviving, known FROM patient_merge ORDER BY journal, ordinal"
    case currentEncounters = """
        SELECT id, patient, status, ward, room, bed, start, start_form, "end", end_form, known FROM encounter
        WHERE status = 'in-progress' ORDER BY id
        """
    case encountersOfPatient = """
        SELECT id, patient, status, ward, room, bed, start, start_form, "end", end_form, known FROM encounter
        WHERE patient = ? ORDER BY id
        """

    // Decisions
    case decisionByID = "SELECT id, model, patient, body FROM decision WHERE id = ?"
    case decisionByNumber = "SELECT id, model, patient, body FROM decision WHERE number = ?"
    case decisionIDByNumber = "SELECT id FROM decision WHERE number = ?"
    case scores = """
        SELECT effective, known, decision, value, low, high, rank FROM score WHERE patient = ? AND model = ?
        ORDER BY effective DESC, known DESC, decision DESC LIMIT ?
        """

    // Queues
    case unmapped = """
        SELECT id, source, system, code, display, unit, specimen, count, first_seen, last_seen, reason, explanation,
        candidates, sketch, waiting, resolved FROM unmapped WHERE resolved IS NULL ORDER BY count DESC, id LIMIT ?
        """
    case unmappedItem = """
        SELECT id, source, system, code, display, unit, specimen, count, first_seen, last_seen, reason, explanation,
        candidates, sketch, waiting, resolved FROM unmapped WHERE id = ?
        """
    case waiting = """
        SELECT w.journal FROM unmapped u CROSS JOIN unmapped_waiting w ON w.item = u.id
        WHERE u.source = ? AND u.system = ? AND u.code = ?
        """
    case mostWaiting = "SELECT max(waiting) FROM unmapped WHERE source = ? AND system = ? AND code = ?"
    case samples = "SELECT journal, path FROM unmapped_sample WHERE item = ? ORDER BY ordinal"
    case quarantine = """
        SELECT q.journal, j.source, j.format, j.control_id, j.received, q.severity, q.code, q.place, q.text, q.requeues
        FROM quarantine q CROSS JOIN journal j ON j.id = q.journal WHERE q.journal > ? ORDER BY q.journal LIMIT ?
        """
    case cursor = "SELECT value FROM cursor WHERE name = ?"
    case cursors = "SELECT name, value FROM cursor WHERE name >= ? AND name < ?"
    case feedback = "SELECT id, service, received, body FROM feedback WHERE id > ? ORDER BY id LIMIT ?"

    // Outbox
    case due = """
        SELECT id, destination, patient, kind, decision, dedupe, state, attempts, next_attempt, reason, payload
        FROM delivery WHERE destination = ? AND state = 3 AND next_attempt <= ? ORDER BY next_attempt, id LIMIT ?
        """
    case nextDue = "SELECT min(next_attempt) FROM delivery WHERE destination = ? AND state = 3"
    case deadLetters = """
        SELECT id, destination, patient, kind, decision, dedupe, state, attempts, next_attempt, reason, payload
        FROM delivery WHERE state = 5 AND id > ? ORDER BY id LIMIT ?
        """
    case waitingDeliveries = """
        SELECT id, destination, patient, kind, decision, dedupe, state, attempts, next_attempt, reason, payload
        FROM delivery WHERE state IN (2, 3) AND id > ? ORDER BY id LIMIT ?
        """
}
