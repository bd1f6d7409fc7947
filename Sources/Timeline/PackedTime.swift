import Clinical

/// A ``ClinicalTime`` without its instant, in eight bytes.
///
/// A timeline keeps the instant anyway, to sort by; what is left is how the time was written.
struct PackedTime: Sendable {
    /// Nanoseconds below a microsecond (bits 0–9), fraction digits (10–13), precision (14–16), offset origin (17–18),
    /// leap second (19).
    private let bits: UInt32
    private let offsetMinutes: Int16

    init(_ time: ClinicalTime) {
        var bits = UInt32(truncatingIfNeeded: time.nanosecond % 1000)
        bits |= UInt32(truncatingIfNeeded: time.fractionDigits) << 10
        bits |= UInt32(time.precision.rawValue) << 14
        bits |= UInt32(time.offsetOrigin.rawValue) << 17
        if time.second == 60 { bits |= 1 << 19 }
        self.bits = bits
        offsetMinutes = Int16(clamping: time.offsetMinutes)
    }

    /// The time as it was written; `instant` is the one it was packed with.
    func time(at instant: Instant) -> ClinicalTime {
        let isLeap = bits >> 19 & 1 == 1
        var local = instant.microseconds &+ Int64(offsetMinutes) &* 60_000_000
        if isLeap { local &-= 1_000_000 }
        let days = floorDivided(local, by: 86_400_000_000)
        let ofDay = local &- days &* 86_400_000_000
        let seconds = Int(ofDay / 1_000_000)
        let written = ClinicalTime(
            date: CivilDate(daysSinceEpoch: Int(days)), hour: seconds / 3600, minute: seconds / 60 % 60,
            second: isLeap ? 60 : seconds % 60, nanosecond: Int(ofDay % 1_000_000) * 1000 + Int(bits & 1023),
            fractionDigits: Int(bits >> 10 & 15),
            precision: ClinicalTime.Precision(rawValue: UInt8(bits >> 14 & 7)) ?? .second,
            offsetMinutes: Int(offsetMinutes),
            offsetOrigin: ClinicalTime.OffsetOrigin(rawValue: UInt8(bits >> 17 & 3)) ?? .absent)
        return written ?? ClinicalTime(instant)
    }
}

private func floorDivided(_ value: Int64, by divisor: Int64) -> Int64 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
