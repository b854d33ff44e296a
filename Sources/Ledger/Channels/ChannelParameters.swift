public import CanonicalCoding
internal import Primitives

/// How channels end.
public struct ChannelParameters: Hashable, CanonicalCodable {
  /// From a payer's wish to close a channel to its end.
  public var closingWindow: Window

  public init(closingWindow: Window) {
    self.closingWindow = closingWindow
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(closingWindow)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    closingWindow = try decoder.decode()
  }
}

extension ChannelParameters {
  public static let standard = ChannelParameters(
    closingWindow: Window(milliseconds: 30_000, blocks: 5))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool { closingWindow.isWithinBounds }
}
