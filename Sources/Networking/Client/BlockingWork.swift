import Glibc

/// Runs work that blocks on a thread of its own, and returns its result to the waiting task.
///
/// Neither tasks nor Dispatch's global queues may block: on Linux they share one small set of
/// threads, and two blocked calls would stop every task of a two-core machine.
package func onOwnThread<Result: Sendable>(
  _ work: @escaping @Sendable () -> Result
) async -> Result {
  await withCheckedContinuation { continuation in
    let box = ThreadWork { continuation.resume(returning: work()) }
    let context = unsafe Unmanaged.passRetained(box)
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let status = unsafe pthread_create(
      &thread, &attributes,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    precondition(status == 0, "the system starts one more thread")
  }
}

private final class ThreadWork: Sendable {
  let run: @Sendable () -> Void
  init(run: @escaping @Sendable () -> Void) { self.run = run }
}
