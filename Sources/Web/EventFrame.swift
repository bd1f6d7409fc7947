import Clinical
import FHIR
import NIOCore

/// Server-sent events as bytes (HTML Living Standard, section 9.2 "Server-sent events").
enum EventFrame {
    /// First frame: how long to wait before reconnecting, and the id to resume from.
    static func opening(id: String) -> ByteBuffer {
        ByteBuffer(string: "retry: 2000\nid: \(id)\n\n")
    }

    /// The page must load everything anew, because what it missed is no longer known.
    static func reset(id: String) -> ByteBuffer {
        frame("reset", id: id, data: [:])
    }

    static func row(id: String, row: WardRow, html: String, change: WardChange) -> ByteBuffer {
        var data = JSONObject()
        data.append("patient", row.id)
        data.append("sort", RowOrder.key(row))
        data.append("html", html)
        data.append("announcement", RowOrder.announcement(row))
        add(change, to: &data)
        return frame("row", id: id, data: data)
    }

    static func removal(id: String, patient: String, change: WardChange) -> ByteBuffer {
        var data = JSONObject()
        data.append("patient", patient)
        add(change, to: &data)
        return frame("removal", id: id, data: data)
    }

    static func counters(id: String, change: WardChange) -> ByteBuffer {
        var data = JSONObject()
        add(change, to: &data)
        return frame("counters", id: id, data: data)
    }

    private static func add(_ change: WardChange, to data: inout JSONObject) {
        data.append("clock", Int(change.clock.microseconds / 1000))
        data.append("messages", change.counters.messages)
        data.append("quarantined", change.counters.quarantined)
        data.append("unmapped", change.counters.unmapped)
    }

    /// JSON escapes line ends, so the data always fits one `data:` line.
    private static func frame(_ event: String, id: String, data: JSONObject) -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: \(event)\nid: \(id)\ndata: ")
        buffer.writeBytes(JSON.object(data).write())
        buffer.writeString("\n\n")
        return buffer
    }
}
