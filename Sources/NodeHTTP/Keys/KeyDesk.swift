internal import ClientAPI
internal import Ledger
internal import Networking
internal import Primitives
internal import Synchronization

/// Signs orders for clients that come with a key, within the key's limits.
///
/// What an answer may cost is set aside before it is begun; what it cost is known at its end. A
/// process that ends in between has spent the whole of it.
final class KeyDesk: Sendable {
  /// How long the server has to settle an order.
  private static let orderMilliseconds: UInt64 = 3_600_000
  /// How often an order is signed anew because another of its channel overtook it.
  static let attemptMaximum = 32

  /// An answer under way.
  struct Ticket: Sendable {
    let key: APIKey
    let paid: PaidRequest
    /// Names the answer: the first of its orders.
    let order: Digest
    fileprivate let reserved: Amount
    fileprivate let day: UInt64
  }

  private struct Account: Hashable {
    let key: String
    let day: UInt64
  }

  private struct Books {
    var spent: [Account: Amount] = [:]
    /// The orders whose answers are under way.
    var open: Set<Digest> = []
  }

  private let signing: KeySigning
  private let books = Mutex(Books())

  init(_ signing: KeySigning) { self.signing = signing }

  /// The key in a request's headers, as OpenAI's and Anthropic's clients send it; nil without one.
  static func key(in headers: HTTPHeaders) -> String? {
    if let key = headers["x-api-key"], !key.isEmpty { return key }
    guard let text = headers["Authorization"] else { return nil }
    let words = text.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return String(words[1])
  }

  /// - Throws: `key_unknown`.
  func entry(of key: String) async throws(Refusal) -> APIKey {
    let keys: [APIKey]
    do { keys = try await signing.keys() } catch { throw Self.unavailable(error) }
    guard let entry = APIKey.entry(of: key, among: keys) else {
      throw Refusal(.keyUnknown, "this API key is not known here, or was removed")
    }
    return entry
  }

  /// Signs orders for a body, and sets aside what its answer may cost.
  /// - Throws: `fee_above_limit`, `key_limit_reached`, `channel_not_open`.
  func order(
    for request: DialectRequest, choice: ModelChoice, by key: APIKey
  ) async throws(Refusal) -> Ticket {
    let salt = signing.entropy()
    let now = signing.clock()
    let signer: PayerSigner
    var numbers: [UInt64] = []
    do {
      signer = try await signing.signer(key.channel)
      for _ in choice.parts { numbers.append(try await signing.nextNumber(key.channel)) }
    } catch { throw Self.unavailable(error) }
    let signed: [SignedOrder]
    let fee: Amount
    do throws(InferenceFailure) {
      signed = try signer.orders(
        for: request.body, choice: choice, numbers: numbers, salt: salt,
        expiry: BlockTime(milliseconds: now.milliseconds + Self.orderMilliseconds))
      fee = try signed.maximumFee()
    } catch { throw Refusal(error) }
    guard fee <= key.answerLimit else {
      throw Refusal(
        .feeAboveLimit,
        "this answer could cost \(fee.tokens) WHN, and the key's limit is \(key.answerLimit.tokens) "
          + "WHN an answer; ask for fewer tokens, or have a key with a higher --limit")
    }
    let account = Account(key: key.name, day: now.milliseconds / 86_400_000)
    let order = signed[0].order.signedDigest
    if let refusal = reserve(fee, for: order, on: account, of: key) { throw refusal }
    var paid = PaidRequest(body: request.body, orders: signed, salt: salt)
    paid.priority = key.priority
    return Ticket(key: key, paid: paid, order: order, reserved: fee, day: account.day)
  }

  /// Says that an answer is over: what it did not cost is free again.
  ///
  /// Only the first call counts.
  ///
  /// - Parameter fee: zero if none was given.
  func close(_ ticket: Ticket, fee: Amount) {
    let account = Account(key: ticket.key.name, day: ticket.day)
    books.withLock { books in
      guard books.open.remove(ticket.order) != nil, let before = books.spent[account],
        let freed = try? ticket.reserved.subtracting(fee),
        let after = try? before.subtracting(freed)
      else { return }
      books.spent[account] = after
      // What is stored stands for more than was spent, never for less.
      try? signing.store(account.key, account.day, after)
    }
  }

  /// Sets aside what an answer may cost, or says why not.
  private func reserve(
    _ fee: Amount, for order: Digest, on account: Account, of key: APIKey
  ) -> Refusal? {
    // Under the lock: what is stored last is what was decided last.
    books.withLock { books -> Refusal? in
      do {
        let before =
          try books.spent[account] ?? signing.spent(account.key, account.day) ?? .zero
        books.spent = books.spent.filter {
          $0.key.key != account.key || $0.key.day + 1 >= account.day
        }
        books.spent[account] = before
        guard let after = try? before.adding(fee), after <= key.dayLimit else {
          return Refusal(
            .keyLimitReached,
            "the key's answers of today cost up to \(before.tokens) WHN and this one could cost "
              + "\(fee.tokens) WHN; its limit is \(key.dayLimit.tokens) WHN a day (UTC)")
        }
        try signing.store(account.key, account.day, after)
        books.spent[account] = after
        books.open.insert(order)
        return nil
      } catch { return Self.unavailable(error) }
    }
  }

  private static func unavailable(_ error: any Error) -> Refusal {
    if let failure = error as? InferenceFailure { return Refusal(failure) }
    return Refusal(InferenceFailure(.unavailable, "no order can be signed: \(error)"))
  }
}
