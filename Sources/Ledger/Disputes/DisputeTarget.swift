public import CanonicalCoding
public import Primitives

/// A part of a run record that can be recomputed.
public enum RunPiece: Hashable, Sendable {
  /// A record's row of the index.
  case row(UInt32)
  case decoyRow(UInt32)
  /// The training: manifest, recipe and seed do not give the adapter.
  case replay
  case uplift
}

extension RunPiece: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "row", "decoyRow", "replay", "uplift",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .row(let value):
      encoder.encode(tag: 1)
      encoder.encode(value)
    case .decoyRow(let value):
      encoder.encode(tag: 2)
      encoder.encode(value)
    case .replay: encoder.encode(tag: 3)
    case .uplift: encoder.encode(tag: 4)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .row(try decoder.decode())
    case 2: self = .decoyRow(try decoder.decode())
    case 3: self = .replay
    case 4: self = .uplift
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// What a dispute says is wrong, with all that the ledger needs to put it right.
public enum DisputeClaim: Hashable, Sendable {
  /// The query vector is not the answer's gradient, and these payouts are the right ones.
  case query(
    batch: Identifier<Batch>, opened: OpenedReceipt, receipt: Receipt, right: RightPayouts)
  /// The model does not give this answer.
  ///
  /// The leaf before in its draw, if there is one, shows what the receipt takes of the batch.
  case answer(batch: Identifier<Batch>, opened: OpenedReceipt, before: OpenedReceipt?)
  /// A piece of a run is wrong, and what it brought is rightly shared like this.
  case run(run: Identifier<Run>, piece: RunPiece, right: PayShares = PayShares())
  /// An agent's action is not what it did.
  case action(AgentActionName)
}

extension DisputeClaim: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "query", "answer", "run", "action",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .query(let batch, let opened, let receipt, let right):
      encoder.encode(tag: 1)
      encoder.encode(batch)
      encoder.encode(opened)
      encoder.encode(receipt)
      encoder.encode(right)
    case .answer(let batch, let opened, let before):
      encoder.encode(tag: 2)
      encoder.encode(batch)
      encoder.encode(opened)
      encoder.encode(optional: before)
    case .run(let run, let piece, let right):
      encoder.encode(tag: 3)
      encoder.encode(run)
      encoder.encode(piece)
      encoder.encode(right)
    case .action(let value):
      encoder.encode(tag: 4)
      encoder.encode(value)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1:
      self = .query(
        batch: try decoder.decode(), opened: try decoder.decode(), receipt: try decoder.decode(),
        right: try decoder.decode())
    case 2:
      self = .answer(
        batch: try decoder.decode(), opened: try decoder.decode(), before: try decoder.optional())
    case 3:
      self = .run(
        run: try decoder.decode(), piece: try decoder.decode(), right: try decoder.decode())
    case 4: self = .action(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// What a receipt should have paid to contributors and back to its payer.
public struct RightPayouts: Hashable, CanonicalCodable {
  /// Positive, strictly sorted by account.
  public var payouts: [Payout]
  public var refund: Amount

  public init(payouts: [Payout], refund: Amount) {
    self.payouts = payouts
    self.refund = refund
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: payouts)
    encoder.encode(refund)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    payouts = try decoder.list(atMost: Receipt.payoutMaximum)
    refund = try decoder.decode()
  }
}

/// What a dispute is about, by name: one open dispute each.
public enum DisputeTarget: Hashable, Sendable {
  /// With the digest of the payouts that are said to be right: whoever names wrong ones, as the
  /// accused himself might, keeps nobody from naming others.
  case query(batch: Identifier<Batch>, leaf: UInt32, right: Digest)
  case answer(batch: Identifier<Batch>, leaf: UInt32)
  /// With the digest of the shares that are said to be right.
  case run(run: Identifier<Run>, piece: RunPiece, right: Digest)
  case action(AgentActionName)
}

extension DisputeTarget: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .query(let batch, let leaf, let right):
      encoder.encode(tag: 1)
      encoder.encode(batch)
      encoder.encode(leaf)
      encoder.encode(right)
    case .answer(let batch, let leaf):
      encoder.encode(tag: 2)
      encoder.encode(batch)
      encoder.encode(leaf)
    case .run(let run, let piece, let right):
      encoder.encode(tag: 3)
      encoder.encode(run)
      encoder.encode(piece)
      encoder.encode(right)
    case .action(let value):
      encoder.encode(tag: 4)
      encoder.encode(value)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1:
      self = .query(
        batch: try decoder.decode(), leaf: try decoder.decode(), right: try decoder.decode())
    case 2: self = .answer(batch: try decoder.decode(), leaf: try decoder.decode())
    case 3:
      self = .run(
        run: try decoder.decode(), piece: try decoder.decode(), right: try decoder.decode())
    case 4: self = .action(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
