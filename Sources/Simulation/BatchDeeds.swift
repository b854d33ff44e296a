internal import AttributionRules
internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let batchDeeds: [Deed] = [
    Deed(24) { $0.settleBatch() },
    Deed(30) { $0.claimAmounts() },
    Deed(6) { $0.reportOutcome() },
  ]
}

extension World {
  /// Settles answers of up to three channels, with leaves as the ledger's own builder makes them.
  ///
  /// One batch in four has something changed in it: in a receipt, in a leaf, or in what the message
  /// says.
  fileprivate mutating func settleBatch() -> Intent? {
    guard mayMake(.settleBatch, every: 24) else { return nil }
    let server = server()
    guard var receipts = sales(of: server), !receipts.isEmpty else { return nil }
    let honest = receipts
    let lie = chance(1, in: 3) ? 1 + below(4) : 0
    if lie == 1 || lie == 2 { falsify(&receipts) }
    guard var contents = contents(of: receipts) else { return nil }
    if lie == 3 { falsify(&contents) }
    var message = contents.message
    if lie == 4 { falsify(&message) }
    // Some keep the honest totals, so that nothing shows before a leaf is opened.
    if lie == 2, let totals = self.contents(of: honest) { message.draws = totals.draws }
    return Intent(
      signer(server), .settleBatch(message),
      .batch(contents, receipts, isSuspect: lie > 0))
  }

  private func contents(of receipts: [Receipt]) -> BatchContents? {
    var builder = SettlementBatchBuilder(terms: chain.parameters.receipts.terms)
    for receipt in receipts {
      guard let channel = state.channel(receipt.order.order.channel),
        (try? builder.add(receipt.settled, on: channel)) != nil
      else { return nil }
    }
    return try? builder.finish()
  }

  private mutating func sales(of server: Identifier<Account>) -> [Receipt]? {
    var receipts: [Receipt] = []
    var used: [Identifier<Channel>] = []
    for _ in 0..<(1 + below(3)) {
      guard let (known, record) = soldChannel(of: server), !used.contains(known.id) else {
        continue
      }
      used.append(known.id)
      for place in 0..<(1 + below(4)) {
        guard let adapter = soldAdapter() else { return nil }
        // Numbers may be left out.
        let number = record.lastNumber + 1 + UInt64(place) * (1 + UInt64(below(2)))
        guard let sold = sale(of: adapter, number: number, on: known, record) else { return nil }
        if receipts.last?.order.order.channel == known.id,
          let last = receipts.last?.order.order.number, number <= last
        {
          continue
        }
        receipts.append(sold)
      }
    }
    return receipts
  }

  /// Says what an answer was worth, as its payer or, of the careless, as anybody.
  fileprivate mutating func reportOutcome() -> Intent? {
    guard let known = pick(batches) else { return nil }
    let place = below(known.contents.receipts.count)
    let leaf = known.contents.receipts[place]
    let outcomes: [ReceiptOutcome] = [.accepted, .rejected, .passed]
    guard let outcome = pick(outcomes), let payer = state.channel(leaf.channel)?.payer else {
      return nil
    }
    let message = ReportOutcome(
      batch: known.id, opened: known.opened(place), outcome: outcome, signature: nil)
    return Intent(isCareless ? anyone() : payer, .reportOutcome(message))
  }

  /// Claims what payees are due of a batch, for some of them.
  fileprivate mutating func claimAmounts() -> Intent? {
    let (state, time, height) = (state, now, Height(chain.height + 1))
    let isDue: (KnownBatch) -> Bool = { known in
      guard state.batch(known.id)?.status == .final else { return false }
      return known.contents.amounts.contains { part in
        let name = BatchAdapterName(batch: known.id, adapter: part.adapter)
        guard let amounts = state.batchAmounts(name), amounts.unclaimed > .zero,
          let epoch = state.run(amounts.run)?.epoch
        else { return false }
        return state.heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release?
          .hasCome(at: time, height: height) == true
      }
    }
    guard let known = pick(batches, where: isDue) else { return nil }
    var claims = known.contents.claims(of: known.id).filter {
      isCareless
        || state.batchClaim(
          BatchPayeeName(batch: $0.batch, adapter: $0.adapter, payee: $0.payee)) == nil
    }
    claims = Array(random.shuffled(claims).prefix(1 + below(3)))
    if isCareless, chance(1, in: 3), let first = claims.first {
      claims[0].last = first.first
      claims[0].before = first.after
    }
    return Intent(anyone(), .claimAmounts(ClaimAmounts(claims: claims)))
  }
}

// MARK: - Lies
extension World {
  private mutating func unit() -> Amount { Amount(baseUnits: 1 + UInt128(below(1000))) }

  /// A receipt whose payouts, scores or order are not what they should be; the leaves follow it.
  private mutating func falsify(_ receipts: inout [Receipt]) {
    let place = below(receipts.count)
    var receipt = receipts[place]
    switch below(10) {
    case 8, 9: falsifyPassages(of: &receipt)
    case 6:
      // All of it goes back to the payer.
      receipt.refund = receipt.payouts.reduce(receipt.refund) { $0.plus($1.amount) }
      receipt.payouts = []
    case 7:
      // More than the answer cost.
      let more = Amount(thousandths: 1 + random.next(below: 3_000))
      receipt.refund = receipt.refund.plus(more)
    case 0, 1:
      // A part of one payout goes to another, or back to the payer.
      guard let from = receipt.payouts.indices.last else { break }
      let part = Amount(baseUnits: receipt.payouts[from].amount.baseUnits / 2)
      receipt.payouts[from].amount = receipt.payouts[from].amount.less(part)
      if from > 0 {
        receipt.payouts[0].amount = receipt.payouts[0].amount.plus(part)
      } else {
        receipt.refund = receipt.refund.plus(part)
      }
      receipt.payouts.removeAll { $0.amount == .zero }
    case 2, 3:
      let own = receipt.evidence.influence
      var (list, decoys) = (own.records, own.decoyScores)
      if let first = list.first, chance(2, in: 3) {
        switch below(3) {
        case 0: list[0] = ScoredRecord(first.name, score: first.score + 5)
        case 1: list.removeFirst()
        default: list[0] = ScoredRecord(record: digest(), score: first.score)
        }
      } else {
        decoys[0] += 1
      }
      receipt.evidence.influence = InfluenceEvidence(
        query: own.query, decoyScores: decoys, floor: own.floor, records: list)
    case 4: receipt.order = receipt.order.order.signed(by: key())
    default:
      var order = receipt.order.order
      order.expiry = BlockTime(milliseconds: now.milliseconds - 1)
      guard let key = channels.first(where: { $0.id == order.channel })?.key else { break }
      receipt.order = order.signed(by: key)
    }
    receipts[place] = receipt
  }

  /// A likelihood above one, or passages that nobody committed to, or in another order.
  private mutating func falsifyPassages(of receipt: inout Receipt) {
    guard let own = receipt.evidence.retrieval else { return }
    var (likelihoods, passages) = (own.likelihoods, own.passages)
    switch below(4) {
    case 0:
      likelihoods = AnswerLikelihoods(
        base: likelihoods.base, adapter: likelihoods.adapter, context: 1, both: likelihoods.both)
    case 1: passages[0] = RetrievedPassage(record: digest(), drop: passages[0].drop)
    case 2: passages.reverse()
    default: passages.removeAll()
    }
    receipt.evidence.retrieval = RetrievalEvidence(likelihoods: likelihoods, passages: passages)
  }

  /// Leaves that do not fit each other or their order.
  private mutating func falsify(_ contents: inout BatchContents) {
    let place = below(contents.receipts.count)
    let part = below(contents.amounts.count)
    var leaf = contents.receipts[place]
    let count = contents.amounts[part].leaves.count
    let kind = below(count > 0 ? 14 : 8)
    switch kind {
    case 0: leaf.fee = leaf.fee.plus(unit())
    case 1: leaf.payouts = leaf.payouts.plus(unit())
    case 2: leaf.feeSum = leaf.feeSum.plus(unit())
    case 3: leaf.refundSum = leaf.refundSum.plus(unit())
    case 4: leaf.tokensOut += 1
    case 5: leaf.number += 1
    case 6: contents.receipts.swapAt(place, (place + 1) % contents.receipts.count)
    case 7: leaf.order = digest()
    default: falsify(&contents.amounts[part].leaves[below(count)], as: kind)
    }
    if kind != 6 { contents.receipts[place] = leaf }
  }

  private mutating func falsify(_ leaf: inout AmountLeaf, as kind: Int) {
    switch kind {
    case 8: leaf.payee = anyone()
    case 9: leaf.receipt += 1 + UInt32(below(9))
    case 10: leaf.amount = leaf.amount.plus(unit())
    case 11: leaf.sum = leaf.sum.plus(unit())
    case 12: leaf.ownSum = leaf.ownSum.plus(unit())
    default: leaf.amount = .zero
    }
  }

  /// Totals or a form that the leaves do not have.
  private mutating func falsify(_ message: inout SettleBatch) {
    switch below(9) {
    case 0: message.draws[0].fee = message.draws[0].fee.plus(unit())
    case 1: message.draws[0].payouts = message.draws[0].payouts.plus(unit())
    case 2:
      message.draws[0].payouts = message.draws[0].payouts.plus(message.draws[0].refund)
      message.draws[0].refund = .zero
    case 3: message.draws[0].highestNumber += 1
    case 4: message.draws.append(message.draws[0])
    case 5: message.amounts.removeAll()
    case 6: message.draws[0].receiptCount = SettleBatch.receiptMaximum + 1
    case 7: message.draws.removeAll()
    default: message.receiptsRoot = digest()
    }
  }
}

extension Amount {
  func plus(_ other: Amount) -> Amount { Amount(baseUnits: baseUnits + other.baseUnits) }

  /// - Precondition: the other is no more than this.
  func less(_ other: Amount) -> Amount { Amount(baseUnits: baseUnits - other.baseUnits) }
}
