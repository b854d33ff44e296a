public import CanonicalCoding
public import Primitives

/// What the subsidy pool adds to what contributors earn.
public struct SubsidyParameters: Hashable, CanonicalCodable {
  /// Of a contributor's income that others paid; see ``isWithinBounds(under:)``.
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
  /// Under the standard split, a third of what the treasury gets of the same answers, so that a vote
  /// for contributors has room; epochs of a week.
  public static let standard = SubsidyParameters(
    matchingShare: .percent(2), epochWindow: Window(milliseconds: 604_800_000, blocks: 1000))

  /// Whether the rules can work with every number, and what a contributor is matched for an answer
  /// is at most half of what the treasury gets of it: whoever pays himself loses, however many
  /// accounts he does it through.
  func isWithinBounds(under split: FeeSplit) -> Bool {
    let whole = UInt64(Share.whole.partsPerBillion)
    let matched =
      UInt64(matchingShare.partsPerBillion) * UInt64(split.contributors.partsPerBillion)
    return 2 * matched <= UInt64(split.treasury.partsPerBillion) * whole
      && epochWindow.isWithinBounds
  }
}
