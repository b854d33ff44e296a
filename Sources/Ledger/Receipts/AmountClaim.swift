public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Shows what one payee gets of one adapter's part of a batch: its first and last leaf and, where
/// there are any, the leaves before and after, which are others'.
public struct AmountClaim: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var adapter: Identifier<Adapter>
  public var before: OpenedAmount?
  public var first: OpenedAmount
  /// The same as the first if the payee has one leaf only.
  public var last: OpenedAmount
  public var after: OpenedAmount?

  public init(
    batch: Identifier<Batch>, adapter: Identifier<Adapter>, before: OpenedAmount?,
    first: OpenedAmount, last: OpenedAmount, after: OpenedAmount?
  ) {
    self.batch = batch
    self.adapter = adapter
    self.before = before
    self.first = first
    self.last = last
    self.after = after
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(adapter)
    encoder.encode(optional: before)
    encoder.encode(first)
    encoder.encode(last)
    encoder.encode(optional: after)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    adapter = try decoder.decode()
    before = try decoder.optional()
    first = try decoder.decode()
    last = try decoder.decode()
    after = try decoder.optional()
  }
}

/// Pays contributors what final batches owe them; anyone may ask for anyone.
public struct ClaimAmounts: Hashable, CanonicalCodable {
  public static let claimMaximum = 64

  public var claims: [AmountClaim]

  public init(claims: [AmountClaim]) { self.claims = claims }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: claims) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    claims = try decoder.list(atMost: ClaimAmounts.claimMaximum)
  }
}

extension AmountClaim {
  public var payee: Identifier<Account> { first.leaf.payee }

  /// What the leaves say, if they stand in this tree and are all of the payee's.
  ///
  /// - Returns: nil if they are not.
  func proven(in amounts: BatchAmountsRecord) -> (amount: Amount, own: Amount)? {
    guard first.stands(in: amounts), last.stands(in: amounts), last.leaf.payee == payee,
      first.proof.leafIndex <= last.proof.leafIndex
    else { return nil }
    if let before {
      guard before.stands(in: amounts), before.leaf.payee != payee,
        before.proof.leafIndex + 1 == first.proof.leafIndex
      else { return nil }
    } else {
      guard first.proof.leafIndex == 0 else { return nil }
    }
    if let after {
      guard after.stands(in: amounts), after.leaf.payee != payee,
        last.proof.leafIndex + 1 == after.proof.leafIndex
      else { return nil }
    } else {
      guard last.proof.leafIndex + 1 == UInt64(amounts.leafCount) else { return nil }
    }
    guard let amount = try? last.leaf.sum.subtracting(before?.leaf.sum ?? .zero),
      let own = try? last.leaf.ownSum.subtracting(before?.leaf.ownSum ?? .zero), own <= amount
    else { return nil }
    return (amount, own)
  }
}

extension BatchContents {
  /// Every payee's claim, by adapter and payee.
  ///
  /// - Parameter batch: what the ledger named the batch with these contents.
  public func claims(of batch: Identifier<Batch>) -> [AmountClaim] {
    amounts.flatMap { amounts -> [AmountClaim] in
      let tree = amounts.tree
      func opened(_ index: Int) -> OpenedAmount? {
        guard amounts.leaves.indices.contains(index) else { return nil }
        return OpenedAmount(leaf: amounts.leaves[index], proof: tree.proof(ofLeaf: index))
      }
      var claims: [AmountClaim] = []
      var start = 0
      for index in amounts.leaves.indices
      where index + 1 == amounts.leaves.count
        || amounts.leaves[index + 1].payee != amounts.leaves[index].payee
      {
        if let first = opened(start), let last = opened(index) {
          claims.append(
            AmountClaim(
              batch: batch, adapter: amounts.adapter, before: opened(start - 1), first: first,
              last: last, after: opened(index + 1)))
        }
        start = index + 1
      }
      return claims
    }
  }

  /// Where the receipt of an order stands; nil if it is not in this batch.
  public func settlement(
    of order: Order, in batch: Identifier<Batch>
  ) -> ReceiptSettlement? {
    guard let index = index(of: order) else { return nil }
    return ReceiptSettlement(
      batch: batch,
      opened: OpenedReceipt(
        leaf: receipts[index], proof: receiptsTree.proof(ofLeaf: index)))
  }
}
