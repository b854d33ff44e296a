internal import Cryptography
internal import Ledger
internal import Primitives

/// Everybody on a simulated chain, what they know, and the one source of all their decisions.
///
/// What stands on the ledger they read there; here is only what it does not say: keys, secrets,
/// contents behind roots, and names to look up. Lists of names are short: what is long past, nobody
/// thinks of any more.
struct World: Sendable {
  static let actorCount = 48
  static let actorMaximum = 96

  var chain: SimulatedChain
  var random: SeededGenerator
  var actors: [Actor] = []
  private var places: [Identifier<Account>: Int] = [:]
  /// How often each kind of message has succeeded.
  private var successes: [MessageKind: UInt64] = [:]
  /// Whether who decides now looks at nothing twice: wrong signers, amounts and subjects.
  var isCareless = false
  /// Whether everybody sends at once what takes a large part of a block.
  var isCrowded = false
  /// The time of the block that is being made.
  var now: BlockTime

  var datanets: [KnownDatanet] = []
  var contributions: [KnownContribution] = []
  var heldOuts: [KnownHeldOut] = []
  var baseModels: [Identifier<BaseModel>] = []
  var runs: [KnownRun] = []
  var adapters: [Identifier<Adapter>] = []
  var lines: [Identifier<AdapterLine>] = []
  var channels: [KnownChannel] = []
  var batches: [KnownBatch] = []
  var agents: [Identifier<Agent>] = []
  var actions: [KnownActions] = []
  var actionDemands: [AgentActionName] = []
  var proposals: [Identifier<Proposal>] = []
  var disputes: [Identifier<Dispute>] = []
  var verdicts: [KnownVerdict] = []
  var dataDemands: [DataPiece] = []
  var presentations: [PresentReceipt] = []
  /// Bytes of what was sent before, to be sent again.
  var replayable: [[UInt8]] = []

  init(seed: UInt64) throws(GenesisError) {
    var random = SeededGenerator(seed: seed)
    let keys = (0..<World.actorCount).map { _ in World.key(by: &random) }
    chain = try SimulatedChain(.simulated(keys, by: &random))
    now = chain.time
    self.random = random
    for key in keys { add(Actor(key)) }
  }
}

// MARK: - Who there is
extension World {
  mutating func add(_ actor: Actor) {
    places[actor.account] = actors.count
    actors.append(actor)
  }

  func place(of account: Identifier<Account>) -> Int? { places[account] }

  var state: InMemoryState { chain.state }

  mutating func anyone() -> Identifier<Account> { actors[below(actors.count)].account }

  /// The account that has to sign; of the careless, some are somebody else.
  mutating func signer(_ account: Identifier<Account>) -> Identifier<Account> {
    isCareless && chance(1, in: 3) ? anyone() : account
  }

  func has(_ account: Identifier<Account>) -> Bool { places[account] != nil }
}

// MARK: - How they decide
extension World {
  static func key(by random: inout SeededGenerator) -> SigningKey {
    guard let key = SigningKey(seed: digest(by: &random).bytes) else {
      preconditionFailure("32 bytes are a seed")
    }
    return key
  }

  static func digest(by random: inout SeededGenerator) -> Digest {
    Digest(words: [random.next(), random.next(), random.next(), random.next()])
  }

  mutating func key() -> SigningKey { World.key(by: &random) }

  mutating func digest() -> Digest { World.digest(by: &random) }

  mutating func below(_ bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }

  mutating func chance(_ part: UInt64, in whole: UInt64) -> Bool {
    random.next(below: whole) < part
  }

  mutating func pick<Element>(_ list: [Element]) -> Element? {
    list.isEmpty ? nil : list[below(list.count)]
  }

  /// One of those that fit; the careless don't look.
  mutating func pick<Element>(
    _ list: [Element], where fits: (Element) -> Bool
  ) -> Element? {
    if isCareless, chance(1, in: 2) { return pick(list) }
    return pick(list.filter(fits))
  }

  /// An amount between two numbers of thousandths of a token.
  ///
  /// Of the careless, some say zero and some more than there is.
  mutating func amount(_ least: UInt64, _ most: UInt64) -> Amount {
    if isCareless, chance(1, in: 3) {
      return pick([.zero, Genesis.supplyMaximum, Amount(baseUnits: .max)]) ?? .zero
    }
    let thousandths = UInt128(least + random.next(below: most - least + 1))
    // Not only round ones.
    return Amount(
      baseUnits: thousandths * 1_000_000_000_000_000 + UInt128(random.next(below: 1000)))
  }

  /// A part of what there is, at times all of it.
  ///
  /// Of the careless, some want one unit more.
  mutating func part(of whole: Amount) -> Amount {
    if isCareless, chance(1, in: 3) {
      return chance(1, in: 2) ? .zero : Amount(baseUnits: whole.baseUnits + 1)
    }
    guard !chance(1, in: 4) else { return whole }
    return Amount(
      baseUnits: whole.baseUnits * UInt128(1 + random.next(below: 1000)) / 1000)
  }

  /// Whether one more of a kind may be made: what stays in the state for ever is made slowly, so
  /// that every block can be followed by a scan of all of it.
  func mayMake(_ kind: MessageKind, every blocks: UInt64) -> Bool {
    successes[kind, default: 0] < 8 + chain.height / blocks
  }

  mutating func count(_ kind: MessageKind) { successes[kind, default: 0] += 1 }
}

extension Array {
  /// Appends what is new, and forgets the oldest above a maximum.
  mutating func remember(_ element: Element, atMost maximum: Int) {
    append(element)
    if count > maximum { removeFirst(count - maximum) }
  }
}
