import Pipeline

/// The embedded default that the demo runs on: the same file format as `headwall serve` reads.
enum DemoConfiguration {
    /// - Parameters:
    ///   - port: of the ward page; 0 takes any.
    ///   - ehr: port of the FHIR server that is polled.
    ///   - engine: port of the interface engine that gets the results.
    static func make(home: String, folder: String, port: Int, ehr: Int, engine: Int) throws(ConfigurationError)
        -> Configuration
    {
        let text = """
            clock: recorded
            mappings: "\(home)/Mappings"
            models: { folder: "\(home)/Models" }
            store: { folder: "\(folder)" }
            sources:
              - { name: adt, zone: Europe/Berlin, sendingApplications: [ADT] }
              - { name: lab-a, zone: Europe/Berlin, codeSystem: "urn:headwall:codes:lab-a", sendingApplications: [LABA] }
              - { name: monitors, zone: Europe/Berlin, sendingApplications: [MONITORS] }
              - { name: hospital-b }
              - { name: referral, zone: Europe/Berlin }
              - { name: ehr }
            doors:
              mllp:
                - { name: hospital-a, port: 0, source: adt }
              http: { port: \(port), zone: Europe/Berlin, wardTitle: Demonstration ward }
            polling:
              - name: ehr
                source: ehr
                url: "http://127.0.0.1:\(ehr)/fhir"
                interval: 250ms
                pageSize: 40
                requestsPerSecond: 100
            destinations:
              - { name: interface-engine, kind: mllp, port: \(engine), deliver: change }
            """
        return try Configuration(yaml: text, file: "demo")
    }
}
