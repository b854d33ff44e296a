import ClientAPI
import Ledger
import Primitives
import Synchronization

/// What clients ordered and were given, to be compared with what the ledger says.
final class SoakBooks: Sendable {
  /// One order, as its payer knows it.
  struct Entry: Sendable {
    let order: Order
    /// Pieces of the answer that came; each has a token at least.
    var pieces = 0
    /// The answer's end came: so many tokens, for this fee.
    var end: (tokensOut: UInt32, fee: Amount)?
  }

  /// How requests ended.
  struct Counts: Sendable {
    var answered = 0
    var left = 0
    var stalled = 0
    var junk = 0
    /// By the refusal's code; what broke off with the server is `cut_off`.
    var refused: [String: Int] = [:]
    /// Refusals that should not have been, or none that should.
    var wrong: [String] = []
    /// Tokens of answers that came to their end.
    var tokens: UInt64 = 0
  }

  private let entries = Mutex<[Digest: Entry]>([:])
  private let sums = Mutex(Counts())

  var all: [Digest: Entry] { entries.withLock { $0 } }
  var counts: Counts { sums.withLock { $0 } }

  func open(_ order: Order) {
    entries.withLock { $0[order.signedDigest] = Entry(order: order) }
  }

  func piece(of order: Order) {
    entries.withLock { $0[order.signedDigest]?.pieces += 1 }
  }

  func end(of order: Order, tokensOut: UInt32, fee: Amount) {
    entries.withLock { $0[order.signedDigest]?.end = (tokensOut, fee) }
    sums.withLock {
      $0.answered += 1
      $0.tokens += UInt64(tokensOut)
    }
  }

  func count(_ change: @Sendable (inout Counts) -> Void) { sums.withLock { change(&$0) } }

  func refuse(_ code: String) { sums.withLock { $0.refused[code, default: 0] += 1 } }

  func wrong(_ what: String) {
    sums.withLock { if $0.wrong.count < 100 { $0.wrong.append(what) } }
  }

  /// What the ledger took for an order, if it took anything.
  typealias Settled = (fee: Amount, tokensOut: UInt32)

  /// What is wrong with what the ledger settled, by what the clients know.
  ///
  /// - Parameters:
  ///   - settled: by the order's digest.
  ///   - spent: what left each channel.
  static func faults(
    in entries: [Digest: Entry], settled: [Digest: Settled],
    spent: [Identifier<Channel>: Amount]
  ) -> [String] {
    var faults: [String] = []
    var sums: [Identifier<Channel>: Amount] = [:]
    for (digest, entry) in entries.sorted(by: { $0.key < $1.key }) {
      guard let paid = settled[digest] else {
        if entry.end != nil { faults.append("\(digest): answered and never settled") }
        continue
      }
      sums[entry.order.channel] =
        (try? (sums[entry.order.channel] ?? .zero).adding(paid.fee)) ?? .zero
      if paid.fee > entry.order.maximumFee {
        faults.append("\(digest): \(paid.fee) paid of at most \(entry.order.maximumFee)")
      }
      if let end = entry.end, end.tokensOut != paid.tokensOut || end.fee != paid.fee {
        faults.append(
          "\(digest): \(end.tokensOut) tokens for \(end.fee) told, "
            + "\(paid.tokensOut) for \(paid.fee) settled")
      }
      if paid.tokensOut < UInt32(clamping: entry.pieces) {
        faults.append("\(digest): \(entry.pieces) pieces came, \(paid.tokensOut) tokens paid")
      }
    }
    for (channel, spent) in spent.sorted(by: { $0.key < $1.key }) {
      let owed = sums[channel] ?? .zero
      if owed != spent {
        faults.append("channel \(channel): \(spent) left it, its receipts come to \(owed)")
      }
    }
    return faults
  }
}
