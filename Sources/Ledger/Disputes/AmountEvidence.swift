public import CanonicalCoding
public import Cryptography
public import Primitives

/// What a batch's leaves pay one payee of one receipt: the step between two sums, or nothing.
public struct AmountEvidence: Hashable, CanonicalCodable {
  public var payee: Identifier<Account>
  /// Of payee and receipt; nil to show that there is none.
  public var leaf: OpenedAmount?
  /// The leaf before it, or before where it would stand; nil if that is the tree's beginning.
  public var before: OpenedAmount?
  /// The leaf behind where it would stand; nil if that is the tree's end, or there is one.
  public var after: OpenedAmount?

  public init(
    payee: Identifier<Account>, leaf: OpenedAmount?, before: OpenedAmount?, after: OpenedAmount?
  ) {
    self.payee = payee
    self.leaf = leaf
    self.before = before
    self.after = after
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(payee)
    encoder.encode(optional: leaf)
    encoder.encode(optional: before)
    encoder.encode(optional: after)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    payee = try decoder.decode()
    leaf = try decoder.optional()
    before = try decoder.optional()
    after = try decoder.optional()
  }
}

extension AmountEvidence {
  /// The sums before and after what the payee is paid of a receipt.
  ///
  /// - Returns: nil if the leaves don't stand in the tree, or are not those.
  func sums(
    ofReceipt receipt: UInt32, in tree: BatchAmountsRecord
  ) -> (before: Amount, after: Amount)? {
    guard [leaf, before, after].allSatisfy({ $0?.stands(in: tree) != false }) else { return nil }
    let start = before?.leaf.sum ?? .zero
    let place = before.map { $0.proof.leafIndex + 1 } ?? 0
    if let leaf {
      guard leaf.leaf.payee == payee, leaf.leaf.receipt == receipt, after == nil,
        leaf.proof.leafIndex == place
      else { return nil }
      return (start, leaf.leaf.sum)
    }
    guard before.map({ ($0.leaf.payee, $0.leaf.receipt) < (payee, receipt) }) != false,
      after.map({ (payee, receipt) < ($0.leaf.payee, $0.leaf.receipt) }) != false,
      (after?.proof.leafIndex ?? UInt64(tree.leafCount)) == place
    else { return nil }
    return (start, start)
  }
}

extension AdapterAmounts {
  /// What shows how much these leaves pay one payee of one receipt, given the leaves' tree.
  public func evidence(
    of payee: Identifier<Account>, receipt: UInt32, in tree: MerkleTree
  ) -> AmountEvidence {
    func opened(_ place: Int) -> OpenedAmount? {
      guard leaves.indices.contains(place) else { return nil }
      return OpenedAmount(leaf: leaves[place], proof: tree.proof(ofLeaf: place))
    }
    if let place = leaves.firstIndex(where: { $0.payee == payee && $0.receipt == receipt }) {
      return AmountEvidence(
        payee: payee, leaf: opened(place), before: opened(place - 1), after: nil)
    }
    let place =
      leaves.firstIndex { ($0.payee, $0.receipt) > (payee, receipt) } ?? leaves.count
    return AmountEvidence(
      payee: payee, leaf: nil, before: opened(place - 1), after: opened(place))
  }
}
