public import CanonicalCoding
public import Primitives

/// What the subsidy pool adds to what contributors earn.
public struct SubsidyParameters: Hashable, CanonicalCodable {
  /// Of a contributor's income that others paid.
  public var matchingShare: Share
  /// An epoch's length; its subsidies are at most half of the treasury's income in it.
  public var epochWindow: Window

  public init(matchingShare: Share, epochWindow: Window) {
    self.matchingShare = matchingShare
    self.epochWindow = epochWindow
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(matchingShare)
    encoder.encode(epochWindow)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    matchingShare = try decoder.decode()
    epochWindow = try decoder.decode()
  }
}

extension SubsidyParameters {
  /// A tenth, in epochs of a week.
  public static let standard = SubsidyParameters(
    matchingShare: .percent(10), epochWindow: Window(milliseconds: 604_800_000, blocks: 1000))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool {
    matchingShare <= .whole && epochWindow.isWithinBounds && epochWindow.blocks > 0
  }
}
