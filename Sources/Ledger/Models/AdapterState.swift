public import CanonicalCoding
public import Primitives

/// The subject of adapter identifiers: a run's adapter offered at a price.
public enum Adapter: CreatedSubject { public static let domain = "whence/adapter" }

/// The subject of line identifiers: the adapters that succeed one another under a name.
public enum AdapterLine: CreatedSubject { public static let domain = "whence/adapter-line" }

/// An adapter on offer.
public struct AdapterRecord: Hashable, CanonicalCodable {
  /// How many adapters may have a part of one's earnings, itself included and each counted once a
  /// path: bounds width and depth at once.
  public static let lineageMaximum = 32

  public var owner: Identifier<Account>
  /// The offer with the rates now in force.
  public var offer: PublishAdapter
  public var line: Identifier<AdapterLine>
  /// How many adapters have a part of its earnings, itself included, each counted once a path.
  public var lineage: UInt8
  public var nextRates: TimedRates?
  public var formerRates: TimedRates?
  /// When the last answer settles; nil while on offer.
  public var retires: Deadline?

  public init(
    owner: Identifier<Account>, offer: PublishAdapter, line: Identifier<AdapterLine>,
    lineage: UInt8, nextRates: TimedRates? = nil, formerRates: TimedRates? = nil,
    retires: Deadline? = nil
  ) {
    self.owner = owner
    self.offer = offer
    self.line = line
    self.lineage = lineage
    self.nextRates = nextRates
    self.formerRates = formerRates
    self.retires = retires
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(offer)
    encoder.encode(line)
    encoder.encode(lineage)
    encoder.encode(optional: nextRates)
    encoder.encode(optional: formerRates)
    encoder.encode(optional: retires)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    offer = try decoder.decode()
    line = try decoder.decode()
    lineage = try decoder.decode()
    nextRates = try decoder.optional()
    formerRates = try decoder.optional()
    retires = try decoder.optional()
  }
}

/// Rates, and the moment from which, or until which, they are in force.
public struct TimedRates: Hashable, CanonicalCodable {
  public var rateIn: Amount
  public var rateOut: Amount
  public var deadline: Deadline

  public init(rateIn: Amount, rateOut: Amount, deadline: Deadline) {
    self.rateIn = rateIn
    self.rateOut = rateOut
    self.deadline = deadline
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(rateIn)
    encoder.encode(rateOut)
    encoder.encode(deadline)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    rateIn = try decoder.decode()
    rateOut = try decoder.decode()
    deadline = try decoder.decode()
  }
}

/// What a line recommends: clients that ask by name take the active adapter.
///
/// Orders name an adapter, never a line, so that moving a line touches no answer under way.
public struct AdapterLineRecord: Hashable, CanonicalCodable {
  /// How far back a line can be rolled.
  public static let formerMaximum = 16

  public var owner: Identifier<Account>
  public var name: String
  /// Nil once the active adapter retired and nothing has been promoted since.
  public var active: Identifier<Adapter>?
  /// What was active before, the latest last; only adapters still on offer.
  public var former: [Identifier<Adapter>]

  public init(
    owner: Identifier<Account>, name: String, active: Identifier<Adapter>?,
    former: [Identifier<Adapter>]
  ) {
    self.owner = owner
    self.name = name
    self.active = active
    self.former = former
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(text: name)
    encoder.encode(optional: active)
    encoder.encode(list: former)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    name = try decoder.text(atMost: PublishAdapter.nameMaximum)
    active = try decoder.optional()
    former = try decoder.list(atMost: AdapterLineRecord.formerMaximum)
  }
}

extension AdapterRecord {
  /// Whether an answer at these rates settles now: at the rates in force, or within the notice at
  /// those before.
  public func accepts(
    rateIn: Amount, rateOut: Amount, at time: BlockTime, height: Height
  ) -> Bool {
    if rateIn == offer.rateIn && rateOut == offer.rateOut { return true }
    guard let former = formerRates, !former.deadline.hasCome(at: time, height: height) else {
      return false
    }
    return rateIn == former.rateIn && rateOut == former.rateOut
  }

  /// Whether an order at these rates can be taken: its answer settles in the next block and in every
  /// one up to `end`, whatever their heights, and whatever becomes of an announced price.
  ///
  /// - Parameter notice: how long a price stays good after the one that follows it.
  public func accepts(
    rateIn: Amount, rateOut: Amount, at start: BlockTime, height: Height, until end: BlockTime,
    notice: Window
  ) -> Bool {
    guard accepts(rateIn: rateIn, rateOut: rateOut, at: start, height: height) else { return false }
    var later = self
    if let next = nextRates?.deadline, next.time <= end {
      later.takeNextRates(at: next.time, height: next.height, notice: notice)
    }
    return later.accepts(rateIn: rateIn, rateOut: rateOut, at: end, height: Height(.max))
  }

  /// Puts the announced price in force; the price before it stays good for one more notice.
  mutating func takeNextRates(at time: BlockTime, height: Height, notice: Window) {
    guard let next = nextRates else { return }
    formerRates = TimedRates(
      rateIn: offer.rateIn, rateOut: offer.rateOut,
      deadline: notice.end(from: time, height: height))
    offer.rateIn = next.rateIn
    offer.rateOut = next.rateOut
    nextRates = nil
  }

  /// Whether answers still settle.
  public func settles(at time: BlockTime, height: Height) -> Bool {
    guard let retires else { return true }
    return !retires.hasCome(at: time, height: height)
  }
}

extension StateReader {
  public func adapter(_ id: Identifier<Adapter>) -> AdapterRecord? { record(.adapter(id)) }

  public func adapterLine(_ id: Identifier<AdapterLine>) -> AdapterLineRecord? {
    record(.adapterLine(id))
  }
}

extension StateKey {
  public static func adapter(_ id: Identifier<Adapter>) -> StateKey<AdapterRecord> {
    .init(.adapters, id)
  }

  public static func adapterLine(_ id: Identifier<AdapterLine>) -> StateKey<AdapterLineRecord> {
    .init(.adapterLines, id)
  }
}
