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
    merkleTree(over: receipts, each: ReceiptLeaf.byteCount)
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

  /// The bytes that a server publishes and the message that it submits, from one encoding: leaves
  /// are hashed where they stand in it.
  ///
  /// Cost: about two microseconds a receipt with eight payees.
  public func encoded() -> EncodedBatch {
    var encoder = CanonicalEncoder(reserving: byteCount)
    encode(to: &encoder)
    let bytes = encoder.bytes
    precondition(bytes.count == byteCount, "every field has the width it is said to have")
    var start = Digest.byteCount + 4
    let receiptBytes = bytes[start..<start + receipts.count * ReceiptLeaf.byteCount]
    start = receiptBytes.endIndex + 4 + orders.reduce(0) { $0 + $1.byteCount } + 4
    var trees: [AmountsTree] = []
    for part in amounts {
      start += Digest.byteCount + 4
      let leaves = bytes[start..<start + part.leaves.count * AmountLeaf.byteCount]
      trees.append(
        AmountsTree(
          adapter: part.adapter,
          root: MerkleTree(fixedLeaves: leaves, of: AmountLeaf.byteCount).root,
          leafCount: UInt32(part.leaves.count)))
      start = leaves.endIndex
    }
    let message = SettleBatch(
      terms: terms, draws: draws, amounts: trees,
      receiptsRoot: MerkleTree(fixedLeaves: receiptBytes, of: ReceiptLeaf.byteCount).root,
      blob: SHA256.digest(of: bytes))
    return EncodedBatch(bytes: bytes, message: message)
  }

  /// Of the encoding.
  private var byteCount: Int {
    let lists =
      receipts.count * ReceiptLeaf.byteCount + orders.reduce(0) { $0 + $1.byteCount }
      + amounts.reduce(0) { $0 + Digest.byteCount + 4 + $1.leaves.count * AmountLeaf.byteCount }
    return Digest.byteCount + 3 * 4 + lists
  }

  /// What the server submits.
  public var message: SettleBatch { encoded().message }

  /// The leaf before one in its draw, which shows what the one takes of the batch; nil for the first.
  public func before(leaf place: Int, in batch: BatchRecord) -> OpenedReceipt? {
    guard let first = batch.draw(ofLeaf: UInt64(place))?.first, UInt64(place) > first else {
      return nil
    }
    return OpenedReceipt(
      leaf: receipts[place - 1], proof: receiptsTree.proof(ofLeaf: place - 1))
  }

  /// What shows a fault, with what shows how much the receipt that it accuses takes of the batch.
  public func proof(_ shown: BatchEvidence, in batch: BatchRecord) -> FaultEvidence {
    .arithmetic(
      shown: shown,
      before: shown.accusedReceipt.flatMap {
        before(leaf: Int($0.proof.leafIndex), in: batch)
      })
  }

  /// The index of the leaf of an order's receipt.
  public func index(of order: Order) -> Int? {
    receipts.firstIndex { $0.channel == order.channel && $0.number == order.number }
  }
}

extension AdapterAmounts {
  public var tree: MerkleTree {
    merkleTree(over: leaves, each: AmountLeaf.byteCount)
  }
}

/// A batch as its server publishes it, and what it submits of it.
public struct EncodedBatch: Hashable, Sendable {
  /// The contents' encoding: the blob that the message names.
  public let bytes: [UInt8]
  public let message: SettleBatch
}

private func merkleTree(
  over leaves: [some CanonicalCodable], each byteCount: Int
) -> MerkleTree {
  var encoder = CanonicalEncoder(reserving: leaves.count * byteCount)
  for leaf in leaves { encoder.encode(leaf) }
  return MerkleTree(fixedLeaves: encoder.bytes[...], of: byteCount)
}

extension ReceiptLeaf {
  fileprivate func draw(receiptCount: UInt32) -> BatchDraw {
    BatchDraw(
      channel: channel, adapter: adapter, receiptCount: receiptCount, highestNumber: number,
      fee: feeSum, payouts: payoutsSum, refund: refundSum)
  }
}

extension SignedOrder {
  /// What a ``ReceiptLeaf`` names: signature and all, so that an unsigned order is shown by itself.
  public var digest: Digest {
    Digest(domain: "whence/signed-order", hashing: canonicalBytes(reserving: byteCount))
  }

  /// Of the encoding.
  var byteCount: Int {
    261 + order.ensemble.count * EnsemblePart.byteCount + Signature.byteCount
  }
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
