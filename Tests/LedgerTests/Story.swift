import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// A chain on which one adapter is on offer: alice owns the datanet, the base model and the run;
/// bob and carol contributed, carol to no avail; dave pays and erin serves.
struct Story {
  var chain: TestChain
  let datanet: Identifier<Datanet>
  let bobs: Identifier<Contribution>
  let carols: Identifier<Contribution>
  let version: VersionName
  let baseModel: Identifier<BaseModel>
  let run: Identifier<Run>
  let adapter: Identifier<Adapter>
  let channel: Identifier<Channel>

  static let salt = digest("salt")
  static let rateIn = Amount(baseUnits: 1_000_003)
  static let rateOut = Amount(baseUnits: 4_000_007)

  init(_ genesis: Genesis = .test) throws {
    chain = try TestChain(genesis)
    datanet = Identifier(
      creator: alice.account, sequence: try chain.success(Story.create, by: alice))
    bobs = try Story.contribute("bob's records", by: bob, to: datanet, on: &chain)
    carols = try Story.contribute("carol's records", by: carol, to: datanet, on: &chain)
    try chain.success(.commitHeldOut(Story.heldOut(of: datanet)), by: alice)
    version = VersionName(datanet: datanet, number: 1)
    try Story.accept([bobs, carols], of: datanet, on: &chain)
    try Story.publish(Story.draft(of: datanet, [bobs, carols]), as: version, on: &chain)
    baseModel = Identifier(
      creator: alice.account,
      sequence: try chain.success(
        .registerBaseModel(
          RegisterBaseModel(name: "base", weights: digest("weights"), licence: .spdx("Apache-2.0"))),
        by: alice))
    let record = Story.runRecord(version, baseModel, bobs: bobs, carols: carols)
    run = Identifier(
      creator: alice.account, sequence: try chain.success(.submitRunRecord(record), by: alice))
    adapter = Identifier(
      creator: alice.account,
      sequence: try chain.success(
        .publishAdapter(
          PublishAdapter(
            run: run, name: "terms", rateIn: Story.rateIn, rateOut: Story.rateOut)), by: alice))
    channel = Identifier(
      creator: dave.account,
      sequence: try chain.success(
        .openChannel(
          OpenChannel(
            server: erin.account, signingKey: dave.key.publicKey, deposit: tokens(1))),
        by: dave))
  }

  static let create = Message.createDatanet(creation)

  static let creation =
    (CreateDatanet(
      name: "terms", type: .instruction, licence: .spdx("CC-BY-4.0"),
      floorRateIn: Amount(baseUnits: 10),
      floorRateOut: Amount(baseUnits: 20), contributionDeposit: tokens(2), bond: tokens(3)))

  static func commitment(of records: String, by person: Person) -> Digest {
    CommitContribution.commitment(
      contributor: person.account, salt: salt, recordsRoot: digest(records))
  }

  static func reveal(
    _ contribution: Identifier<Contribution>, _ records: String
  ) -> RevealContribution {
    RevealContribution(
      contribution: contribution, salt: salt, recordsRoot: digest(records), recordCount: 24,
      blob: digest(records + " blob"))
  }

  static func contribute(
    _ records: String, by person: Person, to datanet: Identifier<Datanet>, on chain: inout TestChain
  ) throws -> Identifier<Contribution> {
    let sequence = try chain.success(
      .commitContribution(
        CommitContribution(datanet: datanet, commitment: commitment(of: records, by: person))),
      by: person)
    let id = Identifier<Contribution>(creator: person.account, sequence: sequence)
    try chain.success(.revealContribution(reveal(id, records)), by: person)
    return id
  }

  static func heldOut(
    of datanet: Identifier<Datanet>, epoch: UInt32 = 1, by person: Person = alice
  ) -> CommitHeldOut {
    CommitHeldOut(
      datanet: datanet, epoch: epoch,
      commitment: CommitHeldOut.commitment(
        datanet: datanet, curator: person.account, salt: salt, blob: digest("held out")))
  }

  static func heldOutReveal(of datanet: Identifier<Datanet>, epoch: UInt32 = 1) -> RevealHeldOut {
    RevealHeldOut(datanet: datanet, epoch: epoch, salt: salt, blob: digest("held out"))
  }

  static func draft(
    of datanet: Identifier<Datanet>, _ contributions: [Identifier<Contribution>],
    epoch: UInt32 = 1
  ) -> DraftVersion {
    DraftVersion(
      datanet: datanet, contributions: contributions.sorted(), snapshotRoot: digest("snapshot"),
      recordCount: 48, heldOutEpoch: epoch)
  }

  /// Accepts contributions as the one operator of alice's datanet.
  static func accept(
    _ contributions: [Identifier<Contribution>], of datanet: Identifier<Datanet>,
    on chain: inout TestChain
  ) throws {
    try chain.success(
      .judgeContributions(
        JudgeContributions(datanet: datanet, accepted: contributions.sorted(), rejected: [])),
      by: alice)
  }

  /// Drafts, accepts and publishes a version as the one operator of alice's datanet.
  static func publish(
    _ draft: DraftVersion, as version: VersionName, on chain: inout TestChain
  ) throws {
    try chain.success(.draftVersion(draft), by: alice)
    try chain.success(.acceptVersion(AcceptVersion(version: version)), by: alice)
    try chain.success(.publishVersion(PublishVersion(version: version)), by: alice)
  }

  static func runRecord(
    _ version: VersionName, _ baseModel: Identifier<BaseModel>, bobs: Identifier<Contribution>,
    carols: Identifier<Contribution>
  ) -> SubmitRunRecord {
    SubmitRunRecord(
      version: version, baseModel: baseModel, manifest: digest("manifest"),
      adapterWeights: digest("adapter"), indexRoot: digest("index"), decoyRoot: digest("decoys"),
      rowCount: 48, decoyCount: 256, codeVersion: "1",
      uplift: [
        UpliftEntry(contribution: bobs, contributor: bob.account, uplift: 12_000),
        UpliftEntry(contribution: carols, contributor: carol.account, uplift: -3),
      ].sorted { $0.contribution < $1.contribution },
      bond: tokens(5))
  }

  func order(_ number: UInt64) -> Order {
    Order(
      chain: chain.id, channel: channel, number: number, request: digest("request \(number)"),
      adapter: adapter, rateIn: Story.rateIn, rateOut: Story.rateOut,
      terms: Genesis.testParameters.receipts.terms.digest, maximumFee: Amount(baseUnits: 1_000_000),
      nonce: Order.nonce(of: Story.salt), expiry: BlockTime(milliseconds: 100_000_000),
      isPublic: true)
  }

  /// A receipt that pays bob two thirds of the contributors' part and returns the rest.
  func receipt(_ number: UInt64, edit: (inout Order) -> Void = { _ in }) throws -> SettledReceipt {
    var order = order(number)
    edit(&order)
    let parts = try Genesis.testParameters.receipts.terms.feeParts(
      of: order, tokensIn: 31, tokensOut: 17)
    let paid = try parts.contributors.scaledRoundingDown(by: 2, over: 3)
    return SettledReceipt(
      receipt: digest("receipt \(number)"), order: order.signed(by: dave.key), tokensIn: 31,
      tokensOut: 17, payouts: [Payout(account: bob.account, amount: paid)],
      refund: try parts.contributors.subtracting(paid))
  }

  /// The message that settles these receipts as one batch; erin needs a bond for it.
  func settle(_ receipts: [SettledReceipt]) throws -> Message {
    .settleBatch(try contents(receipts).message)
  }
}
