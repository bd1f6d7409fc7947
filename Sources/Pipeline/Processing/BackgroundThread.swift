internal import Dispatch
internal import Foundation
internal import NIOConcurrencyHelpers

#if canImport(Glibc)
    internal import Glibc
#endif

/// A thread for work that nobody waits for at a door: it runs what is left of the processors when messages are arriving.
///
/// Scoring a burst takes longer than writing it to the journal. On threads of the same weight each acknowledgement would
/// wait for time slices of the scoring; senders would see a slow door, and some give up.
final class BackgroundThread: SerialExecutor {
    /// Steps of `nice` below the doors' threads; 10 is a tenth of their weight where both want a processor.
    private static let niceness: Int32 = 10

    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private let jobs = ConditionLock<Bool>(value: false)
    private let waiting = NIOLockedValueBox<[Work]>([])

    init(name: String) {
        let thread = Thread { [self] in
            #if os(Linux)
                // On Linux this concerns the calling thread only. Without it the work is as correct, only less patient.
                _ = setpriority(numericCast(PRIO_PROCESS.rawValue), 0, Self.niceness)
            #endif
            while true { runWaiting() }
        }
        thread.name = name
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        add(.job(UnownedJob(job)))
    }

    /// Calls the function on this thread, some time.
    func call(_ function: @escaping @Sendable () -> Void) {
        add(.call(function))
    }

    private func add(_ work: Work) {
        jobs.lock()
        waiting.withLockedValue { $0.append(work) }
        jobs.unlock(withValue: true)
    }

    private func runWaiting() {
        jobs.lock(whenValue: true)
        let batch = waiting.withLockedValue { waiting in
            defer { waiting = [] }
            return waiting
        }
        jobs.unlock(withValue: false)
        for work in batch {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .call(let function): function()
            }
        }
    }
}
