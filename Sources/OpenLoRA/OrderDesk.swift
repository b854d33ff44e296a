internal import ClientAPI
internal import Ledger
internal import Primitives

/// Checks an order before the first token, so that no answer is made that can't be paid.
struct OrderDesk {
  /// What an order must have left: an answer that is settled after its order expired is not paid.
  static let leastMillisecondsLeft: UInt64 = 60_000

  /// What of an order's time is kept for settling at least.
  static let leastKept = Duration.seconds(30)

  /// How long an accepted order's answer may take if so much is kept for attributing and settling it.
  static func timeLeft(of order: Order, at now: BlockTime, keeping kept: Duration) -> Duration {
    let end = order.expiry.milliseconds
    let left = end > now.milliseconds ? end - now.milliseconds : 0
    return max(.zero, .milliseconds(Int64(clamping: min(left, 86_400_000))) - kept)
  }

  let server: Identifier<Account>
  /// Rises when money kept aside is let go, so that a channel read before can be read again.
  private(set) var releases = 0
  /// Orders accepted and not yet settled, by channel.
  private var open: [Identifier<Channel>: Tab] = [:]

  /// What a channel owes for answers that are not settled.
  private struct Tab {
    var highestNumber: UInt64 = 0
    var owed: [UInt64: Amount] = [:]
  }

  init(server: Identifier<Account>) { self.server = server }

  /// What the ledger says now of an order's chain, channel and adapter.
  struct LedgerView {
    let status: LedgerStatus
    let adapter: AdapterView
    private(set) var channel: ChannelRecord?
    private(set) var escrow: Amount
    /// The fee terms that the order names, if a vote has replaced them.
    let retiredTerms: RetiredTerms?

    init(of order: Order, on ledger: any LedgerClient) async throws(InferenceFailure) {
      do {
        status = try await ledger.status()
        adapter = try await AdapterView(of: order.adapter, on: ledger)
        channel = try await ledger.record(.channel(order.channel))
        escrow = try await ledger.balance(of: .channelEscrow(order.channel))
        retiredTerms = try await ledger.record(.retiredTerms(order.terms))
      } catch { throw InferenceFailure(.unavailable, "the ledger can't be read: \(error)") }
    }

    /// Looks as the ledger will once a channel is open that it does not know yet.
    mutating func pretend(_ opening: OpenChannel, by payer: Identifier<Account>) {
      precondition(channel == nil, "what is there is not pretended")
      channel = ChannelRecord(
        payer: payer, server: opening.server, signingKey: opening.signingKey, lastNumber: 0,
        status: .open)
      escrow = opening.deposit
    }

    /// The fee terms that an order agreed to; nil unless its answer can still be settled by them.
    func terms(of order: Order, at now: BlockTime) -> FeeTerms? {
      let inForce = status.parameters.receipts.terms
      if inForce.digest == order.terms { return inForce }
      guard let retiredTerms,
        retiredTerms.settledUntil.milliseconds >= now.milliseconds + OrderDesk.leastMillisecondsLeft
      else { return nil }
      return retiredTerms.terms
    }
  }

  /// What orders are to be answered with.
  struct Quote {
    let request: ChatRequest
    let answerers: Answerers
    /// Of the prompt without passages, which are found once the order is accepted.
    let tokensIn: UInt32
  }

  /// What accepting a request's orders did.
  struct Acceptance {
    /// One for each adapter, all of one channel.
    let orders: [SignedOrder]
    /// What they agreed to.
    let terms: FeeTerms
    let payer: Identifier<Account>
    /// The channel's highest number before.
    fileprivate let numberBefore: UInt64
  }

  /// Accepts all of a request's orders and keeps their maxima aside, or says why not.
  /// - Parameter views: what the ledger says of each.
  mutating func accept(
    _ paid: PaidRequest, quote: Quote, views: [LedgerView], now: BlockTime
  ) throws(InferenceFailure) -> Acceptance {
    try Self.checkTogether(paid.orders.map(\.order), quote.answerers)
    var accepted: Acceptance?
    for ((signed, view), part) in zip(zip(paid.orders, views), quote.answerers.parts) {
      do throws(InferenceFailure) {
        let terms = try check(
          signed.order, of: paid, adapter: part.adapter, quote: quote, view: view, now: now)
        accepted = try accept(signed, after: accepted, terms: terms, view: view)
      } catch {
        if let accepted { refuse(accepted) }
        throw error
      }
    }
    guard let accepted else { preconditionFailure("somebody answers") }
    return accepted
  }

  /// Checks that there is an order for each adapter that is to answer, of one channel, fee terms and
  /// expiry.
  private static func checkTogether(
    _ orders: [Order], _ answerers: Answerers
  ) throws(InferenceFailure) {
    guard orders.count == answerers.parts.count,
      orders.allSatisfy({
        $0.ensemble == answerers.ensemble && $0.channel == orders[0].channel
          && $0.terms == orders[0].terms && $0.expiry == orders[0].expiry
      })
    else {
      throw InferenceFailure(
        .orderInvalid,
        answerers.parts.count == 1
          ? "one adapter answers and is paid by one order, which names no ensemble"
          : "an ensemble is paid by an order for each of its adapters, sorted by adapter, each naming all "
            + "of them and their weights, all of one channel, fee terms and expiry")
    }
  }

  private mutating func accept(
    _ signed: SignedOrder, after accepted: Acceptance?, terms: FeeTerms, view: LedgerView
  ) throws(InferenceFailure) -> Acceptance {
    let order = signed.order
    guard let channel = view.channel, channel.server == server, channel.status == .open else {
      throw InferenceFailure(
        .channelNotOpen, "the channel is not open to this server; open one and order again")
    }
    guard signed.isSigned(by: channel.signingKey) else {
      throw InferenceFailure(.orderSignatureInvalid, "the channel's key did not sign this order")
    }
    var tab = open[order.channel] ?? Tab()
    guard order.number > max(channel.lastNumber, tab.highestNumber) else {
      throw InferenceFailure(
        .orderUsed,
        "order number \(order.number) was used; take one above "
          + "\(max(channel.lastNumber, tab.highestNumber))")
    }
    // Both may be anything up to 2¹²⁸ − 1, so neither is added to.
    let free = tab.owed.values.reduce(view.escrow) { (try? $0.subtracting($1)) ?? .zero }
    guard order.maximumFee <= free else {
      throw InferenceFailure(
        .channelEmpty,
        "the channel has \(free) free and the order pays up to \(order.maximumFee); top it up")
    }
    let before = tab.highestNumber
    tab.highestNumber = order.number
    tab.owed[order.number] = order.maximumFee
    open[order.channel] = tab
    return Acceptance(
      orders: (accepted?.orders ?? []) + [signed], terms: terms, payer: channel.payer,
      numberBefore: accepted?.numberBefore ?? before)
  }

  /// Checks that an order pays for the longest answer to a prompt of so many tokens.
  static func checkMaximum(
    of order: Order, for request: ChatRequest, tokensIn: UInt32, terms: FeeTerms
  ) throws(InferenceFailure) {
    guard
      let longest = try? terms.fee(
        of: order, tokensIn: tokensIn, tokensOut: request.maximumTokens)
    else { throw InferenceFailure(.orderInvalid, "the price does not fit an amount") }
    guard longest <= order.maximumFee else {
      throw InferenceFailure(
        .maximumFeeTooLow,
        "the order pays at most \(order.maximumFee), the longest answer asked for costs "
          + "\(longest); raise the maximum or lower max_tokens")
    }
  }

  /// Whether no lower number of the order's channel is still open, but those of `earlier` orders,
  /// which settle with it.
  ///
  /// The ledger takes a channel's orders by rising number: to settle a higher one first would cost
  /// the server the lower one's fee.
  func isNext(_ order: Order, after earlier: [Order]) -> Bool {
    let settling = Set(earlier.filter { $0.channel == order.channel }.map(\.number))
    return open[order.channel]?.owed.keys.allSatisfy {
      $0 >= order.number || settling.contains($0)
    } ?? true
  }

  /// Forgets what an order kept aside: it is settled, or no answer was made.
  mutating func release(_ order: Order) {
    open[order.channel]?.owed[order.number] = nil
    releases += 1
  }

  /// Lets go of accepted orders before their answer was begun: neither money nor numbers are kept.
  mutating func refuse(_ accepted: Acceptance) {
    for order in accepted.orders.map(\.order) { release(order) }
    guard let last = accepted.orders.last?.order else { return }
    if open[last.channel]?.highestNumber == last.number {
      open[last.channel]?.highestNumber = accepted.numberBefore
    }
  }

  /// Takes up an order of an answer that an earlier process made and did not settle.
  mutating func resume(_ order: Order) {
    var tab = open[order.channel] ?? Tab()
    tab.highestNumber = max(tab.highestNumber, order.number)
    tab.owed[order.number] = order.maximumFee
    open[order.channel] = tab
  }

  private func check(
    _ order: Order, of paid: PaidRequest, adapter: ServedAdapter, quote: Quote, view: LedgerView,
    now: BlockTime
  ) throws(InferenceFailure) -> FeeTerms {
    func invalid(_ what: String) -> InferenceFailure { InferenceFailure(.orderInvalid, what) }
    let end = BlockTime(milliseconds: now.milliseconds + Self.leastMillisecondsLeft)
    guard order.chain == view.status.chain.id else {
      throw invalid("the order is for another chain")
    }
    guard order.adapter == adapter.id, view.adapter.settles(until: end) else {
      throw invalid("the adapter is retired, or its run slashed; read /v1/models again")
    }
    guard view.adapter.accepts(order, at: view.status, until: end) else {
      throw invalid("the order is not for this adapter's price; read /v1/models again")
    }
    guard let terms = view.terms(of: order, at: now) else {
      throw invalid("the order was signed for other fee terms; read /v1/status again")
    }
    guard order.expiry.milliseconds >= now.milliseconds + Self.leastMillisecondsLeft else {
      throw invalid("the order has expired or will within a minute; sign a new one")
    }
    guard let salt = paid.salt, order.isFor(paid.body, salt: salt) else {
      throw invalid("the order was signed for another request, or another salt than came with it")
    }
    try Self.checkMaximum(of: order, for: quote.request, tokensIn: quote.tokensIn, terms: terms)
    return terms
  }
}
