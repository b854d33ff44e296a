internal import Glibc

/// Seconds that this process has used or that have passed.
enum ProcessorClock {
  /// Processor time of all threads together.
  static func processorSeconds() -> Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

  /// Processor time of the calling thread.
  static func threadSeconds() -> Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

  static func wallSeconds() -> Double { seconds(of: CLOCK_MONOTONIC) }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
