/// A promise of the ledger that did not hold: a bug, and how to bring it back.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
  public let seed: UInt64
  /// The block in which it showed.
  public let height: UInt64
  /// The transaction's place in the block; nil if the block as a whole broke it.
  public let index: Int?
  /// How many blocks to simulate to see it again.
  public let blocks: UInt64
  /// What did not hold.
  public let promise: String

  public var description: String {
    let place = index.map { ", transaction \($0)" } ?? ""
    return "seed \(seed), block \(height)\(place): \(promise)\n"
      + "bring it back with: whence simulate --seed \(seed) --blocks \(blocks)"
  }
}

/// What broke, before it is known where.
struct Breach: Error {
  let promise: String

  init(_ promise: String) { self.promise = promise }
}
