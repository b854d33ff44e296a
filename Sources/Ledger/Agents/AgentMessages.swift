public import CanonicalCoding
public import Cryptography
public import Primitives

/// Registers an agent of the signer's, with a bond behind what it will sign.
public struct RegisterAgent: Hashable, CanonicalCodable {
  /// In bytes of UTF-8.
  public static let nameMaximum = 64

  public var name: String
  public var terms: AgentTerms
  public var bond: Amount

  public init(name: String, terms: AgentTerms, bond: Amount) {
    self.name = name
    self.terms = terms
    self.bond = bond
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: name)
    encoder.encode(terms)
    encoder.encode(bond)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: RegisterAgent.nameMaximum)
    terms = try decoder.decode()
    bond = try decoder.decode()
  }
}

/// What an agent's owner declares of it, and may declare anew.
public struct AgentTerms: Hashable, CanonicalCodable {
  /// Of the published manifest: what the agent is, which models and tools it uses.
  public var manifest: Digest
  /// Signs the agent's receipts; its account acts for the agent within the budget.
  public var key: PublicKey
  /// For each answer that the agent has part in, on top of the answer's fee, to the owner.
  public var price: Amount
  /// The most that leaves the purse in one budget window.
  public var cap: Amount

  public init(manifest: Digest, key: PublicKey, price: Amount, cap: Amount) {
    self.manifest = manifest
    self.key = key
    self.price = price
    self.cap = cap
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(manifest)
    encoder.encode(key)
    encoder.encode(price)
    encoder.encode(cap)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    manifest = try decoder.decode()
    key = try decoder.decode()
    price = try decoder.decode()
    cap = try decoder.decode()
  }
}

/// Declares an agent's terms anew; a new cap holds from the next budget window on.
public struct UpdateAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var terms: AgentTerms

  public init(agent: Identifier<Agent>, terms: AgentTerms) {
    self.agent = agent
    self.terms = terms
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(terms)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    terms = try decoder.decode()
  }
}

/// Moves the signer's money into an agent's purse, where it belongs to the agent's owner.
public struct FundAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var amount: Amount

  public init(agent: Identifier<Agent>, amount: Amount) {
    self.agent = agent
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Moves money from an agent's purse to its owner; no cap applies.
public struct DefundAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var amount: Amount

  public init(agent: Identifier<Agent>, amount: Amount) {
    self.agent = agent
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Adds to an agent's bond, as after it was slashed.
public struct BondAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var amount: Amount

  public init(agent: Identifier<Agent>, amount: Amount) {
    self.agent = agent
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Stops an agent from acting, or lets it act again.
public struct PauseAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var isPaused: Bool

  public init(agent: Identifier<Agent>, isPaused: Bool) {
    self.agent = agent
    self.isPaused = isPaused
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(isPaused)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    isPaused = try decoder.decode()
  }
}

/// Ends an agent: after a window in which it can still be punished, bond and purse return.
public struct RetireAgent: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>

  public init(agent: Identifier<Agent>) { self.agent = agent }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(agent) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
  }
}
