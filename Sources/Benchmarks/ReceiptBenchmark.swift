internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import Dispatch
internal import Foundation
internal import Ledger
internal import Primitives

/// Receipts into settled batches: the contributors' part divided, leaves hashed, payees summed.
struct ReceiptBenchmark {
  /// Records that one answer drew on, and the contributors they came from.
  private static let recordsPerAnswer = 8
  private static let contributorCount = 64
  private static let receiptsPerBatch = 10_000

  /// Receipts a second on all cores by the wall clock, and on one core by its own time.
  ///
  /// As many batches as there are cores are made side by side, as servers make theirs.
  static func run(rounds: Int) -> (allCores: [Double], oneCore: [Double]) {
    let answers = Answers()
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let costs = (0..<rounds).map { round in
      Cost.of(cores * receiptsPerBatch) {
        DispatchQueue.concurrentPerform(iterations: cores) { core in
          let first = (round * cores + core) * receiptsPerBatch + 1
          guard let batch = try? answers.batch(first: UInt64(first)).encoded() else {
            preconditionFailure("the sums of such batches are far below 128 bits")
          }
          precondition(batch.message.draws.count == 1, "one channel draws on one adapter")
        }
      }
    }
    return (costs.map(\.perSecond), costs.map { 1 / $0.processorSecondsEach })
  }

  /// Answers that differ in their number, evidence and tokens.
  private struct Answers: Sendable {
    let terms = ReceiptParameters.standard.terms
    let channel: ChannelRecord
    let adapter = Identifier<Adapter>(SHA256.digest(of: [1]))
    let channelName = Identifier<Channel>(SHA256.digest(of: [2]))
    let signature: Signature
    let records: [Digest]
    let credits: [Digest: RowCredit]
    let paid: PaidGroups

    init() {
      let people = (0..<UInt8(contributorCount)).map { SHA256.digest(of: [3, $0]) }
      channel = ChannelRecord(
        payer: Identifier(people[0]), server: Identifier(people[1]),
        signingKey: Self.key.publicKey, lastNumber: 0, status: .open)
      signature = Self.key.sign([4])
      records = (0..<UInt8(255)).map { SHA256.digest(of: [5, $0]) }
      var credits: [Digest: RowCredit] = [:]
      for (index, record) in records.enumerated() {
        let person = people[index % people.count]
        credits[record] = RowCredit(
          origin: RecordOrigin(contributor: person, group: person), tokens: UInt32(40 + index))
      }
      self.credits = credits
      paid = PaidGroups(
        people.prefix(recordsPerAnswer).map {
          GroupUplift(group: $0, contributor: $0, microNats: 1000)
        })
    }

    private static var key: SigningKey {
      guard let key = SigningKey(seed: SHA256.digest(of: [6]).bytes) else {
        preconditionFailure("a digest is a seed")
      }
      return key
    }

    func batch(first: UInt64) throws -> BatchContents {
      var builder = SettlementBatchBuilder(terms: terms)
      for number in first..<first + UInt64(receiptsPerBatch) {
        try builder.add(receipt(number), on: channel)
      }
      return try builder.finish()
    }

    private func receipt(_ number: UInt64) throws -> SettledReceipt {
      let order = Order(
        chain: Identifier(.zero), channel: channelName, number: number, request: records[7],
        adapter: adapter, rateIn: Amount(baseUnits: 1_000_000_000_000_000),
        rateOut: Amount(baseUnits: 3_000_000_000_000_000), terms: records[8],
        maximumFee: Amount(baseUnits: 1 << 80), nonce: records[9],
        expiry: BlockTime(milliseconds: 1 << 40), isPublic: false)
      let tokensIn = UInt32(truncatingIfNeeded: 100 + number % 400)
      let tokensOut: UInt32 = 200
      let parts = try terms.feeParts(of: order, tokensIn: tokensIn, tokensOut: tokensOut)
      let offset = Int(truncatingIfNeeded: number) * 17
      let evidence = (0..<recordsPerAnswer).map { place -> ScoredRecord in
        let record = records[(offset + place * 31) % records.count]
        return ScoredRecord(record: record, score: Int64(1000 - place))
      }
      let pay = try ContributorPay.divide(
        parts.contributors, evidence: evidence, floor: 10, among: paid,
        credit: { credits[$0.record] })
      let payouts = pay.payouts.map { part -> Payout in
        Payout(account: Identifier(part.contributor), amount: part.amount)
      }
      return SettledReceipt(
        receipt: records[offset % records.count],
        order: SignedOrder(order: order, signature: signature), tokensIn: tokensIn,
        tokensOut: tokensOut, payouts: payouts, refund: pay.refund)
    }
  }
}
