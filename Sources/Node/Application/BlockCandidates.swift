internal import Ledger
internal import Primitives

/// Blocks that were executed for one height and wait to be agreed on; few, by their proposals'
/// digests.
struct BlockCandidates: Sendable {
  /// Rounds of agreement whose results are kept.
  static let maximum = 4

  private var list: [(digest: Digest, executed: ExecutedBlock)] = []

  subscript(digest: Digest) -> ExecutedBlock? { list.first { $0.digest == digest }?.executed }

  var count: Int { list.count }

  /// Keeps a result; the oldest goes if there are too many.
  mutating func keep(_ executed: ExecutedBlock, for digest: Digest) {
    list.removeAll { $0.digest == digest }
    if list.count == Self.maximum { list.removeFirst() }
    list.append((digest, executed))
  }
}
