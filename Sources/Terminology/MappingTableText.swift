internal import Clinical

/// Mappings as the text of `map.tsv`, which is also SSSOM/TSV: its first columns are those of the standard, the conditions
/// are extension columns.
public enum MappingTableText {
    /// - Parameters:
    ///   - prefixes: prefix in `subject_id` → URI of the code system, as in the manifest.
    ///   - title: written as a comment line.
    /// - Returns: sorted rows, a header, LF. A mapping whose system has no prefix, or whose target is no LOINC code, is
    ///   left out and counted.
    public static func write(
        _ mappings: [CodeMapping], prefixes: [String: String], title: String? = nil
    ) -> (text: [UInt8], leftOut: Int) {
        let names = Dictionary(prefixes.map { ($0.value, $0.key) }) { min($0, $1) }
        var rows: [[String]] = []
        var leftOut = 0
        for mapping in mappings {
            guard let prefix = names[mapping.system], mapping.target.map({ $0.system == CodeSystem.loinc }) ?? true else {
                leftOut += 1
                continue
            }
            rows.append(MappingRow.Column.allCases.map { clean(mapping.text(of: $0, prefix: prefix)) })
        }
        let order = MappingRow.sortColumns.map(\.rawValue)
        rows.sort { left, right in
            for column in order where left[column] != right[column] {
                return left[column].utf8.lexicographicallyPrecedes(right[column].utf8)
            }
            return false
        }
        var text: [UInt8] = []
        if let title { text += Array("# \(clean(title))\n".utf8) }
        text += Array((MappingRow.Column.allCases.map(\.name).joined(separator: "\t") + "\n").utf8)
        for row in rows { text += Array((row.joined(separator: "\t") + "\n").utf8) }
        return (text, leftOut)
    }

    /// SSSOM/TSV with the metadata block that the standard asks for (curie map, licence, mapping set id).
    public static func writeSSSOM(
        _ mappings: [CodeMapping], prefixes: [String: String], mappingSet: String, license: String
    ) -> (text: [UInt8], leftOut: Int) {
        let (table, leftOut) = write(mappings, prefixes: prefixes)
        var head = "#mapping_set_id: \(clean(mappingSet))\n#license: \(clean(license))\n#curie_map:\n"
        for (prefix, uri) in prefixes.merging(["LOINC": "http://loinc.org/rdf/"], uniquingKeysWith: { first, _ in first })
            .sorted(by: { $0.key < $1.key })
        {
            head += "#  \(clean(prefix)): \"\(clean(uri))\"\n"
        }
        return (Array(head.utf8) + table, leftOut)
    }

    private static func clean(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 }) else { return text }
        return String(
            decoding: text.utf8.map { $0 < 32 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}

extension CodeMapping {
    fileprivate func text(of column: MappingRow.Column, prefix: String) -> String {
        switch column {
        case .subject: return prefix + ":" + code
        case .subjectLabel: return label ?? ""
        case .predicate:
            let number = MappingRow.relationshipNames.firstIndex(of: relationship)
            return number.map { MappingRow.predicates[$0] } ?? "skos:closeMatch"
        case .object: return target.map { "LOINC:" + $0.code } ?? MappingRow.noTerm
        case .objectLabel: return target?.display ?? ""
        case .justification: return justification ?? "semapv:ManualMappingCuration"
        case .author: return author ?? ""
        case .reviewer: return reviewers.joined(separator: "|")
        case .date: return date ?? ""
        case .confidence: return confidence ?? ""
        case .comment: return comment ?? ""
        case .subjectUnit: return conditions.unit ?? ""
        case .subjectSpecimen: return conditions.specimen ?? ""
        case .subjectMethod: return conditions.method ?? ""
        case .subjectDevice: return conditions.device ?? ""
        case .validFrom: return validFrom ?? ""
        case .validTo: return validTo ?? ""
        case .unit: return unit ?? ""
        case .unitIfAbsent: return unitIfAbsent ?? ""
        case .unitAliases:
            return unitAliases.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
        case .supersedes: return supersedes ?? ""
        case .loincVersion: return targetVersion ?? ""
        case .status: return status.rawValue
        case .fingerprint: return deciles.map { "\($0)" }.joined(separator: " ")
        }
    }
}
