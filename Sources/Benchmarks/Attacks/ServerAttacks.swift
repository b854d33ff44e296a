internal import AttributionRules
internal import Ledger
internal import Primitives

extension Attack {
  /// A server that lies for an ally among the contributors, and is challenged.
  static let serverAttacks: [Attack] = challengedLies + [selfProof, collusion]

  private static let challengedLies = serverLies.map { name, summary, lie in
    Attack("server_" + name, summary, unit: .stake) { _ in
      try ServerTrial(lie).outcome { try $0.challenge($1, by: MarketParty.challenger) }
    }
  }

  private static let selfProof = Attack(
    "server_proves_itself", "pays its ally all, and proves that itself to win a part of the bond",
    unit: .stake
  ) { _ in
    try ServerTrial(.payouts).outcome { try $0.challenge($1, by: MarketParty.server) }
  }

  private static let collusion = Attack(
    "collusion", "a server asks the index about its ally's record, not about the answer",
    unit: .stake
  ) { _ in
    try ServerTrial(.queryOfAlly).outcome { market, batch in
      try market.dispute(
        batch.receipts.enumerated().map { place, receipt in
          let honest = try market.receipt(UInt64(place) + 1)
          return .query(
            batch: batch.id, opened: batch.opened(place), receipt: receipt,
            right: RightPayouts(payouts: honest.payouts, refund: honest.refund))
        }, accused: MarketParty.server)
    }
  }

  static let serverLies: [(name: String, summary: String, lie: ServerLie)] = [
    ("scores", "a server quadruples its ally's scores", .scores),
    ("list", "a server leaves the rival's rows off the list", .list),
    ("floor", "a server puts the floor above the rival's rows", .floor),
    ("decoys", "a server raises a decoy's score, and the floor with it", .decoys),
    ("payouts", "a server pays its ally all, whatever the evidence says", .payouts),
    ("amounts", "a server's leaves pay its ally what its receipts pay the rival", .amounts),
    ("sums", "a server's running sums pay its ally more than its leaves", .sums),
    ("fees", "a server charges more than was ordered, and pays its ally of it", .fees),
  ]
}

/// One lie of a server's, and what comes of it for the server and its ally.
struct ServerTrial {
  private let lie: ServerLie
  private let liars = [MarketParty.server, MarketParty.ally]

  init(_ lie: ServerLie) { self.lie = lie }

  /// - Parameter challenge: what others do about the batch.
  func outcome(
    _ challenge: (inout AttackMarket, MarketBatch) throws -> Void
  ) throws -> AttackOutcome {
    var honest = try AttackMarket()
    try honest.payOut(try honest.settle())
    var market = try AttackMarket()
    let batch = try market.settle(lie)
    try challenge(&market, batch)
    try market.payOut(batch)
    let stake = AttackMarket.serverBond.inTokens
    let rivals = (
      before: honest.income(of: [MarketParty.rival]), after: market.income(of: [MarketParty.rival])
    )
    return AttackOutcome(
      income: market.income(of: liars) / stake, baseline: honest.income(of: liars) / stake,
      cost: market.lostBonds(of: liars) / stake,
      victimLoss: (rivals.before - rivals.after) / rivals.before)
  }
}

extension ServerLie {
  static let scores = ServerLie(evidence: { evidence, market in
    let lifted = evidence.records.map { row in
      market.isAllys(row.name) ? ScoredRecord(row.name, score: row.score * 4) : row
    }
    return evidence.with(records: lifted.sorted(by: ScoredRecord.precedes))
  })

  static let list = ServerLie(evidence: { evidence, market in
    evidence.with(records: evidence.records.filter { market.isAllys($0.name) })
  })

  static let floor = ServerLie(evidence: { evidence, market in
    let floor = market.highestRival(in: evidence)
    return evidence.with(records: evidence.records.filter { $0.score > floor }, floor: floor)
  })

  static let decoys = ServerLie(evidence: { evidence, market in
    var scores = evidence.decoyScores
    scores[0] = market.highestRival(in: evidence)
    let floor = NoiseFloor.value(
      decoyScores: scores, recordCount: market.index.records.count)
    return evidence.with(
      records: evidence.records.filter { $0.score > floor }, floor: floor, decoyScores: scores)
  })

  static let payouts = ServerLie(receipt: { receipt, market in
    receipt.payouts = [
      Payout(
        account: market.ledger.account(MarketParty.ally),
        amount: receipt.payouts.reduce(.zero) { $0.plus($1.amount) })
    ]
  })

  static let amounts = ServerLie(contents: { contents, market in
    let (ally, rival) = (
      market.ledger.account(MarketParty.ally), market.ledger.account(MarketParty.rival)
    )
    // Half of each of the rival's leaves moves to the ally's of the same receipt.
    var leaves = contents.amounts[0].leaves
    for place in leaves.indices where leaves[place].payee == rival {
      guard
        let own = leaves.firstIndex(where: {
          $0.payee == ally && $0.receipt == leaves[place].receipt
        })
      else { continue }
      let part = Amount(baseUnits: leaves[place].amount.baseUnits / 2)
      leaves[place].amount = leaves[place].amount.less(part)
      leaves[own].amount = leaves[own].amount.plus(part)
    }
    var sum = Amount.zero
    for place in leaves.indices {
      sum = sum.plus(leaves[place].amount)
      leaves[place].sum = sum
    }
    contents.amounts[0].leaves = leaves
  })

  static let sums = ServerLie(contents: { contents, market in
    let ally = market.ledger.account(MarketParty.ally)
    var leaves = contents.amounts[0].leaves
    let part = Amount(baseUnits: AttackLedger.token / 10)
    guard let last = leaves.lastIndex(where: { $0.payee == ally }) else { return }
    if last + 1 < leaves.count {
      // What the ally gets ends later, at the expense of who comes next.
      leaves[last].sum = leaves[last].sum.plus(part)
    } else if let first = leaves.firstIndex(where: { $0.payee == ally }), first > 0 {
      leaves[first - 1].sum = leaves[first - 1].sum.less(part)
    }
    contents.amounts[0].leaves = leaves
  })

  static let fees = ServerLie(contents: { contents, market in
    let ally = market.ledger.account(MarketParty.ally)
    // Twice as much on the fee, for half of it is the contributors'.
    let part = Amount(baseUnits: AttackLedger.token / 10)
    guard let own = contents.amounts[0].leaves.firstIndex(where: { $0.payee == ally }) else {
      return
    }
    let charged = Int(contents.amounts[0].leaves[own].receipt)
    contents.amounts[0].leaves[own].amount = contents.amounts[0].leaves[own].amount.plus(part)
    for place in own..<contents.amounts[0].leaves.count {
      contents.amounts[0].leaves[place].sum = contents.amounts[0].leaves[place].sum.plus(part)
    }
    contents.receipts[charged].fee = contents.receipts[charged].fee.plus(part).plus(part)
    contents.receipts[charged].payouts = contents.receipts[charged].payouts.plus(part)
    for place in charged..<contents.receipts.count {
      let leaf = contents.receipts[place]
      contents.receipts[place].feeSum = leaf.feeSum.plus(part).plus(part)
      contents.receipts[place].payoutsSum = leaf.payoutsSum.plus(part)
    }
  })

  /// Of every answer, a query vector that one of the ally's rows likes best.
  static let queryOfAlly = ServerLie(evidence: { evidence, market in
    guard let row = market.index.records.first(where: { market.isAllys($0.name) })?.row else {
      return evidence
    }
    let values = (0..<64).map { row.signs[0] >> UInt64($0) & 1 == 1 ? Int16(1000) : -1000 }
    return market.index.evidence(for: QueryVector(values: values))
  })
}

extension AttackMarket {
  fileprivate func isAllys(_ name: RowName) -> Bool {
    index.credit(of: name)?.origin.contributor == ledger.account(MarketParty.ally).digest
  }

  /// The highest score of the rival's rows; the floor if none of them is listed.
  fileprivate func highestRival(in evidence: InfluenceEvidence) -> Int64 {
    evidence.records.first { !isAllys($0.name) }?.score ?? evidence.floor
  }
}

extension InfluenceEvidence {
  fileprivate func with(
    records: [ScoredRecord], floor: Int64? = nil, decoyScores: [Int64]? = nil
  ) -> InfluenceEvidence {
    InfluenceEvidence(
      query: query, decoyScores: decoyScores ?? self.decoyScores, floor: floor ?? self.floor,
      records: records)
  }
}

extension Amount {
  fileprivate func plus(_ other: Amount) -> Amount {
    Amount(baseUnits: baseUnits + other.baseUnits)
  }

  /// - Precondition: the other is no more than this.
  fileprivate func less(_ other: Amount) -> Amount {
    Amount(baseUnits: baseUnits - other.baseUnits)
  }
}
