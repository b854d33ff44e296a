internal import ClientAPI
internal import Ledger
internal import Primitives

extension AnswerSettlement {
  /// How long a batch may take into a block: an answer whose time ends sooner is not sent, for one
  /// that settles too late costs the server's bond.
  static let millisecondsToSettle: UInt64 = 10_000

  /// Checks that the ledger takes an answer, and that nobody can prove it wrong by its order.
  ///
  /// Asked of the ledger of now, before anything is paid for: a batch says nothing of rates and
  /// expiry, so the ledger would take a wrong one, and slash its server.
  ///
  /// - Throws: ``ServingFailure`` with `settlementImpossible`, and the reason.
  func checkSettles(_ order: Order, at now: BlockTime) async throws {
    let status = try await ledger.status()
    let now = max(now, status.header.time)
    let end = BlockTime(milliseconds: now.milliseconds + Self.millisecondsToSettle)
    let adapter = try await AdapterView(of: order.adapter, on: ledger)
    guard adapter.settles(until: now) else {
      throw impossible("its adapter is retired, or the adapter's run slashed")
    }
    guard end <= order.expiry else { throw impossible("its order has expired") }
    guard adapter.accepts(order, at: status, until: end) else {
      throw impossible("the adapter's rates are no longer those of its order")
    }
    guard let channel = try await ledger.record(.channel(order.channel)), channel.status != .closed
    else { throw impossible("its channel is closed") }
    guard channel.server == account else { throw impossible("its channel is another server's") }
    guard channel.lastNumber < order.number else {
      throw impossible("the channel has settled a number that is not below its order's")
    }
    guard status.parameters.receipts.terms.digest != order.terms else { return }
    let retired = try await ledger.record(.retiredTerms(order.terms))
    guard let retired, now <= retired.settledUntil else {
      throw impossible("the fee terms of its order are no longer settled")
    }
  }

  private func impossible(_ reason: String) -> ServingFailure {
    ServingFailure(.settlementImpossible, reason)
  }
}

extension Rejection {
  /// Whether a batch that is refused for this may be taken later, once there is more money.
  var mayPass: Bool {
    switch self {
    case .receipt(.bondTooSmall), .receipt(.escrowTooSmall), .account: true
    default: false
    }
  }
}
