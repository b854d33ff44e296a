public import CanonicalCoding
public import Primitives

/// An adapter that another one builds on, and its part of the other's earnings.
public struct AdapterParent: Hashable, CanonicalCodable {
  public var adapter: Identifier<Adapter>
  /// Of what the child's owner earns; the parent's own parents have theirs of this.
  public var share: Share

  public init(adapter: Identifier<Adapter>, share: Share) {
    self.adapter = adapter
    self.share = share
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(adapter)
    encoder.encode(share)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
    share = try decoder.decode()
  }
}

/// Offers a run's adapter at a price; the act of the run's owner.
public struct PublishAdapter: Hashable, CanonicalCodable {
  public static let nameMaximum = 64
  public static let parentMaximum = 4

  public var run: Identifier<Run>
  public var name: String
  /// For 1000 tokens read.
  public var rateIn: Amount
  /// For 1000 tokens written.
  public var rateOut: Amount
  /// Positive shares of at most the whole together; strictly sorted by adapter.
  public var parents: [AdapterParent]
  /// The line that this is a new version of, to be promoted later; nil opens a line of its own.
  public var line: Identifier<AdapterLine>?

  public init(
    run: Identifier<Run>, name: String, rateIn: Amount, rateOut: Amount,
    parents: [AdapterParent] = [], line: Identifier<AdapterLine>? = nil
  ) {
    self.run = run
    self.name = name
    self.rateIn = rateIn
    self.rateOut = rateOut
    self.parents = parents
    self.line = line
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(text: name)
    encoder.encode(rateIn)
    encoder.encode(rateOut)
    encoder.encode(list: parents)
    encoder.encode(optional: line)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    name = try decoder.text(atMost: PublishAdapter.nameMaximum)
    rateIn = try decoder.decode()
    rateOut = try decoder.decode()
    parents = try decoder.list(atMost: PublishAdapter.parentMaximum)
    line = try decoder.optional()
  }
}

/// Announces a price that takes effect after a notice; the act of the adapter's owner.
public struct ChangeRates: Hashable, CanonicalCodable {
  public var adapter: Identifier<Adapter>
  public var rateIn: Amount
  public var rateOut: Amount

  public init(adapter: Identifier<Adapter>, rateIn: Amount, rateOut: Amount) {
    self.adapter = adapter
    self.rateIn = rateIn
    self.rateOut = rateOut
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(adapter)
    encoder.encode(rateIn)
    encoder.encode(rateOut)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
    rateIn = try decoder.decode()
    rateOut = try decoder.decode()
  }
}

/// Makes an adapter the one its line recommends; the act of its owner.
public struct PromoteAdapter: Hashable, CanonicalCodable {
  public var adapter: Identifier<Adapter>

  public init(adapter: Identifier<Adapter>) { self.adapter = adapter }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(adapter) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
  }
}

/// Makes a line recommend what it recommended before; the act of its owner.
public struct RollBackAdapter: Hashable, CanonicalCodable {
  public var line: Identifier<AdapterLine>

  public init(line: Identifier<AdapterLine>) { self.line = line }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(line) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    line = try decoder.decode()
  }
}

/// Takes an adapter off the market for good; the act of its owner.
public struct RetireAdapter: Hashable, CanonicalCodable {
  public var adapter: Identifier<Adapter>

  public init(adapter: Identifier<Adapter>) { self.adapter = adapter }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(adapter) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
  }
}
