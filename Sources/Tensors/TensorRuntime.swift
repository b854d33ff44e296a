internal import CTensors
internal import Dispatch

/// What the whole process shares: BLAS threads, memory, versions.
public enum TensorRuntime {
  public static var libraryVersion: String {
    unsafe String(cString: ctensors_library_version())
  }

  /// Whether matrix products reach OpenBLAS; if the link order is wrong they are twenty times
  /// slower, and nothing else tells.
  public static var isFastBLASBound: Bool { ctensors_blas_is_bound() }

  /// OpenBLAS's own description, or "reference" when it isn't linked.
  public static var blasConfiguration: String {
    unsafe String(cString: ctensors_blas_configuration())
  }

  /// Whether our AVX2 kernels run on this processor.
  public static var hasOwnKernels: Bool { ctensors_has_own_kernels() }

  /// Sets the threads of each matrix product, one by default.
  ///
  /// Results are bitwise equal only for equal counts; a second thread on a busy core costs more
  /// than it brings.
  public static func setBLASThreads(_ count: Int) {
    precondition((1...1024).contains(count), "a product needs a thread, not thousands")
    ctensors_set_blas_threads(Int32(count))
  }

  /// Has tensors computed at a lower priority than everything else in this process, as a server does:
  /// an answer goes before its attribution.
  ///
  /// - Returns: false, and nothing changes, once a tensor was made.
  @discardableResult
  public static func yieldToOthers() -> Bool { ctensors_yield_to_others() }

  /// Tensors alive in the process, for leak tests.
  public static var liveTensors: Int { Int(ctensors_live_handles()) }
  /// In bytes.
  public static var activeMemory: Int { ctensors_active_memory() }
  /// In bytes, since the last reset.
  public static var peakMemory: Int { ctensors_peak_memory() }
  public static func resetPeakMemory() { ctensors_reset_peak_memory() }
}

/// Runs an actor's work on a thread of its own.
///
/// Long products so never hold a thread of the shared pool. All actors that compute with tensors use
/// the one ``shared`` executor and so take turns.
public final class TensorExecutor: SerialExecutor {
  public static let shared = TensorExecutor(label: "whence.tensors")

  private let queue: DispatchQueue

  /// - Parameter label: what debuggers call the thread.
  public init(label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedSerialExecutor()
    queue.async { unsafe job.runSynchronously(on: executor) }
  }
}
