internal import ClientAPI
internal import Ledger
internal import Primitives

/// How long an answer takes to attribute, of late: what decides how many may wait for it.
///
/// Attribution comes behind the answers and may take longer than they do, so that a server which is
/// asked for more than it can attribute would give answers whose orders expire unpaid.
struct AttributionPace {
  /// Of one answer, before the first was measured.
  private static let guess = Duration.seconds(1)
  /// What an answer counts for beside those before it.
  private static let newest = 0.2
  /// By how much the machine may slow down later.
  private static let slack = 2.0
  /// What settling takes behind it: a block or two.
  private static let settling = Duration.seconds(10)

  private(set) var each = AttributionPace.guess

  mutating func record(_ duration: Duration) {
    each = each * (1 - Self.newest) + duration * Self.newest
  }

  /// What an order must have left when its answer is made, with so many to be attributed first.
  func needed(behind count: Int) -> Duration {
    max(OrderDesk.leastKept, each * (Self.slack * Double(count + 1)) + Self.settling)
  }
}

extension InferenceServer {
  /// What an order must have left when its answer is made.
  var timeToSettle: Duration {
    attributionPace.needed(behind: waiting.count - finished.count + answering)
  }

  /// Checks that answers to orders given now can be attributed before the orders expire.
  /// - Throws: `overloaded`.
  func checkBacklog(before orders: [SignedOrder]) throws(InferenceFailure) {
    let needed = timeToSettle + .seconds(30)
    // Whoever has less than a minute left is told so for itself.
    guard needed > .milliseconds(Int64(OrderDesk.leastMillisecondsLeft)) else { return }
    let end = clock().milliseconds + UInt64(needed / .milliseconds(1))
    guard orders.allSatisfy({ $0.order.expiry.milliseconds >= end }) else {
      throw InferenceFailure(
        .overloaded,
        "answers wait to be attributed, for about \(Int(needed / .seconds(2))) s; try again later, or "
          + "with an order that expires no sooner than in \(Int(needed / .seconds(1))) s")
    }
  }
}
