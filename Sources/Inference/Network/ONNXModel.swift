#if ONNX
    import COnnxRuntime
    internal import Foundation

    /// A net in ONNX, run by ONNX Runtime's C library, which is loaded when the first such model is read.
    ///
    /// The library is looked for at `HEADWALL_ONNXRUNTIME` (a path), otherwise as `libonnxruntime.so` where the system looks
    /// for libraries. Only builds with the package trait `ONNX` have this. The net takes one row of single-precision numbers:
    /// standardised values, a missing one as 0, and with a mask 1 or 0 after them for each value that is there or not. Its
    /// first output number is the margin.
    public final class ONNXModel: Sendable {
        private let table: ONNXTable
        private let means: [Float]
        private let deviations: [Float]
        private let hasMask: Bool
        private let input: String
        private let output: String
        private let environment: ONNXObject
        private let session: ONNXObject
        private let memory: ONNXObject

        public init(
            _ bytes: [UInt8], input: String, output: String, means: [Double], deviations: [Double], hasMask: Bool
        ) throws(InferenceError) {
            guard !means.isEmpty, means.count == deviations.count, deviations.allSatisfy({ $0 > 0 }) else {
                throw ModelDocument.broken("deviation", "One mean and one deviation above zero a feature.")
            }
            let path = ProcessInfo.processInfo.environment["HEADWALL_ONNXRUNTIME"] ?? "libonnxruntime.so"
            guard let functions = headwall_ort_open(path) else {
                throw InferenceError(
                    .unsupported, at: "onnx", "ONNX Runtime cannot be loaded; name it in HEADWALL_ONNXRUNTIME.")
            }
            let table = ONNXTable(functions: functions)
            environment = try table.make(headwall_ort_release_environment) { headwall_ort_environment(functions, $0) }
            memory = try table.make(headwall_ort_release_memory) { headwall_ort_memory(functions, $0) }
            let options = try table.make(headwall_ort_release_options) { headwall_ort_options(functions, $0) }
            // One thread: the order of additions does not change from run to run.
            try table.check(headwall_ort_one_thread(functions, options.pointer))
            let owner = environment
            session = try table.make(headwall_ort_release_session) { made in
                headwall_ort_session(functions, owner.pointer, bytes, bytes.count, options.pointer, made)
            }
            self.table = table
            self.means = means.map { Float($0) }
            self.deviations = deviations.map { Float($0) }
            self.hasMask = hasMask
            self.input = input
            self.output = output
            // A net that does not run is not a model.
            guard !margin(Array(repeating: .nan, count: means.count)).isNaN else {
                throw ModelDocument.broken(
                    "onnx", "The net does not give a single-precision number for a row of its inputs.")
            }
        }

        public var featureCount: Int { means.count }

        /// The first number of the output; NaN where the net does not run.
        public func margin(_ row: [Double]) -> Double {
            var values = means.indices.map { index -> Float in
                let value = index < row.count ? Float(row[index]) : .nan
                return value.isNaN ? 0 : (value - means[index]) / deviations[index]
            }
            if hasMask { values += means.indices.map { $0 < row.count && !row[$0].isNaN ? 1 : 0 } }
            return (try? run(&values)) ?? .nan
        }

        private func run(_ values: inout [Float]) throws(InferenceError) -> Double {
            let functions = table.functions
            let shape = [1, Int64(values.count)]
            let count = values.count * MemoryLayout<Float>.stride
            var result: Result<Double, InferenceError> = .success(.nan)
            values.withUnsafeMutableBufferPointer { numbers in
                do throws(InferenceError) {
                    let tensor = try table.make(headwall_ort_release_tensor) { made in
                        headwall_ort_tensor(functions, memory.pointer, numbers.baseAddress, count, shape, 2, made)
                    }
                    let answer = try table.make(headwall_ort_release_tensor) { made in
                        headwall_ort_run(functions, session.pointer, input, tensor.pointer, output, made)
                    }
                    result = .success(try first(answer))
                } catch {
                    result = .failure(error)
                }
            }
            return try result.get()
        }

        private func first(_ tensor: ONNXObject) throws(InferenceError) -> Double {
            let functions = table.functions
            let shape = try table.make(headwall_ort_release_shape) { headwall_ort_shape(functions, tensor.pointer, $0) }
            var count = 0
            var kind: Int32 = 0
            try table.check(headwall_ort_count(functions, shape.pointer, &count))
            try table.check(headwall_ort_kind(functions, shape.pointer, &kind))
            var numbers: UnsafeMutableRawPointer?
            try table.check(headwall_ort_numbers(functions, tensor.pointer, &numbers))
            guard count > 0, kind == Int32(HEADWALL_ORT_FLOAT), let numbers else { return .nan }
            return Double(numbers.load(as: Float.self))
        }

        /// Shapley values against a row where everything is missing, by ``KernelSHAP``.
        public func attribution(_ row: [Double]) -> Attribution {
            KernelSHAP(background: [Array(repeating: .nan, count: means.count)]).attribution(row) { margin($0) }
        }
    }

    /// The library's functions.
    private struct ONNXTable: @unchecked Sendable {  // constant while the library is loaded, which is for good
        let functions: UnsafePointer<UnsafeRawPointer?>

        func check(_ status: UnsafeMutableRawPointer?) throws(InferenceError) {
            guard let status else { return }
            headwall_ort_release_status(functions, status)
            throw ModelDocument.broken("onnx", "ONNX Runtime refuses the net.")
        }

        func make(
            _ release: @escaping (UnsafePointer<UnsafeRawPointer?>?, UnsafeMutableRawPointer?) -> Void,
            _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> UnsafeMutableRawPointer?
        ) throws(InferenceError) -> ONNXObject {
            var made: UnsafeMutableRawPointer?
            try check(body(&made))
            return ONNXObject(made, table: functions, release: release)
        }
    }

    /// Something that the library made, released with its last user.
    private final class ONNXObject: @unchecked Sendable {  // sessions run on any thread; the others are only handed back
        let pointer: UnsafeMutableRawPointer?
        private let table: UnsafePointer<UnsafeRawPointer?>
        private let release: (UnsafePointer<UnsafeRawPointer?>?, UnsafeMutableRawPointer?) -> Void

        init(
            _ pointer: UnsafeMutableRawPointer?, table: UnsafePointer<UnsafeRawPointer?>,
            release: @escaping (UnsafePointer<UnsafeRawPointer?>?, UnsafeMutableRawPointer?) -> Void
        ) {
            self.pointer = pointer
            self.table = table
            self.release = release
        }

        deinit { release(table, pointer) }
    }
#endif
