import Cryptography
import Ledger
import Primitives

/// Draws transactions, sensible ones and wrong ones, from a seed and what exists so far.
struct RandomHistory {
  typealias AdapterOnOffer = (
    id: Identifier<Adapter>, offer: PublishAdapter,
    line: (id: Identifier<AdapterLine>, owner: Person)
  )

  var generator: SeededGenerator
  var datanets: [(id: Identifier<Datanet>, owner: Person)] = []
  var contributions:
    [(id: Identifier<Contribution>, by: Person, datanet: Identifier<Datanet>, records: String)] = []
  var baseModels: [Identifier<BaseModel>] = []
  var runs: [(id: Identifier<Run>, owner: Person)] = []
  var adapters: [AdapterOnOffer] = []
  var channels: [(id: Identifier<Channel>, payer: Person, server: Person)] = []
  var batches: [(id: Identifier<Batch>, contents: BatchContents)] = []
  var orderNumber: UInt64 = 0

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func one<Element>(of elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[Int(generator.next(below: UInt64(elements.count)))]
  }

  mutating func chance(_ oneIn: UInt64) -> Bool { generator.next(below: oneIn) == 0 }

  mutating func amount() -> Amount {
    Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 8))
  }

  /// Draws a message and who sends it; nil if the draw needs something that does not exist yet.
  mutating func message(
    on chain: TestChain, sequence: (Person) -> UInt64
  ) -> (Message, Person)? {
    guard let person = one(of: everyone), let other = one(of: everyone) else { return nil }
    let next = sequence(person)
    if chance(4) { return datanetMessage(on: chain, by: person) }
    if chance(4) { return modelMessage(on: chain, by: person, sequence: sequence) }
    switch generator.next(below: 26) {
    case 0:
      return (.transfer(Transfer(to: other.account, amount: amount(), memo: "")), person)
    case 24:
      let payments = (0..<generator.next(below: 4)).map { _ in
        Payment(to: everyone[Int(generator.next(below: 5))].account, amount: amount())
      }
      return (.transferToMany(TransferToMany(payments: payments, memo: "")), person)
    case 25:
      guard chance(4) else { return nil }
      let key = person.key(Int(generator.next(below: 4)))
      let acceptance = KeyAcceptance(
        chain: chain.id, account: (chance(4) ? other : person).account, ordering: .sequence(next))
      return (.rotateKey(acceptance.rotation(to: key)), person)
    case 1:
      // Few enough that some of them come as far as a version and a run.
      guard living(chain).count < 3 || chance(8) else { return nil }
      datanets.append((Identifier(creator: person.account, sequence: next), person))
      let create = CreateDatanet(
        name: "n", type: .text, licence: .spdx(chance(8) ? "no licence" : "CC0-1.0"),
        floorRateIn: .zero, floorRateOut: .zero, contributionDeposit: amount(),
        bond: tokens(chance(8) ? 2 : 3), isOpen: !chance(6), isPrivate: chance(6))
      return (.createDatanet(create), person)
    case 2, 3:
      guard let datanet = one(of: datanets) else { return nil }
      // Owners commit to held-out sets, so they had better not contribute.
      guard datanet.owner.name != person.name || chance(8) else { return nil }
      let records = "records \(generator.next(below: 30))"
      contributions.append(
        (Identifier(creator: person.account, sequence: next), person, datanet.id, records))
      let commitment = Story.commitment(of: records, by: person)
      return (
        .commitContribution(CommitContribution(datanet: datanet.id, commitment: commitment)),
        person
      )
    case 4, 5:
      guard let contribution = one(of: contributions) else { return nil }
      return (
        .revealContribution(Story.reveal(contribution.id, contribution.records)),
        chance(8) ? other : contribution.by
      )
    case 6: return heldOutReveal(on: chain)
    case 7: return nextStep(on: chain)
    case 8:
      baseModels.append(Identifier(creator: person.account, sequence: next))
      let register = RegisterBaseModel(name: "b", weights: digest("w"), licence: .spdx("MIT"))
      return (.registerBaseModel(register), person)
    case 9, 20, 21: return runRecord(on: chain, by: person, sequence: next)
    case 10:
      guard let run = one(of: known(runs, on: chain)) else { return nil }
      return publication(of: run, on: chain, sequence: sequence(run.owner))
    case 11:
      channels.append((Identifier(creator: person.account, sequence: next), person, other))
      let open = OpenChannel(
        server: other.account, signingKey: person.key.publicKey, deposit: amount())
      return (.openChannel(open), person)
    case 12, 19:
      guard let channel = one(of: channels) else { return nil }
      return chance(2)
        ? (
          .closeChannel(CloseChannel(channel: channel.id)),
          chance(5) ? channel.server : channel.payer
        )
        : (.topUpChannel(TopUpChannel(channel: channel.id, amount: amount())), person)
    case 13 where chance(4):
      // Some gifts are small enough that the pool runs dry.
      let gift = chance(2) ? Amount(baseUnits: UInt128(generator.next(below: 1 << 30))) : amount()
      return (.fundSubsidyPool(FundSubsidyPool(amount: gift)), person)
    case 13: return serverBond()
    case 17, 18:
      // Drawn aside, so that whatever else happens is what it was.
      var aside = self
      return claims(on: chain, by: person) ?? aside.outcome(on: chain)
    default: return batch(on: chain, sequence: sequence)
    }
  }

  private mutating func runRecord(
    on chain: TestChain, by person: Person, sequence: UInt64
  ) -> (Message, Person)? {
    guard let datanet = one(of: living(chain)), let baseModel = one(of: baseModels) else {
      return nil
    }
    let count = chain.state.datanet(datanet.id)?.versionCount ?? 0
    let published = (0...count).filter {
      guard let version = chain.state.version($0, of: datanet.id) else { return false }
      let heldOut = chain.state.heldOut(of: datanet.id, epoch: version.heldOutEpoch)
      return version.status == .published && heldOut?.isOpened == false
    }
    let random = UInt32(1 + generator.next(below: UInt64(count) + 1))
    let name = VersionName(
      datanet: datanet.id, number: chance(8) ? random : one(of: published) ?? random)
    var uplift: [UpliftEntry] = []
    for id in chain.state.version(name.number, of: datanet.id)?.contributions ?? [] {
      guard let record = chain.state.contribution(id), record.use == .active || chance(8) else {
        continue
      }
      let contributor = record.contributor
      uplift.append(
        UpliftEntry(
          contribution: id, contributor: contributor,
          uplift: Int64(generator.next(below: 100)) - 30))
    }
    var record = Story.runRecord(
      name, baseModel, bobs: Identifier(.zero), carols: Identifier(.zero))
    record.uplift = uplift
    runs.append((Identifier(creator: person.account, sequence: sequence), person))
    return (.submitRunRecord(record), person)
  }

  mutating func receipt(
    on chain: TestChain, _ channel: (id: Identifier<Channel>, payer: Person, server: Person),
    _ adapter: AdapterOnOffer
  ) -> SettledReceipt? {
    let offer = chain.state.adapter(adapter.id)?.offer ?? adapter.offer
    let order = Order(
      chain: chain.id, channel: channel.id, number: orderNumber, request: digest("request"),
      adapter: adapter.id, rateIn: offer.rateIn, rateOut: offer.rateOut,
      terms: Genesis.testParameters.receipts.terms.digest, maximumFee: amount(), nonce: .zero,
      expiry: BlockTime(milliseconds: .max), isPublic: false)
    let tokensIn = UInt32(generator.next(below: 2000))
    let tokensOut = UInt32(generator.next(below: 2000))
    guard
      let part = try? Genesis.testParameters.receipts.terms.feeParts(
        of: order, tokensIn: tokensIn, tokensOut: tokensOut
      ).contributors
    else { return nil }
    var rest = part.baseUnits
    var payouts: [Payout] = []
    let uplift = chain.state.run(adapter.offer.run)?.claim.uplift ?? []
    for account in Set(uplift.filter { $0.uplift > 0 }.map(\.contributor)).sorted() {
      let paid = min(rest, UInt128(generator.next(below: 1 << 38)))
      guard paid > 0 else { continue }
      payouts.append(Payout(account: account, amount: Amount(baseUnits: paid)))
      rest -= paid
    }
    return SettledReceipt(
      receipt: digest("receipt \(orderNumber)"), order: order.signed(by: channel.payer.key),
      tokensIn: tokensIn, tokensOut: tokensOut, payouts: payouts,
      refund: Amount(baseUnits: chance(20) ? rest + 1 : rest))
  }
}
