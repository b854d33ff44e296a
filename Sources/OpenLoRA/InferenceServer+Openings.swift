internal import CanonicalCoding
internal import ClientAPI
internal import Ledger
internal import Primitives

extension InferenceServer {
  /// Changes whether requests may bring their own channel's opening; those that are open stay so.
  public func setTakesOpenings(_ takes: Bool) { takesOpenings = takes }

  /// Checks the orders of a request, keeps their money aside, and opens their channel if it brings that.
  func accept(
    _ paid: PaidRequest, quote: OrderDesk.Quote
  ) async throws(InferenceFailure) -> OrderDesk.Acceptance {
    guard let signed = paid.order else {
      throw InferenceFailure(
        .paymentRequired,
        "send a signed order in the Whence-Order header; `whence ask` and `whence proxy` sign one")
    }
    while true {
      let releases = desk.releases
      var views: [OrderDesk.LedgerView] = []
      for signed in paid.orders {
        views.append(try await OrderDesk.LedgerView(of: signed.order, on: ledger))
      }
      let opening = try await channelOpening(of: paid, for: signed.order, view: &views[0])
      // What was settled meanwhile left the channel's escrow: read it again.
      guard releases == desk.releases else { continue }
      try checkNotDraining()
      guard answering + waiting.count < openMaximum else {
        throw InferenceFailure(.overloaded, "too many answers are open; try again in a second")
      }
      try checkBacklog(before: paid.orders)
      let accepted = try desk.accept(paid, quote: quote, views: views, now: clock())
      answering += 1
      if let opening { try await open(opening, for: signed.order, accepted: accepted) }
      return accepted
    }
  }

  /// The transaction that a request brings to open its channel, if it still has to be sent; the view
  /// then looks as if it were in a block.
  ///
  /// Nothing moves yet: the order is checked against the channel that will be.
  func channelOpening(
    of paid: PaidRequest, for order: Order, view: inout OrderDesk.LedgerView
  ) async throws(InferenceFailure) -> Transaction? {
    guard let transaction = paid.opening else { return nil }
    func invalid(_ what: String) -> InferenceFailure { InferenceFailure(.openingInvalid, what) }
    guard paid.orders.count == 1 else {
      throw invalid("a channel that comes with a request pays for one adapter; open one before")
    }
    guard takesOpenings else {
      throw invalid("this server opens no channels for requests; open one and order again")
    }
    guard let (name, opening, _) = transaction.channelOpened, name == order.channel,
      transaction.content.chain == view.status.chain.id
    else {
      throw invalid(
        "the transaction must open the order's channel on this chain, in no order with others")
    }
    guard (try? CheckedTransaction(canonicalBytes: transaction.canonicalBytes)) != nil else {
      throw invalid("the transaction that opens the channel is not rightly signed")
    }
    // Sent before, or by the payer himself: what the ledger says of it holds.
    guard view.channel == nil else { return nil }
    guard !answeringOpenings.contains(name) else {
      throw InferenceFailure(.orderUsed, "this payment is being answered already")
    }
    let needed = try? opening.deposit.adding(transaction.content.fee)
    let held: Amount
    do {
      held = try await ledger.balance(of: .account(transaction.content.signer))
    } catch { throw InferenceFailure(.unavailable, "the ledger can't be read: \(error)") }
    guard let needed, needed <= held else {
      throw InferenceFailure(
        .openingUnfunded, "the account has \(held), and deposit and fee are more than that")
    }
    view.pretend(opening, by: transaction.content.signer)
    return transaction
  }

  /// Sends an accepted order's opening to the ledger, and waits for its block.
  ///
  /// - Throws: `opening_rejected` or `unavailable`; then the order is let go, and what may be in its
  ///   channel goes back.
  func open(
    _ transaction: Transaction, for order: Order, accepted: OrderDesk.Acceptance
  ) async throws(InferenceFailure) {
    answeringOpenings.insert(order.channel)
    do {
      // On disk before the money moves: the next process returns what this one can't.
      try openings.put(transaction, of: order.channel)
      let outcome = try await ledger.submit(transaction)
      if let rejection = outcome.rejection {
        throw InferenceFailure(.openingRejected, "the ledger refuses the channel: \(rejection)")
      }
    } catch {
      answering -= 1
      answeringOpenings.remove(order.channel)
      desk.refuse(accepted)
      doorbell.ring.yield()
      switch error {
      case let failure as InferenceFailure: throw failure
      case let failure as ClientFailure where failure.code == .rejected:
        throw InferenceFailure(.openingRejected, failure.message)
      default: throw InferenceFailure(.unavailable, "the channel can't be opened: \(error)")
      }
    }
  }

  /// Closes the channels that came with requests, once their answers are settled or were never given:
  /// the rest of the deposit goes back at once.
  func closeOpenings() async throws {
    for (channel, transaction) in try openings.all() where !answeringOpenings.contains(channel) {
      try Task.checkCancellation()
      // What is given and not settled would lose its fee.
      guard !(waiting.values.contains { $0.channel == channel }) else { continue }
      guard let record = try await ledger.record(.channel(channel)) else {
        // It may be in a block still, until its time is over.
        let now = try await ledger.status().header.time
        if let until = transaction.channelOpened?.until, until < now {
          try openings.remove(channel)
        }
        continue
      }
      if record.status != .closed, record.server == desk.server {
        let outcome = try await ledger.send(
          .closeChannel(CloseChannel(channel: channel)), by: settlement.key, of: settlement.account)
        if let rejection = outcome.rejection {
          throw ServingFailure(
            .settlementRejected, "channel \(channel) is not closed: \(rejection)")
        }
      }
      try openings.remove(channel)
    }
  }
}
