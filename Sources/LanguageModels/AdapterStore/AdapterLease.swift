/// The right to read an adapter's weights: while anybody holds one, its memory stays.
public final class AdapterLease: Sendable {
  public let adapter: DecoderAdapter
  private let release: @Sendable () -> Void

  /// - Parameter release: called once, when nobody holds the lease any more.
  init(_ adapter: DecoderAdapter, release: @escaping @Sendable () -> Void = {}) {
    self.adapter = adapter
    self.release = release
  }

  deinit { release() }
}
