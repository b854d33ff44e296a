internal import AttributionRules
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies a demand: takes the deposit, and holds batch or run until the piece is served.
  ///
  /// - Throws: `batchNotOpen`, `runNotStanding`, `windowOver`, `pieceNotFound`, `alreadyDemanded`,
  ///   `receiptPrivate`;
  ///   `account_insufficient_balance`.
  public mutating func apply(_ message: DemandData, in context: BlockContext) throws(Rejection) {
    let piece = message.piece
    let parameters = context.parameters.disputes
    guard piece.index < (try count(of: piece, in: context)) else {
      throw .dispute(.pieceNotFound)
    }
    guard dataDemand(piece) == nil else { throw .dispute(.alreadyDemanded) }
    if case .receipt(let batch, let index) = piece {
      guard mayDemand(receipt: index, of: batch, showing: message.order, context.signer) else {
        throw .dispute(.receiptPrivate)
      }
    }
    try move(
      parameters.demandDeposit, from: .account(context.signer), to: .dataDeposits,
      for: .dataDeposit)
    switch piece.owner {
    case .batch(let batch): freeze(batch)
    case .run(let run): try holdRun(run)
    }
    let end = parameters.servingWindow.end(from: context)
    set(
      .dataDemand(piece),
      to: DataDemandRecord(
        account: context.signer, deposit: parameters.demandDeposit, ends: end))
    schedule(.endDataDemand(piece), at: end)
    emit(.dataDemanded, piece.owner.digest, amount: parameters.demandDeposit)
  }

  /// Applies a serving, by anyone: the deposit goes to whoever is behind the piece.
  ///
  /// - Throws: `demandNotFound`, `wrongData`.
  public mutating func apply(_ message: ServeData, in context: BlockContext) throws(Rejection) {
    let piece = message.piece
    guard let demand = dataDemand(piece), let accused = accused(of: piece.owner),
      !demand.ends.hasCome(at: context.time, height: context.height)
    else { throw .dispute(.demandNotFound) }
    guard serves(message.data, piece) else { throw .dispute(.wrongData) }
    set(.dataDemand(piece), to: nil)
    unschedule(.endDataDemand(piece), at: demand.ends)
    try move(demand.deposit, from: .dataDeposits, to: .account(accused), for: .dataFee)
    let now = Deadline(time: context.time, height: context.height)
    release(piece.owner, now: now)
    emit(.dataServed, piece.owner.digest, amount: demand.deposit)
  }

  /// Ends a demand that was not served: batch or run is void, and whoever is behind it is slashed.
  mutating func endDataDemand(_ piece: DataPiece, now: Deadline) throws(Rejection) {
    guard let demand = dataDemand(piece), let accused = accused(of: piece.owner), let parameters
    else { throw .dispute(.demandNotFound) }
    set(.dataDemand(piece), to: nil)
    try move(
      demand.deposit, from: .dataDeposits, to: .account(demand.account), for: .dataDepositReturn)
    switch piece.owner {
    case .batch(let batch):
      if self.batch(batch)?.status == .open {
        try void(batch)
        try slashServer(accused, parameters)
      }
    case .run(let run): if stands(run) { try slashRun(run, parameters) }
    }
    try dividePot(winner: demand.account, parameters: parameters)
    release(piece.owner, now: now)
    emit(.dataWithheld, piece.owner.digest)
  }

  private func count(
    of piece: DataPiece, in context: BlockContext
  ) throws(Rejection) -> UInt32 {
    switch piece {
    case .receipt(let batch, _): return try disputable(batch, in: context).receiptCount
    case .amount(let name, _):
      _ = try disputable(name.batch, in: context)
      return batchAmounts(name)?.leafCount ?? 0
    case .row(let run, _): return try disputable(run, in: context).claim.rowCount
    case .decoy(let run, _): return try disputable(run, in: context).claim.decoyCount
    }
  }

  private func serves(_ data: ServedData, _ piece: DataPiece) -> Bool {
    let index = UInt64(piece.index)
    switch (piece, data) {
    case (.receipt(let id, _), .receipt(let opened, let receipt)):
      guard let batch = batch(id), opened.proof.leafIndex == index else { return false }
      return opened.stands(in: batch) && opened.leaf.receipt == receipt.digest
    case (.amount(let name, _), .amount(let opened)):
      guard let amounts = batchAmounts(name), opened.proof.leafIndex == index else { return false }
      return opened.stands(in: amounts)
    case (.row(let id, _), .row(let opened)):
      guard let run = run(id), opened.proof.leafIndex == index else { return false }
      return run.claim.index.holds(opened)
    case (.decoy(let id, _), .row(let opened)):
      guard let run = run(id), opened.proof.leafIndex == index else { return false }
      return run.claim.index.holdsDecoy(opened)
    default: return false
    }
  }

  private func accused(of owner: DataPiece.Owner) -> Identifier<Account>? {
    switch owner {
    case .batch(let batch): self.batch(batch)?.server
    case .run(let run): self.run(run)?.owner
    }
  }

  private mutating func release(_ owner: DataPiece.Owner, now: Deadline) {
    switch owner {
    case .batch(let batch): thaw(batch)
    case .run(let run): releaseRun(run, at: now.time, height: now.height)
    }
  }
}

extension DataPiece {
  /// What commits to the piece.
  enum Owner {
    case batch(Identifier<Batch>)
    case run(Identifier<Run>)

    var digest: Digest {
      switch self {
      case .batch(let id): id.digest
      case .run(let id): id.digest
      }
    }
  }

  var owner: Owner {
    switch self {
    case .receipt(let batch, _): .batch(batch)
    case .amount(let name, _): .batch(name.batch)
    case .row(let run, _), .decoy(let run, _): .run(run)
    }
  }

  var index: UInt32 {
    switch self {
    case .receipt(_, let index), .amount(_, let index), .row(_, let index), .decoy(_, let index):
      index
    }
  }
}
