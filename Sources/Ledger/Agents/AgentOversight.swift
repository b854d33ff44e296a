public import CanonicalCoding
public import Cryptography

/// Demands one action of a recorded run in the open, with a deposit.
public struct DemandAction: Hashable, CanonicalCodable {
  public var action: AgentActionName

  public init(action: AgentActionName) { self.action = action }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(action) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    action = try decoder.decode()
  }
}

/// Answers a demand; the deposit goes to the agent's owner.
public struct ServeAction: Hashable, CanonicalCodable {
  public var action: AgentActionName
  public var content: ActionRecord
  /// Of the content's encoding under ``ActionReceipt/actions``.
  public var proof: InclusionProof

  public init(action: AgentActionName, content: ActionRecord, proof: InclusionProof) {
    self.action = action
    self.content = content
    self.proof = proof
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(action)
    encoder.encode(content)
    encoder.encode(proof)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    action = try decoder.decode()
    content = try decoder.decode()
    proof = try decoder.decode()
  }
}

/// Proves that an agent signed two different receipts for one run.
public struct ReportContradiction: Hashable, CanonicalCodable {
  public var one: SignedActionReceipt
  public var other: SignedActionReceipt

  public init(one: SignedActionReceipt, other: SignedActionReceipt) {
    self.one = one
    self.other = other
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(one)
    encoder.encode(other)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    one = try decoder.decode()
    other = try decoder.decode()
  }
}

/// Proves that an agent signed for more spending in one budget window than its cap.
public struct ReportOverspending: Hashable, CanonicalCodable {
  public static let receiptMaximum = 64

  /// Of one agent and window, by rising run number.
  public var receipts: [SignedActionReceipt]

  public init(receipts: [SignedActionReceipt]) { self.receipts = receipts }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: receipts) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    receipts = try decoder.list(atMost: ReportOverspending.receiptMaximum)
  }
}
