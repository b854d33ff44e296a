internal import Glibc
public import Primitives

extension BlockTime {
  /// The machine's clock.
  public static func now() -> BlockTime {
    var moment = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &moment)
    return BlockTime(
      milliseconds: UInt64(moment.tv_sec) * 1000 + UInt64(moment.tv_nsec) / 1_000_000)
  }
}
