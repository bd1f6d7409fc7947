internal import Foundation

/// The elementary functions used here, in one place: all of the platform's C library, so that a result is reproduced bit for
/// bit where the same library is.
enum Elementary {
    static func exp(_ x: Double) -> Double { Foundation.exp(x) }
    static func log(_ x: Double) -> Double { Foundation.log(x) }
    static func power(_ x: Double, _ y: Double) -> Double { Foundation.pow(x, y) }
    static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
    static func cosine(_ x: Double) -> Double { Foundation.cos(x) }

    static func logistic(_ margin: Double) -> Double {
        margin >= 0 ? 1 / (1 + exp(-margin)) : { $0 / (1 + $0) }(exp(margin))
    }

    static func logit(_ probability: Double) -> Double { log(probability / (1 - probability)) }
}
