internal import CanonicalCoding
public import ClientAPI
public import Cryptography
internal import JSONCoding
public import Ledger
public import Networking
public import Primitives

/// Pays for one answer at a time with x402: no channel is kept between two of them.
public struct PayPerCallClient: Sendable {
  /// What a payment did beside the answer.
  public struct Payment: Hashable, Sendable {
    /// Opened for this answer alone; the server closes it, and its rest goes back to the payer.
    public let channel: Identifier<Channel>
    /// What opened it.
    public let transaction: Identifier<Transaction>
    public let deposit: Amount
  }

  private let ledger: any LedgerClient
  private let server: HTTPInferenceClient
  private let clock: @Sendable () -> BlockTime
  private let entropy: @Sendable () -> Digest

  /// - Parameters:
  ///   - base: where the server answers, such as `http://127.0.0.1:8800`.
  ///   - ledger: the payer's own view of the chain; the server's word is not taken for it.
  ///   - entropy: gives 32 fresh random bytes.
  public init(
    base: String, ledger: any LedgerClient, client: HTTPClient = HTTPClient(),
    clock: @escaping @Sendable () -> BlockTime = systemTime,
    entropy: @escaping @Sendable () -> Digest = systemEntropy
  ) {
    server = HTTPInferenceClient(base: base, client: client)
    self.ledger = ledger
    self.clock = clock
    self.entropy = entropy
  }

  /// Has a request answered for what the server asks, if that is no more than a limit.
  ///
  /// - Parameters:
  ///   - key: signs the payment, the order and whatever the account sends.
  ///   - onPayment: told of the payment before it is sent, for whoever wants to find it again.
  /// - Throws: `payment_required` if the server asks for more, or for what this can't pay;
  ///   what the server fails with. A failed answer's deposit goes back by the server's act, or else by
  ///   the payer's own `close_channel`.
  public func complete(
    _ body: [UInt8], limit: Amount, by key: SigningKey, of account: Identifier<Account>,
    isPublic: Bool = false, onPayment: @Sendable (Payment) -> Void = { _ in },
    onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> ChatCompletion {
    let status: LedgerStatus
    do {
      status = try await ledger.status()
    } catch { throw InferenceFailure(.unreachable, "the ledger can't be read: \(error)") }
    let asked = try await requirements(for: body, on: status.chain.id)
    guard asked.amount <= limit else {
      throw InferenceFailure(
        .paymentRequired,
        "the server asks for up to \(asked.amount), and at most \(limit) is to be paid")
    }
    let signed = payment(
      of: asked, for: body, status: status, key: key, account: account, isPublic: isPublic)
    let payment = Payment(
      channel: signed.order.order.channel, transaction: signed.opening.id, deposit: asked.amount)
    onPayment(payment)
    let document: JSON = [
      "x402Version": 2, "accepted": asked.json, "payload": signed.json,
    ]
    let (completion, headers) = try await server.answer(
      to: body, paidBy: [PaymentHeader.signature: Base64.text(of: document.bytes())],
      orders: [signed.order.order.signedDigest], onPiece)
    guard
      let settlement = headers[PaymentHeader.response].flatMap(PaymentSettlement.init(header:)),
      settlement.isSuccess, settlement.transaction == payment.transaction.description
    else {
      throw InferenceFailure(.unreachable, "the answer does not say what became of the payment")
    }
    return completion
  }

  /// What the server asks for on this chain.
  private func requirements(
    for body: [UInt8], on chain: Identifier<Chain>
  ) async throws(InferenceFailure) -> PaymentRequirements {
    let network = PaymentRequirements.network(of: chain)
    let offers = try await server.paymentRequired(for: body) ?? []
    guard
      let asked = offers.lazy.compactMap(PaymentRequirements.init(json:))
        .first(where: { $0.network == network })
    else {
      throw InferenceFailure(
        .paymentRequired,
        "the server takes no payment by the call on \(network); `whence ask` opens a channel")
    }
    return asked
  }

  /// Signs the opening of a channel for this answer alone, and the order on it.
  private func payment(
    of asked: PaymentRequirements, for body: [UInt8], status: LedgerStatus, key: SigningKey,
    account: Identifier<Account>, isPublic: Bool
  ) -> PaymentPayload {
    let salt = entropy()
    let now = max(clock().milliseconds, status.header.time.milliseconds)
    let seconds = UInt64(max(asked.timeoutSeconds, 0))
    let lifetime = min(seconds * 1_000, status.parameters.accounts.nonceLifetime / 2)
    let ordering = TransactionOrdering.unordered(
      expiry: BlockTime(milliseconds: now + lifetime),
      nonce: entropy().bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let opening = TransactionContent(
      chain: status.chain.id, signer: account, publicKey: key.publicKey, ordering: ordering,
      fee: .zero, expiry: Height(status.header.height.number + 100_000),
      message: .openChannel(
        OpenChannel(server: asked.payTo, signingKey: key.publicKey, deposit: asked.amount))
    ).payingLeast(under: status.parameters).signed(by: key)
    let order = Order(
      chain: status.chain.id, channel: Identifier(creator: account, ordering: ordering), number: 1,
      request: Order.requestDigest(of: body, salt: salt), adapter: asked.adapter,
      rateIn: asked.rateIn, rateOut: asked.rateOut, terms: asked.terms,
      maximumFee: asked.amount, nonce: Order.nonce(of: salt),
      expiry: BlockTime(milliseconds: now + seconds * 1_000), isPublic: isPublic
    ).signed(by: key)
    return PaymentPayload(opening: opening, order: order, salt: salt)
  }
}
