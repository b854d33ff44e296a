internal import Primitives

/// What disputes do to batches, runs and agents: hold them, let them go, take from their bonds.
extension LedgerState {
  /// Keeps the money and bonds behind a target where they are.
  mutating func hold(_ target: DisputeTarget) throws(Rejection) {
    switch target {
    case .query(let batch, _, _), .answer(let batch, _): freeze(batch)
    case .run(let run, _, _): try holdRun(run)
    case .action(let name): try hold(name.run.agent)
    }
  }

  mutating func release(_ target: DisputeTarget, now: Deadline) throws(Rejection) {
    switch target {
    case .query(let batch, _, _), .answer(let batch, _): thaw(batch)
    case .run(let run, _, _): releaseRun(run, at: now.time, height: now.height)
    case .action(let name): try release(name.run.agent, at: now.time, height: now.height)
    }
  }

  /// Whether nothing is left to decide, because something else has decided it.
  func isMoot(_ target: DisputeTarget) -> Bool {
    switch target {
    case .query(let batch, let leaf, _):
      self.batch(batch)?.status != .open || isSettled(BatchLeafName(batch: batch, leaf: leaf))
    case .answer(let batch, let leaf):
      self.batch(batch)?.status != .open
        || record(.voidReceipt(BatchLeafName(batch: batch, leaf: leaf))) != nil
    case .run(let run, _, _): !stands(run)
    case .action(let name): agentRun(name.run)?.isVoid != false
    }
  }

  /// Puts right what a dispute was upheld about, and takes the accused's part into the pot.
  ///
  /// - Parameter believes: whether what the opener says of pay was found right; if not, uplift divides.
  mutating func putRight(
    _ id: Identifier<Dispute>, _ dispute: DisputeRecord, parameters: LedgerParameters,
    believingOpener believes: Bool
  ) throws(Rejection) {
    switch dispute.target {
    case .query(let batch, let leaf, _):
      guard var payouts = record(.disputedPayouts(id)) else { throw .dispute(.notFound) }
      let name = BatchLeafName(batch: batch, leaf: leaf)
      if !believes { try divideByUplift(&payouts) }
      try overruleRepair(of: name)
      try correct(name, payouts)
      try slashServer(dispute.accused, parameters)
    case .answer(let batch, let leaf):
      guard let part = record(.disputedReceipt(id)) else { throw .dispute(.notFound) }
      try voidReceipt(BatchLeafName(batch: batch, leaf: leaf), part)
      try slashServer(dispute.accused, parameters)
    case .run(let run, _, _):
      let shares = believes ? record(.disputedShares(id)) : nil
      try slashRun(run, parameters, by: shares ?? PayShares())
    case .action(let name):
      guard var run = agentRun(name.run) else { throw .agent(.runNotFound) }
      run.isVoid = true
      set(.agentRun(name.run), to: run)
      let bond = Holder.agentBond(name.run.agent)
      let taken = balance(of: bond).part(parameters.disputes.agentSlash)
      try move(taken, from: bond, to: .disputePot, for: .disputeSlash)
      emit(.agentSlashed, name.run.agent.digest, amount: taken)
    }
  }

  /// Has a receipt pay what is known of an answer that nobody shows.
  private func divideByUplift(_ payouts: inout DisputedPayouts) throws(Rejection) {
    guard let run = adapter(payouts.adapter).flatMap({ run($0.offer.run) }),
      let total = payouts.wrong.total
    else { throw .dispute(.notFound) }
    payouts.right = run.payoutsByUplift(of: total)
  }

  /// Corrects a receipt; a batch whose own books leave no room for it is voided instead.
  mutating func correct(
    _ name: BatchLeafName, _ payouts: DisputedPayouts
  ) throws(Rejection) {
    let handedOut = try? payouts.wrong.refund.subtracting(payouts.right.refund)
    set(.correctedReceipt(name), to: handedOut ?? .zero)
    do throws(Rejection) {
      try attempt { state throws(Rejection) in
        try state.correct(
          BatchCorrection(
            batch: name.batch, channel: payouts.channel, adapter: payouts.adapter,
            wrong: payouts.wrong.payouts, wrongRefund: payouts.wrong.refund,
            right: payouts.right.payouts, rightRefund: payouts.right.refund))
      }
    } catch {
      try void(name.batch)
    }
  }

  /// Takes from a server's bond what its open batches don't owe to contributors: they may have to be
  /// paid out of it.
  mutating func slashServer(
    _ server: Identifier<Account>, _ parameters: LedgerParameters
  ) throws(Rejection) {
    let bond = balance(of: .serverBond(server))
    let free = (try? bond.subtracting(openContributorMoney(of: server))) ?? .zero
    let taken = min(free, bond.part(parameters.disputes.serverSlash))
    try move(taken, from: .serverBond(server), to: .disputePot, for: .disputeSlash)
    emit(.serverSlashed, server.digest, amount: taken)
  }

  /// Takes from a run's bond and stake, and shares what it brought anew.
  mutating func slashRun(
    _ run: Identifier<Run>, _ parameters: LedgerParameters, by shares: PayShares = PayShares()
  ) throws(Rejection) {
    try slashRun(run, by: parameters.disputes.runSlash, to: .disputePot)
    try repairRun(run, by: shares)
  }

  /// Empties the pot: parts for the winner, if there is one, and the panel's majority, rounded down;
  /// the rest goes to the treasury.
  mutating func dividePot(
    winner: Identifier<Account>?, panel: [Identifier<Account>] = [], parameters: LedgerParameters
  ) throws(Rejection) {
    let pot = balance(of: .disputePot)
    if let winner {
      try move(
        pot.part(parameters.disputes.winnerShare), from: .disputePot, to: .account(winner),
        for: .disputeReward)
    }
    if !panel.isEmpty {
      let all = pot.part(parameters.disputes.panelShare)
      let each = Amount(baseUnits: all.baseUnits / UInt128(panel.count))
      for verifier in panel {
        try move(each, from: .disputePot, to: .account(verifier), for: .panelReward)
      }
    }
    try move(
      balance(of: .disputePot), from: .disputePot, to: .treasury, for: .disputeTreasury)
  }
}

extension DisputeTarget {
  var isRun: Bool { if case .run = self { true } else { false } }

  /// Whether an upheld dispute hands out money as its opener says.
  ///
  /// Then a panel looks at it in any case: the opener may be the accused's friend, and what he says
  /// is right another lie.
  var namesShares: Bool {
    switch self {
    case .query, .run: true
    case .answer, .action: false
    }
  }
}

extension DisputeRecord {
  /// What becomes of it if no panel decides: whoever had nothing to say for a run has lost it, and
  /// nobody has found that the opener's shares are right.
  var undecided: DisputeOutcome { target.isRun && accusedGrounds == nil ? .withheld : .dismissed }
}

extension StateReader {
  /// Whether a receipt is corrected for good, or void.
  func isSettled(_ name: BatchLeafName) -> Bool {
    record(.correctedReceipt(name)) != nil || record(.voidReceipt(name)) != nil
  }

  /// Whether a run exists and its claim can still be found wrong.
  func stands(_ run: Identifier<Run>) -> Bool { standing(of: run)?.settles == true }
}
