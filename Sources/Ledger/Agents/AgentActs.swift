public import CanonicalCoding
public import Cryptography
public import Primitives

/// What an agent's key may do with the money in its purse.
public enum AgentAct: Hashable, Sendable {
  /// Prepays a server; what is left when the channel closes returns to the purse.
  case openChannel(OpenChannel)
  /// One that the agent opened.
  case topUpChannel(TopUpChannel)
  case pay(Transfer)
}

extension AgentAct: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "openChannel", "topUpChannel", "pay",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .openChannel(let message):
      encoder.encode(tag: 1)
      encoder.encode(message)
    case .topUpChannel(let message):
      encoder.encode(tag: 2)
      encoder.encode(message)
    case .pay(let message):
      encoder.encode(tag: 3)
      encoder.encode(message)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .openChannel(try decoder.decode())
    case 2: self = .topUpChannel(try decoder.decode())
    case 3: self = .pay(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// Spends from an agent's purse within its budget; the act of the agent's key.
public struct ActAsAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var act: AgentAct

  public init(agent: Identifier<Agent>, act: AgentAct) {
    self.agent = agent
    self.act = act
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(act)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    act = try decoder.decode()
  }
}

/// One thing an agent did: a leaf under ``ActionReceipt/actions``.
public struct ActionRecord: Hashable, CanonicalCodable {
  /// In bytes of UTF-8.
  public static let toolMaximum = 64

  /// Which model, tool or other agent was called, as the manifest names it.
  public var tool: String
  /// Salted digest of what went in.
  public var input: Digest
  /// Salted digest of what came out.
  public var output: Digest
  /// Of the answer's receipt, if the call was a paid answer.
  public var receipt: Digest?
  public var spent: Amount

  public init(tool: String, input: Digest, output: Digest, receipt: Digest?, spent: Amount) {
    self.tool = tool
    self.input = input
    self.output = output
    self.receipt = receipt
    self.spent = spent
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: tool)
    encoder.encode(input)
    encoder.encode(output)
    encoder.encode(optional: receipt)
    encoder.encode(spent)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    tool = try decoder.text(atMost: ActionRecord.toolMaximum)
    input = try decoder.decode()
    output = try decoder.decode()
    receipt = try decoder.optional()
    spent = try decoder.decode()
  }
}

/// What an agent says it did in one run.
public struct ActionReceipt: Hashable, CanonicalCodable {
  public var chain: Identifier<Chain>
  public var agent: Identifier<Agent>
  /// Of the terms under which it acted; their key signs.
  public var version: UInt32
  /// One receipt a number; higher than every number recorded before.
  public var run: UInt64
  /// The budget window it spent in.
  public var window: UInt64
  /// Root of the list tree over the ``ActionRecord``s.
  public var actions: Digest
  public var count: UInt32
  /// By all actions together.
  public var spent: Amount

  public init(
    chain: Identifier<Chain>, agent: Identifier<Agent>, version: UInt32, run: UInt64,
    window: UInt64, actions: Digest, count: UInt32, spent: Amount
  ) {
    self.chain = chain
    self.agent = agent
    self.version = version
    self.run = run
    self.window = window
    self.actions = actions
    self.count = count
    self.spent = spent
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(chain)
    encoder.encode(agent)
    encoder.encode(version)
    encoder.encode(run)
    encoder.encode(window)
    encoder.encode(actions)
    encoder.encode(count)
    encoder.encode(spent)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    chain = try decoder.decode()
    agent = try decoder.decode()
    version = try decoder.decode()
    run = try decoder.decode()
    window = try decoder.decode()
    actions = try decoder.decode()
    count = try decoder.decode()
    spent = try decoder.decode()
  }
}

extension ActionReceipt {
  /// What is signed.
  public var signedDigest: Digest { Digest(domain: "whence/agent-receipt", hashing: self) }

  public func signed(by key: SigningKey) -> SignedActionReceipt {
    SignedActionReceipt(receipt: self, signature: key.sign(signedDigest.bytes))
  }
}

/// A receipt with the signature of its agent's key.
public struct SignedActionReceipt: Hashable, CanonicalCodable {
  public var receipt: ActionReceipt
  public var signature: Signature

  public init(receipt: ActionReceipt, signature: Signature) {
    self.receipt = receipt
    self.signature = signature
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(receipt)
    encoder.encode(signature)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    receipt = try decoder.decode()
    signature = try decoder.decode()
  }
}

/// Puts what an agent did in one run on the ledger; the act of its owner or its key.
public struct RecordActions: Hashable, CanonicalCodable {
  public var receipt: SignedActionReceipt

  public init(receipt: SignedActionReceipt) { self.receipt = receipt }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(receipt) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    receipt = try decoder.decode()
  }
}
