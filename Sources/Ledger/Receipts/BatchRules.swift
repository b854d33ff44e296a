internal import Primitives

extension LedgerState {
  /// Applies a batch: takes what every channel pays into the batch's escrow and opens the challenge
  /// window.
  ///
  /// Only totals are checked here. What the leaves say is a claim of the server's, behind its bond,
  /// that ``BatchJudge`` decides if anyone opens them.
  ///
  /// - Throws: `termsNotSettled`, `batchEmpty`, `drawsUnsorted`, `batchTooLarge`, `amountsMismatch`, `notServer`,
  ///   `channelClosed`, `numberUsed`, `adapterNotFound`, `totalsImpossible`, `escrowTooSmall`,
  ///   `bondTooSmall`; `channel_not_found`; `model_adapter_retired`, `model_run_not_sound`.
  public mutating func apply(
    _ message: SettleBatch, in context: BlockContext
  ) throws(Rejection) {
    let receiptCount = try Self.checkShape(of: message)
    let id = context.newIdentifier(of: Batch.self)
    let parameters = context.parameters.receipts
    guard
      let terms = settlingTerms(message.terms, under: context.parameters, at: context.time)
    else { throw .receipt(.termsNotSettled) }
    var draws: [DrawRecord] = []
    var fees = Amount.zero
    var contributors = openContributorMoney(of: context.signer)
    for group in message.draws.chunked(by: \.channel) {
      let previous = try take(group, into: id, in: context)
      for draw in group {
        let part = try terms.contributorsPart(of: draw)
        guard let more = try? contributors.adding(part), let sum = try? fees.adding(draw.fee)
        else { throw .receipt(.totalsImpossible) }
        (contributors, fees) = (more, sum)
        draws.append(
          DrawRecord(draw: draw, previousNumber: previous))
      }
    }
    guard parameters.allows(openMoney: contributors, bond: balance(of: .serverBond(context.signer)))
    else { throw .receipt(.bondTooSmall) }
    for tree in message.amounts { try open(tree, of: id, draws: message.draws, in: context) }

    let windowEnds = parameters.challengeWindow.end(from: context)
    set(.openContributorMoney(context.signer), to: contributors == .zero ? nil : contributors)
    set(
      .batch(id),
      to: BatchRecord(
        server: context.signer, settledAt: context.height, settledTime: context.time,
        terms: terms, status: .open, windowEnds: windowEnds,
        openDisputes: 0, receiptsRoot: message.receiptsRoot, receiptCount: receiptCount,
        blob: message.blob, draws: draws))
    schedule(.finaliseBatch(id), at: windowEnds)
    schedule(.drawAuditors(id), at: context.parameters.disputes.drawWindow.end(from: context))
    emit(.batchSettled, id.digest, amount: fees)
  }

  /// Checks what needs no state, and returns how many receipts there are.
  private static func checkShape(of message: SettleBatch) throws(Rejection) -> UInt32 {
    guard !message.draws.isEmpty else { throw .receipt(.batchEmpty) }
    guard
      zip(message.draws, message.draws.dropFirst()).allSatisfy({
        ($0.channel, $0.adapter) < ($1.channel, $1.adapter)
      })
    else { throw .receipt(.drawsUnsorted) }
    guard message.amounts.map(\.adapter) == Set(message.draws.map(\.adapter)).sorted() else {
      throw .receipt(.amountsMismatch)
    }
    var count: UInt64 = 0
    for draw in message.draws {
      guard draw.receiptCount > 0 else { throw .receipt(.batchEmpty) }
      count += UInt64(draw.receiptCount)
    }
    guard count <= UInt64(SettleBatch.receiptMaximum) else { throw .receipt(.batchTooLarge) }
    return UInt32(count)
  }

  /// Takes what one channel pays, and returns its last number before.
  private mutating func take(
    _ draws: ArraySlice<BatchDraw>, into batch: Identifier<Batch>, in context: BlockContext
  ) throws(Rejection) -> UInt64 {
    guard let id = draws.first?.channel, var channel = channel(id) else {
      throw .channel(.notFound)
    }
    guard channel.server == context.signer else { throw .receipt(.notServer) }
    guard channel.status != .closed else { throw .receipt(.channelClosed) }
    let previous = channel.lastNumber
    let highest = draws.map(\.highestNumber).sorted()
    // As many numbers as receipts lie between the last one settled and the highest of these.
    guard let least = highest.first, let last = highest.last, least > previous,
      zip(highest, highest.dropFirst()).allSatisfy({ $0 < $1 }),
      draws.reduce(0, { $0 + UInt64($1.receiptCount) }) <= last - previous
    else { throw .receipt(.numberUsed) }
    for draw in draws {
      guard draw.fee <= balance(of: .channelEscrow(id)) else { throw .receipt(.escrowTooSmall) }
      try move(draw.fee, from: .channelEscrow(id), to: .batchEscrow(batch), for: .answerHeld)
    }
    channel.lastNumber = last
    set(.channel(id), to: channel)
    return previous
  }

  /// Keeps the root under which an adapter's contributors will claim.
  private mutating func open(
    _ tree: AmountsTree, of batch: Identifier<Batch>, draws: [BatchDraw],
    in context: BlockContext
  ) throws(Rejection) {
    let offer = try settledOffer(of: tree.adapter, in: context)
    let own = draws.filter { $0.adapter == tree.adapter }
    let payouts = own.reduce(UInt128(0)) { $0 + $1.payouts.baseUnits }
    let receipts = own.reduce(UInt64(0)) { $0 + UInt64($1.receiptCount) }
    guard (tree.leafCount == 0) == (payouts == 0),
      UInt64(tree.leafCount) <= receipts * UInt64(Receipt.payoutMaximum)
    else { throw .receipt(.totalsImpossible) }
    let amount = Amount(baseUnits: payouts)
    set(
      .batchAmounts(BatchAdapterName(batch: batch, adapter: tree.adapter)),
      to: BatchAmountsRecord(
        run: offer.adapter.offer.run, root: tree.root, leafCount: tree.leafCount, payouts: amount,
        unclaimed: amount))
  }
}

extension SettleBatch {
  /// The most receipts of one batch.
  public static let receiptMaximum: UInt32 = 1 << 24
}

extension FeeTerms {
  /// The contributors' parts of a draw's receipts, if its totals can be those of any receipts.
  ///
  /// The part of one answer is the contributors' share of its price, rounded to one of the two
  /// units beside it; so the parts of n answers are less than n units from the share of the sum.
  fileprivate func contributorsPart(of draw: BatchDraw) throws(Rejection) -> Amount {
    let count = UInt128(draw.receiptCount)
    // Fees fit 96 bits: the escrow covered them, and the supply bounds it.
    let (platformFees, overflowed) = platformFee.baseUnits.multipliedReportingOverflow(by: count)
    guard !overflowed, platformFees <= draw.fee.baseUnits,
      let part = try? draw.payouts.adding(draw.refund), part <= draw.fee
    else { throw .receipt(.totalsImpossible) }
    let whole = UInt128(Share.whole.partsPerBillion)
    let exact =
      (draw.fee.baseUnits - platformFees) * UInt128(split.contributors.partsPerBillion)
    let claimed = part.baseUnits * whole
    let difference = exact > claimed ? exact - claimed : claimed - exact
    guard difference < count * whole else { throw .receipt(.totalsImpossible) }
    return part
  }
}

extension Array {
  /// The runs of elements that have the same key.
  fileprivate func chunked<Key: Equatable>(by key: (Element) -> Key) -> [ArraySlice<Element>] {
    var chunks: [ArraySlice<Element>] = []
    var rest = self[...]
    while let first = rest.first {
      let chunk = rest.prefix { key($0) == key(first) }
      chunks.append(chunk)
      rest = rest.dropFirst(chunk.count)
    }
    return chunks
  }
}
