import Clinical
import FHIR
import Foundation
import HL7v2
import Store
import Testing

extension ProgramTests {
    /// Every case of bad input against the running program: the right negative answer with place and reason, the bytes in
    /// quarantine, the next good message through, and not a word of the patient in answer, log or metrics.
    @Suite("Bad input") struct HostileTests {
        /// Identifiers that stand in the bad messages and must come back nowhere.
        static let canaries = ["ZXQCANARYNAME", "ZXQ7731904"]

        struct Case: Sendable, CustomTestStringConvertible {
            enum Door: String, Sendable { case mllp, fhir, cda, hl7v2 }

            var name: String
            var door: Door
            /// On the wire: for MLLP with its frame, else the body.
            var bytes: [UInt8]
            /// For MLLP and `/hl7v2` table 0008; for HTTP the status.
            var code = "AE"
            var status = 422
            /// Codes of table 0357 or of a room, one of which ERR-3 or the OperationOutcome must name; empty for any.
            var errors: Set<Int> = []
            /// What the place must contain.
            var place = ""
            /// What quarantine holds: the bytes without the frame, their beginning, or nothing.
            var kept: [UInt8]?
            var testDescription: String { "\(door.rawValue): \(name)" }
        }

        @Test(.timeLimit(.minutes(4))) func everyCaseIsAnsweredKeptAndPassedOver() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder,
                """
                sources: [{ name: monitors }, { name: web }]
                doors:
                  mllp: [{ name: in, port: 0, source: monitors }]
                  http: { port: 0, source: web }
                """, logLevel: "debug")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()

            let cases = Self.mllpCases + Self.fhirCases + Self.cdaCases + Self.hl7OverHTTPCases
            var answers = ""
            var good = 0
            for hostile in cases {
                answers += try await answer(hostile, server)
                good += 1
                try await sendGood(hostile.door, number: good, server)
            }
            let metrics = try await SocketConnection.get(server.httpPort, "/metrics").text
            #expect(server.isRunning)
            #expect(try await server.shutDown() == 0)
            try await checkQuarantine(cases, good: good, server)
            let listed = try await HeadwallCommand.run(
                "queue", "quarantine", "--json", "--config", server.configurationFile)
            #expect(listed.status == 0)
            #expect(listed.jsonLines.count == cases.count { $0.kept != nil })
            for canary in Self.canaries {
                #expect(!answers.contains(canary), "in an answer")
                #expect(!server.log.contains(canary), "in the log")
                #expect(!metrics.contains(canary), "in the metrics")
                #expect(!(listed.output + listed.error).contains(canary), "in the list of the quarantine")
            }
            #expect(server.log.contains("quarantined"), "the log says what happened")
            print(
                "bad input: \(cases.count) cases, \(cases.count { $0.kept != nil }) kept in quarantine, \(good) good messages through"
            )
        }

        /// The same bytes at the wrong door first: what was set aside there must not make the right door say "had it".
        @Test(.timeLimit(.minutes(1))) func whatWasSetAsideIsTakenWhenItComesAsWhatItIs() async throws {
            let folder = try ServerProcess.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let server = try ServerProcess(
                folder: folder, "sources: [{ name: web }]\ndoors: { http: { port: 0, source: web } }")
            defer { if server.isRunning { server.kill() } }
            try await server.startUp()
            let single = utf8(
                "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"1\"}],\"gender\":\"male\"}"
            )
            let wrong = try await SocketConnection.post(server.httpPort, "/cda", type: "application/xml", single)
            #expect(wrong.status == 422)
            for status in [202, 200] {
                let right = try await SocketConnection.post(
                    server.httpPort, "/fhir", type: "application/fhir+json", single)
                #expect(right.status == status, "\(right.text)")
            }
            #expect(try await server.shutDown() == 0)
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            #expect(try await store.patients().map(\.key) == [PatientKey(system: "urn:x", value: "1")])
            try await store.close()
        }

        private func answer(_ hostile: Case, _ server: ServerProcess) async throws -> String {
            let comment = Comment(rawValue: hostile.testDescription)
            switch hostile.door {
            case .mllp:
                let connection = try SocketConnection(port: try #require(server.mllpPorts["in"]))
                try await connection.send(hostile.bytes)
                // The next good message goes over the same connection: the framing has recovered.
                let next = VitalsMessage(control: "NEXT-\(hostile.name.filter(\.isLetter))", results: Self.goodResults)
                try await connection.send([0x0B] + next.bytes + [0x1C, 0x0D])
                let reply = try await connection.receiveFrame()
                try check(hostile, acknowledgement: reply, comment)
                let after = try Acknowledgement.parse(try await connection.receiveFrame())
                #expect(after.code == .AA && after.acknowledgedControlID == next.control, comment)
                return text(reply)
            case .hl7v2:
                let reply = try await SocketConnection.post(
                    server.httpPort, "/hl7v2", type: "application/hl7-v2+er7", hostile.bytes)
                #expect(reply.status == hostile.status, comment)
                if hostile.status == 400 {
                    try check(hostile, acknowledgement: reply.body, comment)
                } else {
                    try check(hostile, outcome: reply, comment)
                }
                return reply.text
            case .fhir, .cda:
                let type = hostile.door == .fhir ? "application/fhir+json" : "application/xml"
                let reply = try await SocketConnection.post(
                    server.httpPort, "/" + hostile.door.rawValue, type: type, hostile.bytes)
                #expect(reply.status == hostile.status, comment)
                try check(hostile, outcome: reply, comment)
                return reply.text
            }
        }

        private func check(_ hostile: Case, acknowledgement bytes: [UInt8], _ comment: Comment) throws {
            let reply = try Acknowledgement.parse(bytes)
            #expect(reply.code.rawValue == hostile.code, comment)
            let error = try #require(reply.errors.first, comment)
            #expect(hostile.errors.contains(error.code), "\(comment): \(error.code) at \(error.place)")
            #expect(!error.text.isEmpty, comment)
            // ERR-2 has a place in a message, ERR-7 or ERR-8 where there is no segment to point at.
            let everything = text(bytes)
            #expect(
                hostile.place.isEmpty || error.place.contains(hostile.place) || everything.contains(hostile.place),
                "\(comment): \(error.place)")
        }

        private func check(_ hostile: Case, outcome reply: SocketConnection.Reply, _ comment: Comment) throws {
            let outcome = try JSON(parsing: reply.body)
            #expect(outcome["resourceType"]?.stringValue == "OperationOutcome", comment)
            let issue = try #require(outcome["issue"]?[0], comment)
            #expect(issue["severity"]?.stringValue == "error", comment)
            let places = (issue["expression"]?.arrayValue ?? []) + (issue["location"]?.arrayValue ?? [])
            let reason = (issue["diagnostics"]?.stringValue ?? "") + (issue["details"]?["text"]?.stringValue ?? "")
            #expect(!reason.isEmpty, comment)
            let everything = (places.compactMap(\.stringValue) + [reason]).joined(separator: " ")
            #expect(
                everything.contains("Place: ") && (hostile.place.isEmpty || everything.contains(hostile.place)),
                "\(comment): \(everything)")
            if !hostile.errors.isEmpty {
                #expect(hostile.errors.contains { reply.text.contains("\"\($0)\"") }, "\(comment): \(reply.text)")
            }
        }

        private func sendGood(_ door: Case.Door, number: Int, _ server: ServerProcess) async throws {
            switch door {
            case .mllp: break  // Sent over the connection of the bad one.
            case .hl7v2:
                let message = VitalsMessage(control: "GOOD\(number)", results: Self.goodResults)
                let reply = try await SocketConnection.post(
                    server.httpPort, "/hl7v2", type: "application/hl7-v2+er7", message.bytes)
                #expect(reply.status == 200)
                #expect(try Acknowledgement.parse(reply.body).code == .AA)
            case .fhir:
                let reply = try await SocketConnection.post(
                    server.httpPort, "/fhir", type: "application/fhir+json", utf8(Self.observation(number: number)))
                #expect(reply.status == 202, "\(reply.text)")
            case .cda:
                let reply = try await SocketConnection.post(
                    server.httpPort, "/cda", type: "application/xml", try Self.referral(number: number))
                #expect(reply.status == 202, "\(reply.text)")
            }
        }

        private func checkQuarantine(_ cases: [Case], good: Int, _ server: ServerProcess) async throws {
            let store = try SQLiteStore(StoreConfiguration(path: server.storePath))
            let entries = try await store.entries(JournalFilter(state: .quarantined), after: 0, limit: 1000)
            let quarantine = Dictionary(
                try await store.quarantine(after: 0, limit: 1000).map { ($0.journalID, $0) }, uniquingKeysWith: { $1 })
            for hostile in cases {
                guard let kept = hostile.kept else { continue }
                let entry = try #require(entries.first { $0.bytes == kept }, "\(hostile.testDescription)")
                let item = try #require(quarantine[entry.id], "\(hostile.testDescription)")
                #expect(!item.issue.text.isEmpty && !item.issue.place.isEmpty, "\(hostile.testDescription)")
            }
            #expect(entries.count == cases.count { $0.kept != nil })
            let counts = try await store.counts()
            // What is over the limit of an HTTP body is answered with 413 and not kept; everything else is.
            #expect(counts.processed == good && counts.pending == 0)
            try await store.close()
        }
    }
}
