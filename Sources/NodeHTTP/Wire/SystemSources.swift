internal import Glibc
public import Primitives

/// The machine's clock.
@Sendable public func systemTime() -> BlockTime {
  var moment = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &moment)
  return BlockTime(
    milliseconds: UInt64(moment.tv_sec) * 1000 + UInt64(moment.tv_nsec) / 1_000_000)
}

/// 32 bytes of the machine's randomness.
@Sendable public func systemEntropy() -> Digest {
  var generator = SystemRandomNumberGenerator()
  let bytes = (0..<Digest.byteCount).map { _ in
    UInt8.random(in: .min ... .max, using: &generator)
  }
  guard let entropy = Digest(bytes: bytes) else { preconditionFailure("a digest has 32 bytes") }
  return entropy
}
