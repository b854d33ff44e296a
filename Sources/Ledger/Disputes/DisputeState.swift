public import CanonicalCoding
public import Primitives

/// The subject of dispute identifiers.
public enum Dispute: CreatedSubject { public static let domain = "whence/dispute" }

/// What a verifier finds.
public enum Verdict: UInt16, NameCodable, Hashable, CanonicalCodable {
  /// What is disputed is right, within tolerance; or the opener's own payouts are wrong.
  case sound = 1
  /// What is disputed is wrong, and what the opener names is right.
  case faulty = 2
  /// The verifier can't say, and nobody is to blame for it: it counts for neither side.
  case undecidable = 3
  /// Nobody can say, because the accused does not show what he has to.
  case withheld = 4

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let verdict = Verdict(rawValue: tag) else { throw .unknownTag(tag) }
    self = verdict
  }
}

/// How a dispute ended.
public enum DisputeOutcome: UInt16, NameCodable, Hashable, CanonicalCodable {
  /// The accused gave in or was silent, or the majority found a fault.
  case upheld = 1
  /// The majority found no fault.
  case rejected = 2
  /// Nobody decided, or there was nothing left to decide; all bonds returned.
  case dismissed = 3
  /// The accused did not show what decides it: he has lost, and nobody has won.
  case withheld = 4

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let outcome = DisputeOutcome(rawValue: tag) else { throw .unknownTag(tag) }
    self = outcome
  }
}

/// How far a dispute is.
public enum DisputePhase: Hashable, Sendable {
  /// The accused may answer; silence until the deadline upholds the dispute.
  case answering(until: Deadline)
  /// The header before the first block past the deadline draws the panel.
  case drawing(from: Deadline)
  /// The panel commits until the first deadline, then reveals until the second.
  case voting(commitUntil: Deadline, revealUntil: Deadline)
  case closed(DisputeOutcome)
}

extension DisputePhase: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .answering(let until):
      encoder.encode(tag: 1)
      encoder.encode(until)
    case .drawing(let from):
      encoder.encode(tag: 2)
      encoder.encode(from)
    case .voting(let commitUntil, let revealUntil):
      encoder.encode(tag: 3)
      encoder.encode(commitUntil)
      encoder.encode(revealUntil)
    case .closed(let value):
      encoder.encode(tag: 4)
      encoder.encode(value)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .answering(until: try decoder.decode())
    case 2: self = .drawing(from: try decoder.decode())
    case 3: self = .voting(commitUntil: try decoder.decode(), revealUntil: try decoder.decode())
    case 4: self = .closed(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// A drawn verifier's place in a panel.
public struct PanelSeat: Hashable, CanonicalCodable {
  public var verifier: Identifier<Account>
  public var commitment: Digest?
  public var verdict: Verdict?

  public init(verifier: Identifier<Account>, commitment: Digest?, verdict: Verdict?) {
    self.verifier = verifier
    self.commitment = commitment
    self.verdict = verdict
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(verifier)
    encoder.encode(optional: commitment)
    encoder.encode(optional: verdict)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    verifier = try decoder.decode()
    commitment = try decoder.optional()
    verdict = try decoder.optional()
  }
}

/// A dispute of level 3; the opener's bond is part of ``Holder/disputeBonds`` until it ends.
public struct DisputeRecord: Hashable, CanonicalCodable {
  public var opener: Identifier<Account>
  public var accused: Identifier<Account>
  public var target: DisputeTarget
  public var bond: Amount
  public var openedAt: Height
  public var openerGrounds: Digest
  public var accusedGrounds: Digest?
  /// 1, or 2 after a panel without quorum or majority.
  public var round: UInt8
  public var phase: DisputePhase
  /// Strictly sorted by verifier.
  public var panel: [PanelSeat]
  /// Whether the panel was too small for its verdict to be more than the operator's word.
  public var isOperatorFinal: Bool

  public init(
    opener: Identifier<Account>, accused: Identifier<Account>, target: DisputeTarget, bond: Amount,
    openedAt: Height, openerGrounds: Digest, accusedGrounds: Digest?, round: UInt8,
    phase: DisputePhase, panel: [PanelSeat], isOperatorFinal: Bool
  ) {
    self.opener = opener
    self.accused = accused
    self.target = target
    self.bond = bond
    self.openedAt = openedAt
    self.openerGrounds = openerGrounds
    self.accusedGrounds = accusedGrounds
    self.round = round
    self.phase = phase
    self.panel = panel
    self.isOperatorFinal = isOperatorFinal
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(opener)
    encoder.encode(accused)
    encoder.encode(target)
    encoder.encode(bond)
    encoder.encode(openedAt)
    encoder.encode(openerGrounds)
    encoder.encode(optional: accusedGrounds)
    encoder.encode(round)
    encoder.encode(phase)
    encoder.encode(list: panel)
    encoder.encode(isOperatorFinal)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    opener = try decoder.decode()
    accused = try decoder.decode()
    target = try decoder.decode()
    bond = try decoder.decode()
    openedAt = try decoder.decode()
    openerGrounds = try decoder.decode()
    accusedGrounds = try decoder.optional()
    round = try decoder.decode()
    phase = try decoder.decode()
    panel = try decoder.list(atMost: DisputeParameters.panelMaximum)
    isOperatorFinal = try decoder.decode()
  }
}

/// What a dispute about a query changes if it is upheld.
public struct DisputedPayouts: Hashable, CanonicalCodable {
  public var channel: Identifier<Channel>
  public var adapter: Identifier<Adapter>
  /// As the batch has them.
  public var wrong: RightPayouts
  public var right: RightPayouts

  public init(
    channel: Identifier<Channel>, adapter: Identifier<Adapter>, wrong: RightPayouts,
    right: RightPayouts
  ) {
    self.channel = channel
    self.adapter = adapter
    self.wrong = wrong
    self.right = right
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(adapter)
    encoder.encode(wrong)
    encoder.encode(right)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    adapter = try decoder.decode()
    wrong = try decoder.decode()
    right = try decoder.decode()
  }
}

extension StateReader {
  public func dispute(_ id: Identifier<Dispute>) -> DisputeRecord? { record(.dispute(id)) }

  /// The open dispute about a target; nil if there is none.
  public func openDispute(about target: DisputeTarget) -> Identifier<Dispute>? {
    record(.openDispute(target))
  }

  public func dataDemand(_ piece: DataPiece) -> DataDemandRecord? { record(.dataDemand(piece)) }
}

/// A receipt of a batch, by its leaf's index.
public struct BatchLeafName: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var leaf: UInt32

  public init(batch: Identifier<Batch>, leaf: UInt32) {
    self.batch = batch
    self.leaf = leaf
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(leaf)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    leaf = try decoder.decode()
  }
}

extension StateKey {
  /// What correcting a receipt took of its refund and handed out; nil if it is not corrected.
  public static func correctedReceipt(_ name: BatchLeafName) -> StateKey<Amount> {
    .init(.correctedReceipts, name)
  }

  public static func dispute(_ id: Identifier<Dispute>) -> StateKey<DisputeRecord> {
    .init(.disputes, id)
  }

  public static func openDispute(_ target: DisputeTarget) -> StateKey<Identifier<Dispute>> {
    .init(.openDisputes, target)
  }

  public static func disputedPayouts(
    _ id: Identifier<Dispute>
  ) -> StateKey<DisputedPayouts> { .init(.disputedPayouts, id) }

  public static func dataDemand(_ piece: DataPiece) -> StateKey<DataDemandRecord> {
    .init(.dataDemands, piece)
  }
}
