public import CanonicalCoding
public import Cryptography
public import Primitives

/// A receipt leaf with the path that proves it stands in its batch.
public struct OpenedReceipt: Hashable, CanonicalCodable {
  public var leaf: ReceiptLeaf
  public var proof: InclusionProof

  public init(leaf: ReceiptLeaf, proof: InclusionProof) {
    self.leaf = leaf
    self.proof = proof
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(leaf)
    encoder.encode(proof)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    leaf = try decoder.decode()
    proof = try decoder.decode()
  }
}

/// A receipt leaf in its place, and the order that it names.
public struct OpenedOrder: Hashable, CanonicalCodable {
  public var opened: OpenedReceipt
  public var order: SignedOrder

  public init(opened: OpenedReceipt, order: SignedOrder) {
    self.opened = opened
    self.order = order
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(opened)
    encoder.encode(order)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    opened = try decoder.decode()
    order = try decoder.decode()
  }
}

/// An amount leaf with the path that proves it stands in its tree.
public struct OpenedAmount: Hashable, CanonicalCodable {
  public var leaf: AmountLeaf
  public var proof: InclusionProof

  public init(leaf: AmountLeaf, proof: InclusionProof) {
    self.leaf = leaf
    self.proof = proof
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(leaf)
    encoder.encode(proof)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    leaf = try decoder.decode()
    proof = try decoder.decode()
  }
}

extension OpenedReceipt {
  /// Whether the leaf stands in this batch, at its proof's index.
  public func stands(in batch: BatchRecord) -> Bool {
    proof.leafCount == UInt64(batch.receiptCount)
      && proof.proves(leaf.canonicalBytes, under: batch.receiptsRoot)
  }
}

extension OpenedAmount {
  /// Whether the leaf stands in this tree, at its proof's index.
  public func stands(in amounts: BatchAmountsRecord) -> Bool {
    proof.leafCount == UInt64(amounts.leafCount)
      && proof.proves(leaf.canonicalBytes, under: amounts.root)
  }
}

extension ReceiptSettlement {
  /// Whether the leaf stands in this batch, and the batch was not proved wrong.
  public func isOn(_ batch: BatchRecord) -> Bool {
    batch.status != .voided && opened.stands(in: batch)
  }
}

/// Where a receipt was settled: what a payer keeps beside it.
public struct ReceiptSettlement: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var opened: OpenedReceipt

  public init(batch: Identifier<Batch>, opened: OpenedReceipt) {
    self.batch = batch
    self.opened = opened
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(opened)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    opened = try decoder.decode()
  }
}
