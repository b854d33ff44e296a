internal import AttributionRules
public import Primitives

/// Text that everybody repeats: licences, headers, a sample of what is public.
public struct BackgroundText: Hashable, Sendable {
  public let text: String
  /// How often it is known to stand in public.
  public let copies: Int

  public init(text: String, copies: Int) {
    precondition(copies > 0, "what stands nowhere is no background")
    self.text = text
    self.copies = copies
  }
}

/// Tells what stands too often in public to be anybody's contribution.
///
/// A file of the same form as a shard's, so that whoever has it by its digest can check what a
/// receipt calls common.
public struct BackgroundIndex: Sendable {
  let shard: SpanShard

  public var digest: Digest { shard.digest }

  /// - Throws: ``AttributionFailure/Code/spansTooLarge`` from 2 GiB of copies; more than eleven of
  ///   a text count as eleven.
  /// - Precondition: there is a text.
  public init(_ texts: [BackgroundText]) throws(AttributionFailure) {
    let copies = texts.flatMap { text in
      repeatElement(Array(text.text.utf8), count: min(text.copies, SpanLimits.commonCount + 1))
    }
    shard = try SpanShard(
      sorting: copies.enumerated().map { index, text in
        let place = CommitPlace(
          height: Height(0), indexInBlock: 0, indexInContribution: UInt32(index))
        return SharedText(text: text, sources: [PlacedRecord(place: place, record: .zero)])
      })
  }

  /// Opens a file that ``write(to:)`` made.
  /// - Throws: ``AttributionFailure/Code/spansCorrupt`` unless it is whole.
  public init(at path: String) throws(AttributionFailure) {
    shard = try SpanShard(checking: ShardBytes(mapping: path), name: path)
  }

  /// Writes the file, whole or not at all.
  public func write(to path: String) throws(AttributionFailure) {
    try SpanFile.write(shard.bytes, to: path)
  }

  /// What of an answer stands more than `SpanLimits.commonCount` times in the background, in runs
  /// of at least `SpanLimits.commonRun` bytes.
  func common(in answer: [UInt8]) -> [AnswerRange] {
    MatchEnds(of: answer) { position, limit in
      shard.longestRun(
        of: answer, from: position, to: limit, times: SpanLimits.commonCount + 1)
    }.covered(byRunsOf: SpanLimits.commonRun).map { AnswerRange($0) }
  }
}
