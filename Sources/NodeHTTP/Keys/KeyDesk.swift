internal import ClientAPI
internal import Ledger
internal import Networking
internal import Primitives

/// Signs orders for clients that come with a key, within the key's limits.
///
/// What an answer may cost is set aside before it is begun; what it cost is known at its end. A
/// process that ends in between has spent the whole of it.
actor KeyDesk {
  /// How long the server has to settle an order.
  private static let orderMilliseconds: UInt64 = 3_600_000
  /// How often an order is signed anew because another of its channel overtook it.
  static let attemptMaximum = 32

  /// An answer under way.
  struct Ticket: Sendable {
    let key: APIKey
    let paid: PaidRequest
    let order: Digest
    fileprivate let reserved: Amount
    fileprivate let day: UInt64
  }

  private struct Account: Hashable {
    let key: String
    let day: UInt64
  }

  private let signing: KeySigning
  private var spent: [Account: Amount] = [:]
  /// The orders whose answers are under way.
  private var open: Set<Digest> = []

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

  /// Signs an order for a body, and sets aside what its answer may cost.
  /// - Throws: `fee_above_limit`, `key_limit_reached`, `channel_not_open`.
  func order(
    for request: DialectRequest, listing: ModelListing, by key: APIKey
  ) async throws(Refusal) -> Ticket {
    let salt = signing.entropy()
    let now = signing.clock()
    let signer: PayerSigner
    let number: UInt64
    do {
      signer = try await signing.signer(key.channel)
      number = try await signing.nextNumber(key.channel)
    } catch { throw Self.unavailable(error) }
    let signed: SignedOrder
    do throws(InferenceFailure) {
      signed = try signer.order(
        for: request.body, model: listing, number: number, salt: salt,
        expiry: BlockTime(milliseconds: now.milliseconds + Self.orderMilliseconds))
    } catch { throw Refusal(error) }
    let fee = signed.order.maximumFee
    guard fee <= key.answerLimit else {
      throw Refusal(
        .feeAboveLimit,
        "this answer could cost \(fee.tokens) WHN, and the key's limit is \(key.answerLimit.tokens) "
          + "WHN an answer; ask for fewer tokens")
    }
    let account = Account(key: key.name, day: now.milliseconds / 86_400_000)
    try reserve(fee, on: account, of: key)
    let order = signed.order.signedDigest
    open.insert(order)
    var paid = PaidRequest(body: request.body, order: signed, salt: salt)
    paid.priority = key.priority
    return Ticket(key: key, paid: paid, order: order, reserved: fee, day: account.day)
  }

  /// An answer is over: what it did not cost is free again. Only the first call counts.
  /// - Parameter fee: zero if none was given.
  func close(_ ticket: Ticket, fee: Amount) {
    guard open.remove(ticket.order) != nil else { return }
    let account = Account(key: ticket.key.name, day: ticket.day)
    guard let before = spent[account], let freed = try? ticket.reserved.subtracting(fee),
      let after = try? before.subtracting(freed)
    else { return }
    spent[account] = after
    // What is stored stands for more than was spent, never for less.
    try? signing.store(account.key, account.day, after)
  }

  private func reserve(
    _ fee: Amount, on account: Account, of key: APIKey
  ) throws(Refusal) {
    if spent[account] == nil {
      do { spent[account] = try signing.spent(account.key, account.day) ?? .zero } catch {
        throw Self.unavailable(error)
      }
      spent = spent.filter { $0.key.key != account.key || $0.key.day + 1 >= account.day }
    }
    let before = spent[account] ?? .zero
    guard let after = try? before.adding(fee), after <= key.dayLimit else {
      throw Refusal(
        .keyLimitReached,
        "the key's answers of today cost up to \(before.tokens) WHN and this one could cost "
          + "\(fee.tokens) WHN; its limit is \(key.dayLimit.tokens) WHN a day (UTC)")
    }
    spent[account] = after
    do { try signing.store(account.key, account.day, after) } catch {
      throw Self.unavailable(error)
    }
  }

  private static func unavailable(_ error: any Error) -> Refusal {
    if let failure = error as? InferenceFailure { return Refusal(failure) }
    return Refusal(InferenceFailure(.unavailable, "no order can be signed: \(error)"))
  }
}
