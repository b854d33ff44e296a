internal import AttributionRules
internal import Cryptography
internal import Ledger
internal import Primitives

/// Who acts on a market, by the names of their accounts.
enum MarketParty {
  /// Of Datanet, base model, run and adapter; the one operator.
  static let owner = "owner"
  /// Whose contributor's income an attacker wants to raise.
  static let ally = "ally"
  static let rival = "rival"
  static let server = "server"
  static let payer = "payer"
  static let challenger = "challenger"
  /// Funds subsidies, and claims what others are due.
  static let patron = "patron"
  static let verifiers = (0..<5).map { "verifier \($0)" }

  static let all = [owner, ally, rival, server, payer, challenger, patron] + verifiers
}

/// What a run's owner claims of it.
struct MarketRun {
  var records: [IndexedRecord]
  var decoys: [IndexedRecord]
  /// In micro-nats, of each contributor.
  var uplift: [String: Int64]

  /// Rows drawn from a seed, as many of the ally's as of the rival's.
  init(contributions: [(account: String, origin: RecordOrigin)]) {
    var random = SeededGenerator(seed: 4)
    func rows(_ name: String, count: Int, scale: UInt32) -> [IndexedRecord] {
      (0..<count).map { place in
        IndexedRecord(
          record: SHA256.digest(of: Array("\(name) \(place)".utf8)), tokens: 40,
          origin: contributions[place % contributions.count].origin,
          row: SignRow(signs: [random.next()], scale: scale))
      }
    }
    records = rows("record", count: 24, scale: 1 << 30)
    decoys = rows("decoy", count: 8, scale: 1 << 24)
    uplift = Dictionary(
      contributions.map { ($0.account, 1000) }, uniquingKeysWith: { first, _ in first })
  }

  var index: InfluenceIndex {
    InfluenceIndex(dimension: 64, records: records, decoys: decoys)
  }
}

/// An adapter on offer, trained on an ally's and a rival's records, and a payer's channel to the
/// server of it; all on a ledger under the standard parameters.
struct AttackMarket {
  private(set) var ledger: AttackLedger
  let datanet: Identifier<Datanet>
  let baseModel: Identifier<BaseModel>
  let run: Identifier<Run>
  let adapter: Identifier<Adapter>
  let channel: Identifier<Channel>
  /// What the run's record commits to.
  let index: InfluenceIndex
  /// What it would have committed to without a lie.
  private let honest: MarketRun
  /// What everybody had when the market opened.
  private let opening: AttackLedger

  static let deposit = tokens(2)
  static let serverBond = tokens(100)
  /// For 1000 tokens read, and for 1000 written.
  static let rate = tokens(1)

  static func tokens(_ count: UInt128) -> Amount { Amount(baseUnits: AttackLedger.token * count) }

  /// - Parameter forge: what the owner makes of the run's record.
  init(forge: (inout MarketRun) -> Void = { _ in }) throws {
    var ledger = try AttackLedger(accounts: MarketParty.all)
    try ledger.send(
      .fundSubsidyPool(FundSubsidyPool(amount: Self.tokens(1_000))), by: MarketParty.patron)
    for verifier in MarketParty.verifiers {
      try ledger.send(
        .registerVerifier(RegisterVerifier(bond: Self.tokens(20))), by: verifier)
    }
    datanet = try ledger.datanet()
    var contributions: [(account: String, id: Identifier<Contribution>)] = []
    for account in [MarketParty.ally, MarketParty.rival] {
      let promise = ContributionPromise(recordsOf: account)
      let id = try ledger.send(
        .commitContribution(
          CommitContribution(
            datanet: datanet, commitment: promise.commitment(by: ledger.account(account)))),
        by: account, making: Contribution.self)
      try ledger.send(.revealContribution(promise.reveal(id)), by: account)
      contributions.append((account, id))
    }
    let version = try ledger.publish(contributions.map(\.id), of: datanet)
    baseModel = try ledger.send(
      .registerBaseModel(
        RegisterBaseModel(
          name: "base", weights: Self.mark("weights"), licence: .spdx("Apache-2.0"))),
      by: MarketParty.owner, making: BaseModel.self)
    try ledger.send(
      .depositServerBond(DepositServerBond(amount: Self.serverBond)), by: MarketParty.server)
    channel = try ledger.send(
      .openChannel(
        OpenChannel(
          server: ledger.account(MarketParty.server),
          signingKey: ledger.key(MarketParty.payer).publicKey, deposit: Self.tokens(100))),
      by: MarketParty.payer, making: Channel.self)

    let accounts = contributions
    var claimed = MarketRun(
      contributions: accounts.map {
        (
          $0.account,
          RecordOrigin(contributor: ledger.account($0.account).digest, group: $0.id.digest)
        )
      })
    honest = claimed
    forge(&claimed)
    index = claimed.index
    let uplift = accounts.map {
      UpliftEntry(
        contribution: $0.id, contributor: ledger.account($0.account),
        uplift: claimed.uplift[$0.account] ?? 0)
    }.sorted { $0.contribution < $1.contribution }
    run = try ledger.send(
      .submitRunRecord(
        SubmitRunRecord(
          version: version, baseModel: baseModel, manifest: Self.mark("manifest"),
          adapterWeights: Self.mark("adapter"), indexRoot: index.root,
          decoyRoot: index.decoyRoot, rowCount: UInt32(index.records.count),
          decoyCount: UInt32(index.decoys.count), codeVersion: "1", uplift: uplift,
          bond: ledger.parameters.models.minimumRunBond)),
      by: MarketParty.owner, making: Run.self)
    adapter = try ledger.send(
      .publishAdapter(
        PublishAdapter(run: run, name: "adapter", rateIn: Self.rate, rateOut: Self.rate)),
      by: MarketParty.owner, making: Adapter.self)
    self.ledger = ledger
    opening = ledger
  }

  /// How contributors would share what the market's answers bring, had the owner not lied.
  func honestShares() throws -> PayShares {
    guard var record = ledger.state.run(run) else { preconditionFailure("the run is submitted") }
    record.claim.uplift = record.claim.uplift.map { entry in
      let name = [MarketParty.ally, MarketParty.rival].first {
        ledger.account($0) == entry.contributor
      }
      return UpliftEntry(
        contribution: entry.contribution, contributor: entry.contributor,
        uplift: name.flatMap { honest.uplift[$0] } ?? 0)
    }
    var weights: [Identifier<Account>: UInt64] = [:]
    for number in 1...UInt64(Self.answerCount) {
      let evidence = Evidence(influence: honest.index.evidence(for: Self.query(of: number)))
      let pay = try record.contributorPay(
        of: Self.tokens(1), evidence: evidence, index: honest.index)
      for payout in pay.payouts.map(Payout.init) {
        // A token's base units fit 60 bits; what is left out is less than a millionth.
        weights[payout.account, default: 0] += UInt64(payout.amount.baseUnits >> 8)
      }
    }
    return PayShares(
      shares: weights.keys.sorted().map { PayShare(account: $0, weight: weights[$0] ?? 0) })
  }

  static func mark(_ name: String) -> Digest { SHA256.digest(of: Array(name.utf8)) }

  // MARK: - What everybody has

  /// What these accounts own more than when the market opened, in tokens; bonds are left out.
  func income(of names: some Sequence<String>) -> Double {
    names.reduce(0) { $0 + purse(of: $1, on: ledger) - purse(of: $1, on: opening) }
  }

  /// What is gone of their bonds, in tokens.
  func lostBonds(of names: some Sequence<String>) -> Double {
    names.reduce(0) { $0 + bonds(of: $1, on: opening) - bonds(of: $1, on: ledger) }
  }

  private func purse(of name: String, on ledger: AttackLedger) -> Double {
    let account = ledger.account(name)
    var sum = ledger.state.balance(of: .account(account)).inTokens
    sum += ledger.state.dust(of: account).inTokens
    if name == MarketParty.payer {
      sum += ledger.state.balance(of: .channelEscrow(channel)).inTokens
    }
    return sum
  }

  private func bonds(of name: String, on ledger: AttackLedger) -> Double {
    var sum = ledger.state.balance(of: .serverBond(ledger.account(name))).inTokens
    if name == MarketParty.owner { sum += ledger.state.standing(of: run)?.bond.inTokens ?? 0 }
    return sum
  }

  // MARK: - Acting

  mutating func send(_ message: Message, by name: String) throws {
    try ledger.send(message, by: name)
  }

  mutating func send<Subject: CreatedSubject>(
    _ message: Message, by name: String, making: Subject.Type
  ) throws -> Identifier<Subject> {
    try ledger.send(message, by: name, making: making)
  }

  /// Sends a message that may be refused, and returns why it was.
  mutating func attempt(_ message: Message, by name: String) throws -> Rejection? {
    try ledger.attempt(message, by: name)
  }

  /// Makes a block of messages that are accepted, a second after the last.
  mutating func block(_ messages: [(Message, String)]) throws {
    for result in try ledger.block(messages, after: 1_000) {
      precondition(result.code == 0, "a party's act is refused: \(result.code)")
    }
  }

  mutating func pass(blocks: Int) throws { try ledger.pass(blocks: blocks) }
}

extension Amount {
  var inTokens: Double { Double(baseUnits) / Double(AttackLedger.token) }
}

/// Records of which the ledger sees digests alone.
struct ContributionPromise {
  let records: String
  let salt: Digest

  init(recordsOf account: String) {
    records = "the records of \(account)"
    salt = AttackMarket.mark("the salt of \(account)")
  }

  var recordsRoot: Digest { AttackMarket.mark(records) }

  func commitment(by account: Identifier<Account>) -> Digest {
    CommitContribution.commitment(contributor: account, salt: salt, recordsRoot: recordsRoot)
  }

  func reveal(_ contribution: Identifier<Contribution>) -> RevealContribution {
    RevealContribution(
      contribution: contribution, salt: salt, recordsRoot: recordsRoot, recordCount: 12,
      blob: AttackMarket.mark(records + ", their bytes"))
  }
}

extension AttackLedger {
  /// Opens a Datanet of the owner's.
  mutating func datanet() throws -> Identifier<Datanet> {
    try send(
      .createDatanet(
        CreateDatanet(
          name: "texts", type: .instruction, licence: .spdx("CC-BY-4.0"),
          floorRateIn: Amount(baseUnits: 1), floorRateOut: Amount(baseUnits: 1),
          contributionDeposit: AttackMarket.deposit, bond: parameters.datanets.minimumBond)),
      by: MarketParty.owner, making: Datanet.self)
  }

  /// Accepts contributions and publishes them as a version, as the one operator.
  mutating func publish(
    _ contributions: [Identifier<Contribution>], of datanet: Identifier<Datanet>
  ) throws -> VersionName {
    let name = VersionName(datanet: datanet, number: 1)
    let messages: [Message] = [
      .commitHeldOut(
        CommitHeldOut(
          datanet: datanet, epoch: 1,
          commitment: CommitHeldOut.commitment(
            datanet: datanet, curator: account(MarketParty.owner),
            salt: AttackMarket.mark("held-out salt"), blob: AttackMarket.mark("held out")))),
      .judgeContributions(
        JudgeContributions(datanet: datanet, accepted: contributions.sorted(), rejected: [])),
      .draftVersion(
        DraftVersion(
          datanet: datanet, contributions: contributions.sorted(),
          snapshotRoot: AttackMarket.mark("snapshot"), recordCount: 32, heldOutEpoch: 1)),
      .acceptVersion(AcceptVersion(version: name)),
      .publishVersion(PublishVersion(version: name)),
    ]
    for message in messages { try send(message, by: MarketParty.owner) }
    return name
  }
}
