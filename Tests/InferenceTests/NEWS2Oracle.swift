/// NEWS2 written out from the chart (Royal College of Physicians 2017, chart 1 and 2), to compare the package with.
struct NEWS2Oracle {
    var respiratoryRate = 16
    var spo2 = 97
    var scale2 = false
    var oxygen = false
    var systolic = 120
    var pulse = 70
    /// One of A, C, V, P, U.
    var consciousness: Character = "A"
    /// In tenths of a degree Celsius.
    var temperature = 370

    var points: [Int] {
        let breathing =
            respiratoryRate <= 8 ? 3 : respiratoryRate <= 11 ? 1 : respiratoryRate <= 20 ? 0 : respiratoryRate <= 24 ? 2 : 3
        var saturation = spo2 <= 91 ? 3 : spo2 <= 93 ? 2 : spo2 <= 95 ? 1 : 0
        if scale2 {
            saturation = spo2 <= 83 ? 3 : spo2 <= 85 ? 2 : spo2 <= 87 ? 1 : 0
            if oxygen, spo2 >= 93 { saturation = spo2 <= 94 ? 1 : spo2 <= 96 ? 2 : 3 }
        }
        let pressure = systolic <= 90 ? 3 : systolic <= 100 ? 2 : systolic <= 110 ? 1 : systolic <= 219 ? 0 : 3
        let rate = pulse <= 40 ? 3 : pulse <= 50 ? 1 : pulse <= 90 ? 0 : pulse <= 110 ? 1 : pulse <= 130 ? 2 : 3
        let heat = temperature <= 350 ? 3 : temperature <= 360 ? 1 : temperature <= 380 ? 0 : temperature <= 390 ? 1 : 2
        return [breathing, saturation, oxygen ? 2 : 0, pressure, rate, consciousness == "A" ? 0 : 3, heat]
    }

    var score: Int { points.reduce(0, +) }

    /// 0 low, 1 low-medium, 2 medium, 3 high.
    var level: Int { score >= 7 ? 3 : score >= 5 ? 2 : points.contains(3) ? 1 : 0 }
}
