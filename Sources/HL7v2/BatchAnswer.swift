public import Clinical

/// The answer to a batch file: one acknowledgement a message, in the batches and the file they came in
/// (HL7 v2.5.1 section 2.10.3.3).
public enum BatchAnswer {
    /// - Parameters:
    ///   - input: the bytes that were read.
    ///   - reader: what the batch reader found in them.
    ///   - acknowledgements: one for each message in order, without framing; `nil` where the sender wants none.
    ///   - time: BHS-7 and FHS-7, written in UTC.
    ///   - controlID: BHS-11 and FHS-11 of the answer; batches append their number.
    /// - Returns: acknowledgements between BHS and BTS for each batch, between FHS and FTS for a file; the acknowledgements
    ///   alone for messages outside of a batch.
    public static func build(
        to input: [UInt8], _ reader: BatchReader, acknowledgements: [[UInt8]?], time: Instant, controlID: String
    ) -> [UInt8] {
        var out: [UInt8] = []
        let file = reader.fileHeader.flatMap { Header(input[$0]) }
        if let file { out += file.answer("FHS", time, controlID) }
        var batches = 0
        for batch in reader.batches {
            let header = batch.header.flatMap { Header(input[$0]) }
            if batch.header != nil { batches += 1 }
            if let header { out += header.answer("BHS", time, "\(controlID)-\(batches)") }
            var count = 0
            for message in batch.messages where acknowledgements.indices.contains(message) {
                guard let acknowledgement = acknowledgements[message] else { continue }
                out += acknowledgement
                count += 1
            }
            if let header { out += header.trailer("BTS", count) }
        }
        if let file { out += file.trailer("FTS", batches) }
        return out
    }

    /// FHS or BHS, whose fields 1 to 12 have the same meaning.
    private struct Header {
        let delimiters: Delimiters
        let fields: [ArraySlice<UInt8>]

        /// `nil` when the delimiters cannot be read.
        init?(_ line: ArraySlice<UInt8>) {
            guard line.count > 4, Delimiters.mayDelimit(line[line.startIndex + 3]) else { return nil }
            let separator = line[line.startIndex + 3]
            let fields = line.dropFirst(4).split(separator: separator, omittingEmptySubsequences: false)
            guard let characters = fields.first,
                let delimiters = Delimiters(field: separator, encodingCharacters: characters)
                    ?? Delimiters(field: separator, encodingCharactersWithDoubledEscape: characters)
            else { return nil }
            self.delimiters = delimiters
            self.fields = fields
        }

        /// Field 2 is the first after the separator.
        private func field(_ number: Int) -> [UInt8] {
            guard fields.indices.contains(number - 2) else { return [] }
            return fields[number - 2].allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? Array(fields[number - 2]) : []
        }

        /// Sender and receiver change places; field 12 refers to the batch answered.
        func answer(_ name: String, _ time: Instant, _ controlID: String) -> [UInt8] {
            var segment = SegmentBuilder(name)
            for (from, to) in [(5, 3), (6, 4), (3, 5), (4, 6), (11, 12)] {
                segment.set(to, encoded: field(from))
            }
            segment.set(7, to: DateTimeWriter.text(time))
            segment.set(11, to: controlID)
            var bytes: [UInt8] = []
            segment.write(to: &bytes, delimiters: delimiters)
            return bytes
        }

        func trailer(_ name: String, _ count: Int) -> [UInt8] {
            var segment = SegmentBuilder(name)
            segment.set(1, to: String(count))
            var bytes: [UInt8] = []
            segment.write(to: &bytes, delimiters: delimiters)
            return bytes
        }
    }
}
