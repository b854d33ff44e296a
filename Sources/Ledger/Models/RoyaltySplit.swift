public import Primitives

/// Who has a part of what an adapter earns: its owner, after the adapters it builds on.
public struct RoyaltyTree: Hashable, Sendable {
  public struct Parent: Hashable, Sendable {
    public var share: Share
    public var tree: RoyaltyTree

    public init(share: Share, tree: RoyaltyTree) {
      self.share = share
      self.tree = tree
    }
  }

  public var owner: Identifier<Account>
  /// The shares are at most the whole together.
  public var parents: [Parent]

  public init(owner: Identifier<Account>, parents: [Parent]) {
    self.owner = owner
    self.parents = parents
  }
}

/// Divides an adapter's earnings: each parent's share, divided again among its own parents, and the
/// rest to the owner.
///
/// At each adapter the parts are cut by largest remainder, ties to the owner first and then in the
/// order of the parents, so every level hands out exactly what it received.
///
/// - Returns: positive amounts that sum to `amount`, strictly sorted by account.
/// - Complexity: O(n log n) in the tree's size.
public func royaltySplit(
  _ amount: Amount, over tree: RoyaltyTree
) -> [(account: Identifier<Account>, amount: Amount)] {
  var parts: [(account: Identifier<Account>, amount: Amount)] = []
  collect(amount, over: tree, into: &parts)
  parts.sort { $0.account < $1.account }
  var merged: [(account: Identifier<Account>, amount: Amount)] = []
  for part in parts {
    if let last = merged.last, last.account == part.account {
      // Parts of one amount never sum to more than it.
      merged[merged.count - 1].amount = Amount(
        baseUnits: last.amount.baseUnits + part.amount.baseUnits)
    } else {
      merged.append(part)
    }
  }
  return merged
}

private func collect(
  _ amount: Amount, over tree: RoyaltyTree,
  into parts: inout [(account: Identifier<Account>, amount: Amount)]
) {
  guard amount > .zero else { return }
  let shares = tree.parents.map { UInt128($0.share.partsPerBillion) }
  let whole = UInt128(Share.whole.partsPerBillion)
  let royalties = shares.reduce(0, +)
  precondition(royalties <= whole, "royalties are at most the whole")
  guard let cut = try? splitByLargestRemainder(amount, weights: [whole - royalties] + shares)
  else { preconditionFailure("the weights sum to the whole") }
  if cut[0] > .zero { parts.append((tree.owner, cut[0])) }
  for (parent, part) in zip(tree.parents, cut.dropFirst()) {
    collect(part, over: parent.tree, into: &parts)
  }
}

extension StateReader {
  /// Who has a part of an adapter's earnings, down to adapters that build on none.
  ///
  /// Cost: one look-up for each adapter of the lineage, at most ``AdapterRecord/lineageMaximum``.
  public func royaltyTree(of id: Identifier<Adapter>) -> RoyaltyTree? {
    guard let adapter = adapter(id) else { return nil }
    return RoyaltyTree(
      owner: adapter.owner,
      parents: adapter.offer.parents.compactMap { parent in
        royaltyTree(of: parent.adapter).map { .init(share: parent.share, tree: $0) }
      })
  }

  /// Who gets the adapter owner's part of an answer's fee: the owner, and the owners of the
  /// adapters it builds on.
  ///
  /// - Returns: positive amounts that sum to `amount`, strictly sorted by account; empty if there
  ///   is no such adapter.
  public func adapterOwnerPayees(
    of adapter: Identifier<Adapter>, amount: Amount
  ) -> [(account: Identifier<Account>, amount: Amount)] {
    royaltyTree(of: adapter).map { royaltySplit(amount, over: $0) } ?? []
  }
}
