import Foundation
import Glibc

/// A shared library opened at run time; `nil` when the variable does not name one.
private struct SharedLibrary {
    let handle: UnsafeMutableRawPointer

    init?(variable: String) throws {
        guard let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty else { return nil }
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw BenchFailure("\(variable) does not name a library that opens")
        }
        self.handle = handle
    }

    /// A C function; the type is that of its header.
    func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
        guard let symbol = dlsym(handle, name) else { throw BenchFailure("the library has no \(name)") }
        return unsafeBitCast(symbol, to: type)
    }
}

/// LightGBM's C API, one thread.
final class LightGBMPeer {
    private typealias Predict =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<Double>?, UnsafeMutablePointer<Int64>?, UnsafeMutablePointer<Double>?
        ) -> Int32
    private typealias PredictRow =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeRawPointer?, Int32, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>?,
            UnsafeMutablePointer<Int64>?, UnsafeMutablePointer<Double>?
        ) -> Int32
    private typealias Load =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32
    private typealias FastInit =
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, Int32, Int32, Int32, Int32, UnsafePointer<CChar>?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32

    private let booster: UnsafeMutableRawPointer?
    private let fast: UnsafeMutableRawPointer?
    private let predict: Predict
    private let predictRow: PredictRow
    private let features: Int

    init?(model: String, features: Int) throws {
        guard let library = try SharedLibrary(variable: "HEADWALL_LIGHTGBM") else { return nil }
        self.features = features
        var booster: UnsafeMutableRawPointer?
        var iterations: Int32 = 0
        let load = try library.function("LGBM_BoosterLoadModelFromString", as: Load.self)
        guard load(model, &iterations, &booster) == 0 else { throw BenchFailure("LightGBM does not load the model") }
        self.booster = booster
        var fast: UnsafeMutableRawPointer?
        let begin = try library.function("LGBM_BoosterPredictForMatSingleRowFastInit", as: FastInit.self)
        // Raw score, all iterations, doubles.
        guard begin(booster, 1, 0, -1, 1, Int32(features), "num_threads=1", &fast) == 0 else {
            throw BenchFailure("LightGBM has no fast path")
        }
        self.fast = fast
        predict = try library.function("LGBM_BoosterPredictForMatSingleRowFast", as: Predict.self)
        predictRow = try library.function("LGBM_BoosterPredictForMatSingleRow", as: PredictRow.self)
    }

    func margin(_ row: [Double]) -> Double {
        var count: Int64 = 0
        var margin = 0.0
        _ = predict(fast, row, &count, &margin)
        return margin
    }

    func contributions(_ row: [Double]) -> [Double] {
        var count: Int64 = 0
        var values = Array(repeating: 0.0, count: features + 1)
        _ = predictRow(booster, row, 1, Int32(features), 1, 3, 0, -1, "num_threads=1", &count, &values)
        return values
    }
}

/// XGBoost's C API, one thread.
final class XGBoostPeer {
    private typealias Create =
        @convention(c) (UnsafePointer<UnsafeMutableRawPointer?>?, UInt64, UnsafeMutablePointer<UnsafeMutableRawPointer?>?)
        -> Int32
    private typealias Load = @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, UInt64) -> Int32
    private typealias Set = @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
    private typealias Dense =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafeMutableRawPointer?,
            UnsafeMutablePointer<UnsafePointer<UInt64>?>?, UnsafeMutablePointer<UInt64>?,
            UnsafeMutablePointer<UnsafePointer<Float>?>?
        ) -> Int32
    private typealias Matrix =
        @convention(c) (UnsafePointer<Float>?, UInt64, UInt64, Float, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) ->
        Int32
    private typealias FromMatrix =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafePointer<CChar>?,
            UnsafeMutablePointer<UnsafePointer<UInt64>?>?, UnsafeMutablePointer<UInt64>?,
            UnsafeMutablePointer<UnsafePointer<Float>?>?
        ) -> Int32
    private typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Int32

    private let booster: UnsafeMutableRawPointer?
    private let dense: Dense
    private let matrix: Matrix
    private let fromMatrix: FromMatrix
    private let free: Free
    private let features: Int

    init?(model: String, features: Int) throws {
        guard let library = try SharedLibrary(variable: "HEADWALL_XGBOOST") else { return nil }
        self.features = features
        var booster: UnsafeMutableRawPointer?
        let create = try library.function("XGBoosterCreate", as: Create.self)
        let load = try library.function("XGBoosterLoadModelFromBuffer", as: Load.self)
        let set = try library.function("XGBoosterSetParam", as: Set.self)
        let bytes = Array(model.utf8)
        guard create(nil, 0, &booster) == 0, load(booster, bytes, UInt64(bytes.count)) == 0,
            set(booster, "nthread", "1") == 0
        else { throw BenchFailure("XGBoost does not load the model") }
        self.booster = booster
        dense = try library.function("XGBoosterPredictFromDense", as: Dense.self)
        matrix = try library.function("XGDMatrixCreateFromMat", as: Matrix.self)
        fromMatrix = try library.function("XGBoosterPredictFromDMatrix", as: FromMatrix.self)
        free = try library.function("XGDMatrixFree", as: Free.self)
    }

    private static func settings(type: Int) -> String {
        "{\"type\":\(type),\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,\"strict_shape\":false,"
            + "\"missing\":NaN,\"cache_id\":0}"
    }

    func margin(_ row: [Double]) -> Double {
        row.withUnsafeBufferPointer { row in
            let address = UInt(bitPattern: row.baseAddress)
            let array = "{\"data\":[\(address),true],\"shape\":[1,\(features)],\"typestr\":\"<f8\",\"version\":3}"
            var shape: UnsafePointer<UInt64>?
            var dimensions: UInt64 = 0
            var result: UnsafePointer<Float>?
            guard dense(booster, array, Self.settings(type: 1), nil, &shape, &dimensions, &result) == 0, let result else {
                return .nan
            }
            return Double(result[0])
        }
    }

    func contributions(_ row: [Double]) -> [Double] {
        var handle: UnsafeMutableRawPointer?
        guard matrix(row.map(Float.init), 1, UInt64(features), .nan, &handle) == 0 else { return [.nan] }
        defer { _ = free(handle) }
        var shape: UnsafePointer<UInt64>?
        var dimensions: UInt64 = 0
        var result: UnsafePointer<Float>?
        guard fromMatrix(booster, handle, Self.settings(type: 2), &shape, &dimensions, &result) == 0, let result else {
            return [.nan]
        }
        return (0...features).map { Double(result[$0]) }
    }
}
