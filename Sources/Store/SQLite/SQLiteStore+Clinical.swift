public import Clinical

extension SQLiteStore {
    @discardableResult
    public func commit(_ batch: [ProcessedEntry]) async throws(StoreError) -> CommitResult {
        if batch.isEmpty { return CommitResult() }
        // Small pieces, so that a sender's message never waits long for its turn.
        let size = max(1, configuration.commitEntries)
        let pieces = stride(from: 0, to: batch.count, by: size).map { start in
            let piece = batch[start..<min(batch.count - start, size) + start]
            return { @Sendable (writer: WriterConnection) in try CommitRows.commit(piece, writer) }
        }
        var result = CommitResult()
        for part in try await writer.write("clinical.commit", pieces: pieces) {
            result.committed += part.committed
            result.alreadyProcessed += part.alreadyProcessed
            result.unknown += part.unknown
        }
        return result
    }

    public func findings(of key: PatientKey) async throws(StoreError) -> [Finding] {
        try await read("clinical.findings") { reader in
            let family = try reader.family(of: key)
            var rows = try family.flatMap { try FindingRows.findings(of: $0, reader) }
            if family.count > 1 { rows.sort { $0.order < $1.order } }
            return rows.map(\.finding)
        }
    }

    public func findings(id: String) async throws(StoreError) -> [Finding] {
        try await read("clinical.findings") { reader in
            let patients = try reader.statement(.findingsWith).bind(FindingID(id).bytes).all {
                FindingKey(rowID: $0.int64(0)).patient
            }
            return try Set(patients).sorted().flatMap { patient in
                try FindingRows.findings(of: patient, reader).map(\.finding).filter { $0.id == id }
            }
        }
    }

    public func patients(after key: PatientKey?, limit: Int) async throws(StoreError) -> [PatientRecord] {
        try await read("clinical.patients") { reader in
            var after: Int64 = 0
            if let key {
                guard let id = try reader.findPatient(key) else { return [] }
                after = id
            }
            return try reader.statement(.patients).bind(after).bind(limit).all { try PatientRows.record($0, reader) }
        }
    }

    public func patient(_ key: PatientKey) async throws(StoreError) -> PatientRecord? {
        try await read("clinical.patient") { reader in
            guard let id = try reader.findPatient(key) else { return nil }
            return try reader.statement(.patient).bind(id).first { try PatientRows.record($0, reader) }
        }
    }

    public func resolve(_ key: PatientKey) async throws(StoreError) -> PatientKey {
        try await read("clinical.resolve") { reader in
            guard let id = try reader.findPatient(key) else { return key }
            return try reader.patientKey(try reader.survivor(of: id))
        }
    }

    public func merges() async throws(StoreError) -> [PatientMerge] {
        try await read("clinical.merges") { reader in
            try reader.statement(.merges).all { row in
                PatientMerge(
                    retired: try reader.patientKey(row.int64(0)), surviving: try reader.patientKey(row.int64(1)),
                    known: Instant(microseconds: row.int64(2)))
            }
        }
    }

    public func currentEncounters() async throws(StoreError) -> [EncounterRecord] {
        try await read("clinical.encounters") { reader in
            try reader.statement(.currentEncounters).all { try PatientRows.encounter($0, reader) }
        }
    }

    public func encounters(of key: PatientKey) async throws(StoreError) -> [EncounterRecord] {
        try await read("clinical.encounters") { reader in
            try reader.family(of: key).flatMap { patient in
                try reader.statement(.encountersOfPatient).bind(patient).all { try PatientRows.encounter($0, reader) }
            }
        }
    }
}

extension FindingID {
    /// The bytes by which a body holds it, without their number.
    fileprivate var bytes: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .hexadecimal(let high, let low):
            [high, low].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
        }
    }
}
