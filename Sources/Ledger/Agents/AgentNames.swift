public import CanonicalCoding
public import Primitives

/// One of the terms that an agent's owner declared.
public struct AgentVersionName: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var version: UInt32

  public init(agent: Identifier<Agent>, version: UInt32) {
    self.agent = agent
    self.version = version
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(version)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    version = try decoder.decode()
  }
}

/// One of an agent's budget windows.
public struct AgentWindowName: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var number: UInt64

  public init(agent: Identifier<Agent>, number: UInt64) {
    self.agent = agent
    self.number = number
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(number)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    number = try decoder.decode()
  }
}

/// One of an agent's runs.
public struct AgentRunName: Hashable, CanonicalCodable {
  public var agent: Identifier<Agent>
  public var run: UInt64

  public init(agent: Identifier<Agent>, run: UInt64) {
    self.agent = agent
    self.run = run
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(agent)
    encoder.encode(run)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    agent = try decoder.decode()
    run = try decoder.decode()
  }
}

/// One action of a run, by its place among the run's actions.
public struct AgentActionName: Hashable, CanonicalCodable {
  public var run: AgentRunName
  public var index: UInt32

  public init(run: AgentRunName, index: UInt32) {
    self.run = run
    self.index = index
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(index)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    index = try decoder.decode()
  }
}

/// Something an agent is punished for once.
public enum AgentOffence: Hashable, Sendable {
  case contradiction(AgentRunName)
  case overspending(AgentWindowName)
}

extension AgentOffence: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .contradiction(let run):
      encoder.encode(tag: 1)
      encoder.encode(run)
    case .overspending(let window):
      encoder.encode(tag: 2)
      encoder.encode(window)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .contradiction(try decoder.decode())
    case 2: self = .overspending(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
