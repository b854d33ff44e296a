public import CanonicalCoding
public import Cryptography
public import Primitives

/// The amounts of one adapter's contributors in a batch.
public struct AdapterAmounts: Hashable, CanonicalCodable {
  public var adapter: Identifier<Adapter>
  public var leaves: [AmountLeaf]

  public init(adapter: Identifier<Adapter>, leaves: [AmountLeaf]) {
    self.adapter = adapter
    self.leaves = leaves
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(adapter)
    encoder.encode(list: leaves)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
    leaves = try decoder.list(
      atMost: Int(SettleBatch.receiptMaximum) * Receipt.payoutMaximum)
  }
}

/// Every leaf of a batch, and the orders behind its receipts: the blob that the batch names.
public struct BatchContents: Hashable, CanonicalCodable {
  /// ``FeeTerms/digest`` of the terms that every order names.
  public var terms: Digest
  /// Sorted by channel, adapter and number.
  public var receipts: [ReceiptLeaf]
  /// One a receipt, in the same order.
  public var orders: [SignedOrder]
  /// Strictly sorted by adapter.
  public var amounts: [AdapterAmounts]

  public init(
    terms: Digest, receipts: [ReceiptLeaf], orders: [SignedOrder], amounts: [AdapterAmounts]
  ) {
    self.terms = terms
    self.receipts = receipts
    self.orders = orders
    self.amounts = amounts
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(terms)
    encoder.encode(list: receipts)
    encoder.encode(list: orders)
    encoder.encode(list: amounts)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    terms = try decoder.decode()
    receipts = try decoder.list(atMost: Int(SettleBatch.receiptMaximum))
    orders = try decoder.list(atMost: Int(SettleBatch.receiptMaximum))
    amounts = try decoder.list(atMost: SettleBatch.adapterMaximum)
  }
}

extension BatchContents {
  /// What ``SettleBatch/blob`` must be: SHA-256 of the encoding, by which a store finds it.
  public var blob: Digest { SHA256.digest(of: canonicalBytes) }

  public var receiptsTree: MerkleTree {
    var hasher = LeafHasher(byteCount: ReceiptLeaf.byteCount)
    return MerkleTree(leafHashes: receipts.map { $0.hash(by: &hasher) })
  }

  /// What each channel pays for each adapter: where its leaves' sums end.
  public var draws: [BatchDraw] {
    var draws: [BatchDraw] = []
    for leaf in receipts {
      if let last = draws.last, last.channel == leaf.channel, last.adapter == leaf.adapter {
        draws.removeLast()
        draws.append(leaf.draw(receiptCount: last.receiptCount + 1))
      } else {
        draws.append(leaf.draw(receiptCount: 1))
      }
    }
    return draws
  }

  /// What the server submits.
  public var message: SettleBatch {
    SettleBatch(
      terms: terms, draws: draws,
      amounts: amounts.map {
        AmountsTree(
          adapter: $0.adapter, root: $0.tree.root, leafCount: UInt32($0.leaves.count))
      },
      receiptsRoot: receiptsTree.root, blob: blob)
  }

  /// The index of the leaf of an order's receipt.
  public func index(of order: Order) -> Int? {
    receipts.firstIndex { $0.channel == order.channel && $0.number == order.number }
  }
}

extension AdapterAmounts {
  public var tree: MerkleTree {
    var hasher = LeafHasher(byteCount: AmountLeaf.byteCount)
    return MerkleTree(leafHashes: leaves.map { $0.hash(by: &hasher) })
  }
}

extension ReceiptLeaf {
  /// Its node in the receipts tree.
  func hash(by hasher: inout LeafHasher) -> Digest {
    hasher.append(channel.digest)
    hasher.append(adapter.digest)
    hasher.append(number)
    hasher.append(receipt)
    hasher.append(order)
    hasher.append(tokensIn)
    hasher.append(tokensOut)
    hasher.append(fee.baseUnits)
    hasher.append(payouts.baseUnits)
    hasher.append(refund.baseUnits)
    hasher.append(feeSum.baseUnits)
    hasher.append(payoutsSum.baseUnits)
    hasher.append(refundSum.baseUnits)
    return hasher.finish()
  }

  fileprivate func draw(receiptCount: UInt32) -> BatchDraw {
    BatchDraw(
      channel: channel, adapter: adapter, receiptCount: receiptCount, highestNumber: number,
      fee: feeSum, payouts: payoutsSum, refund: refundSum)
  }
}

extension AmountLeaf {
  /// Its node in the amounts tree.
  func hash(by hasher: inout LeafHasher) -> Digest {
    hasher.append(payee.digest)
    hasher.append(receipt)
    hasher.append(amount.baseUnits)
    hasher.append(sum.baseUnits)
    hasher.append(ownSum.baseUnits)
    return hasher.finish()
  }
}

extension SignedOrder {
  /// What a ``ReceiptLeaf`` names: signature and all, so that an unsigned order is shown by itself.
  public var digest: Digest { Digest(domain: "whence/signed-order", hashing: self) }
}

extension BatchContents {
  /// Everything that could show this batch to be wrong, one by one: what a challenger tries.
  ///
  /// Cost: each leaf is opened a few times; for audits of batches that are not huge.
  public var allEvidence: [BatchEvidence] {
    let tree = receiptsTree
    let opened = receipts.indices.map {
      OpenedReceipt(leaf: receipts[$0], proof: tree.proof(ofLeaf: $0))
    }
    var evidence = opened.map(BatchEvidence.receipt)
    evidence += zip(opened, opened.dropFirst()).map(BatchEvidence.adjacentReceipts)
    evidence += zip(opened, orders).map(BatchEvidence.order)
    let byNumber = opened.sorted {
      ($0.leaf.channel, $0.leaf.number) < ($1.leaf.channel, $1.leaf.number)
    }
    evidence += zip(byNumber, byNumber.dropFirst()).map(BatchEvidence.sameNumber)
    for part in amounts {
      let tree = part.tree
      let amounts = part.leaves.indices.map {
        OpenedAmount(leaf: part.leaves[$0], proof: tree.proof(ofLeaf: $0))
      }
      evidence += amounts.map { .amount(adapter: part.adapter, opened: $0) }
      evidence += zip(amounts, amounts.dropFirst()).map {
        .adjacentAmounts(adapter: part.adapter, first: $0, second: $1)
      }
      for (index, receipt) in opened.enumerated() where receipt.leaf.adapter == part.adapter {
        let own = amounts.filter { Int($0.leaf.receipt) == index }
        if !own.isEmpty { evidence.append(.overpaid(opened: receipt, amounts: own)) }
      }
    }
    return evidence
  }
}
