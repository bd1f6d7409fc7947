/// Laboratory reports, about 2.5 kB on average with 4 to 19 results.
enum LaboratoryCorpus {
    private static let tests = [
        "2160-0^Creatinine^LN||mg/dL", "8867-4^Heart rate^LN||/min", "2823-3^Potassium^LN||mmol/L",
        "718-7^Hemoglobin [Mass/volume] in Blood^LN||g/dL",
        "6690-2^Leukocytes [#/volume] in Blood by Automated count^LN||10*3/uL",
    ]

    static func messages(_ count: Int, seed: UInt64 = 7, results: Range<Int> = 4..<20) -> [[UInt8]] {
        var random = SplitMix64(state: seed)
        return (0..<count).map { message($0, results, &random) }
    }

    private static func message(_ number: Int, _ results: Range<Int>, _ random: inout SplitMix64) -> [UInt8] {
        let clinician = "1234^Attending^Anna^^^Dr"
        var segments = [
            "MSH|^~\\&|LABA|GENERAL HOSPITAL|HEADWALL|GENERAL HOSPITAL|20260105081500+0100||ORU^R01^ORU_R01"
                + "|MSG\(100_000 + number)|P|2.5.1|||AL|NE||UNICODE UTF-8",
            "PID|1||\(10_000_000 + number)^^^GENERAL HOSPITAL^MR~999\(number)^^^SSA^SS||Doe^John^Q^^Mr||19470312|M|||"
                + "12 Main Street^^Springfield^IL^62701^USA||(217)555-0100|||M||ACCT\(number)",
            "PV1|1|I|4EAST^412^A^GENERAL HOSPITAL||||\(clinician)|||MED||||ADM|||||VN\(number)"
                + String(repeating: "|", count: 25) + "20260103120000",
            "ORC|RE|ORD\(number)^HIS|FIL\(number)^LABA||CM||||20260105080000|||\(clinician)",
            "OBR|1|ORD\(number)^HIS|FIL\(number)^LABA|24323-8^Comprehensive metabolic panel^LN|||20260105073000+0100"
                + "||||||||SER|\(clinician)||||||20260105081400||LAB|F",
        ]
        for index in 0..<(results.lowerBound + Int(random.next() % UInt64(results.count))) {
            let parts = tests[Int(random.next() % UInt64(tests.count))].split(separator: "|")
            let (code, unit) = (parts[0], parts[1])
            segments.append(
                "OBX|\(index + 1)|NM|\(code)^L\(index)^Local name of the test^L||\(random.next() % 200).\(random.next() % 10)"
                    + "|\(unit)^\(unit)^UCUM|3.5-5.1|N|||F|||20260105073000+0100|LABA^General Laboratory||AUTO")
        }
        return Array((segments.joined(separator: "\r") + "\r").utf8)
    }
}
