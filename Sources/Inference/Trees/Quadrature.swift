/// Gauss-Legendre quadrature on 0…1: exact for polynomials of a degree below twice the number of points.
struct Quadrature {
    let nodes: [Double]
    let weights: [Double]

    init(points count: Int) {
        var nodes = Array(repeating: 0.5, count: count)
        var weights = Array(repeating: 1.0, count: count)
        for index in 0..<count {
            // Newton's method from Tricomi's starting point, on −1…1.
            var x = Elementary.cosine(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
            var slope = 1.0
            for _ in 0..<100 {
                var (previous, current) = (1.0, x)
                for degree in 1..<max(count, 1) {
                    let k = Double(degree)
                    (previous, current) = (current, ((2 * k + 1) * x * current - k * previous) / (k + 1))
                }
                slope = Double(count) * (x * current - previous) / (x * x - 1)
                let step = current / slope
                x -= step
                if abs(step) < 1e-16 { break }
            }
            nodes[index] = (1 - x) / 2
            weights[index] = 1 / ((1 - x * x) * slope * slope)
        }
        self.nodes = nodes
        self.weights = weights
    }
}
