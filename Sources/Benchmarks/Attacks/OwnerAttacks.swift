internal import AttributionRules
internal import Ledger
internal import Primitives

extension Attack {
  /// An adapter's owner whose run record lies for an ally among the contributors; a panel recomputes
  /// the piece.
  static let ownerAttacks: [Attack] = [
    lyingOwner(
      "rows", "an adapter's owner commits larger rows for its ally's records",
      piece: { market in
        let ally = market.ledger.account(MarketParty.ally).digest
        let place = market.index.records.firstIndex { $0.origin.contributor == ally }
        return .row(UInt32(place ?? 0))
      }
    ) { run in
      let ally = run.records[0].origin
      run.records = run.records.map { record in
        guard record.origin == ally else { return record }
        return IndexedRecord(
          record: record.record, tokens: record.tokens, origin: record.origin,
          row: SignRow(signs: record.row.signs, scale: record.row.scale * 3))
      }
    },
    lyingOwner(
      "decoys", "an adapter's owner draws as decoys what its ally would not be paid for",
      piece: { _ in .replay }
    ) { run in
      // Not trained on, the rival's records score like any other decoy.
      let ally = run.records[0].origin
      let scale = run.decoys[0].row.scale
      let rivals = run.records.filter { $0.origin != ally }
      run.records.removeAll { $0.origin != ally }
      run.decoys += rivals.map {
        IndexedRecord(
          record: $0.record, tokens: $0.tokens, origin: $0.origin,
          row: SignRow(signs: $0.row.signs, scale: scale))
      }
    },
    lyingOwner(
      "uplift", "an adapter's owner closes the gate to its ally's rival", piece: { _ in .uplift }
    ) { run in
      run.uplift[MarketParty.rival] = -1
    },
  ]

  private static func lyingOwner(
    _ name: String, _ summary: String,
    piece: @escaping @Sendable (AttackMarket) -> RunPiece,
    forge: @escaping @Sendable (inout MarketRun) -> Void
  ) -> Attack {
    Attack("owner_" + name, summary, unit: .stake) { _ in
      try OwnerTrial(forge: forge).outcome { market in
        try market.dispute(
          [.run(run: market.run, piece: piece(market), right: try market.honestShares())],
          accused: MarketParty.owner)
      }
    }
  }
}

/// One lie of an adapter's owner, and what comes of it for the owner and its ally.
struct OwnerTrial {
  let forge: (inout MarketRun) -> Void

  func outcome(_ challenge: (inout AttackMarket) throws -> Void) throws -> AttackOutcome {
    var honest = try AttackMarket()
    try honest.payOut(try honest.settle())
    var market = try AttackMarket(forge: forge)
    let batch = try market.settle()
    try challenge(&market)
    try market.payOut(batch)
    let liars = [MarketParty.owner, MarketParty.ally]
    let stake = market.ledger.parameters.models.minimumRunBond.inTokens
    let rivals = (
      before: honest.income(of: [MarketParty.rival]), after: market.income(of: [MarketParty.rival])
    )
    return AttackOutcome(
      income: market.income(of: liars) / stake, baseline: honest.income(of: liars) / stake,
      cost: market.lostBonds(of: liars) / stake,
      victimLoss: (rivals.before - rivals.after) / rivals.before)
  }
}
