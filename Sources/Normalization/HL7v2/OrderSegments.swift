import Clinical
import FHIR
import HL7v2

/// What ORC, OBR and SPM say about the results that follow them.
struct HL7v2Order {
    /// OBR-3, else OBR-2, else ORC-3 or ORC-2.
    var number: String?
    /// OBR-7.
    var time: ClinicalTime?
    /// OBR-7 as written: part of what identifies a result within an order.
    var timeText = ""
    var specimen: String?
    /// OBR-25, for results without OBX-11.
    var status: String?
}

extension MessageDraft {
    private static let readOfOBR = fieldSet(1, 2, 3, 7, 15, 25)

    /// OBR (v2.5.1 section 4.5.3) with the ORC before it and the SPM of its group.
    mutating func order(_ obr: Segment, orc: Segment?, spm: Segment?) throws(NormalizationError) -> HL7v2Order {
        countUnread(obr, name: "OBR", read: Self.readOfOBR)
        var order = HL7v2Order()
        order.number =
            entity(obr.field(3)) ?? entity(obr.field(2)) ?? orc.flatMap { entity($0.field(3)) ?? entity($0.field(2)) }
        order.time = try time(obr.field(7))
        order.timeText = obr.field(7).text ?? ""
        order.status = obr.field(25).text
        if let spm {
            // SPM-4 (section 7.4.3), the type of the specimen.
            order.specimen = spm.field(4).text ?? spm.field(4).component(2).text
        }
        if order.specimen == nil {
            // OBR-15.1 is itself a coded element in v2.5.1; before, the code was its first part.
            let source = obr.field(15).component(1)
            order.specimen = source.subcomponent(1).text ?? source.subcomponent(2).text
        }
        return order
    }
}
