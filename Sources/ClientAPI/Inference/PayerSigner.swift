public import Cryptography
public import Ledger
public import Primitives

/// Signs orders on the payer's side, so that a server can't charge what was not asked for.
public struct PayerSigner: Sendable {
  public let chain: Identifier<Chain>
  public let channel: Identifier<Channel>
  public let parameters: LedgerParameters
  private let key: SigningKey

  /// - Parameter key: the key that the channel was opened with.
  public init(
    chain: Identifier<Chain>, channel: Identifier<Channel>, parameters: LedgerParameters,
    key: SigningKey
  ) {
    self.chain = chain
    self.channel = channel
    self.parameters = parameters
    self.key = key
  }

  /// The receipt in an envelope, if it is public or sealed for this channel's key.
  public func open(_ envelope: ReceiptEnvelope) -> PublishedReceipt? {
    envelope.receipt(openedBy: [key])
  }

  /// Signs an order for one adapter's answer to `body`; as ``orders(for:choice:numbers:salt:expiry:isPublic:)``.
  public func order(
    for body: [UInt8], model: ModelListing, number: UInt64, salt: Digest, expiry: BlockTime,
    isPublic: Bool = false
  ) throws(InferenceFailure) -> SignedOrder {
    try orders(
      for: body, choice: ModelChoice(model), numbers: [number], salt: salt, expiry: expiry,
      isPublic: isPublic)[0]
  }

  /// Signs what pays for one answer to `body`: an order for each adapter that is to answer, in their
  /// order.
  ///
  /// The maximum fee covers every byte of the body as a token, for no token is shorter, the longest
  /// system message that a run may put before it, the longest passages, how templates tell a model of
  /// functions, and the longest answer that the body asks for; but no more than the model's context has
  /// room for, where the server says how long that is.
  ///
  /// - Parameters:
  ///   - numbers: as many as there are adapters, rising, and higher than that of every order before on
  ///     this channel.
  ///   - salt: 32 fresh random bytes, for the server alone: they hide the request's digest from
  ///     guessing.
  ///   - isPublic: whether everybody may have the receipts.
  /// - Throws: ``InferenceFailure`` if the body is not a request, or its price does not fit.
  public func orders(
    for body: [UInt8], choice: ModelChoice, numbers: [UInt64], salt: Digest, expiry: BlockTime,
    isPublic: Bool = false
  ) throws(InferenceFailure) -> [SignedOrder] {
    precondition(numbers.count == choice.parts.count, "a number for each adapter")
    let request = try ChatRequest(parsing: body)
    let tokensMost = Self.mostTokens(of: request, bodyBytes: body.count)
    var orders: [SignedOrder] = []
    for (part, number) in zip(choice.parts, numbers) {
      var order = Order(
        chain: chain, channel: channel, number: number,
        request: Order.requestDigest(of: body, salt: salt), adapter: part.listing.adapter,
        ensemble: choice.ensemble, rateIn: part.listing.rateIn, rateOut: part.listing.rateOut,
        terms: parameters.receipts.terms.digest, maximumFee: .zero, nonce: Order.nonce(of: salt),
        expiry: expiry, isPublic: isPublic)
      // A longer prompt is refused for that, and not for its price.
      let room = part.listing.contextLength.map { $0 - min($0, request.maximumTokens) } ?? .max
      guard
        let fee = try? parameters.receipts.terms.fee(
          of: order, tokensIn: min(tokensMost, room), tokensOut: request.maximumTokens)
      else { throw InferenceFailure(.orderInvalid, "the price does not fit an amount") }
      order.maximumFee = fee
      orders.append(order.signed(by: key))
    }
    return orders
  }

  /// The longest prompt that a server can make of a request.
  private static func mostTokens(of request: ChatRequest, bodyBytes: Int) -> UInt32 {
    let system =
      request.messages.first?.role == .system ? 0 : TrainingRecipe.systemMessageMaximum
    let passages = request.passageLimit.map { PassageContext.byteMaximum(passages: Int($0)) } ?? 0
    // A template may write each function, call and result with blanks and words of its own.
    let usesTools =
      !request.offeredTools.isEmpty
      || request.messages.contains { $0.role == .tool || !$0.toolCalls.isEmpty }
    let tools = usesTools ? bodyBytes + 2048 + 64 * request.messages.count : 0
    return UInt32(
      clamping: bodyBytes + 8 * request.messages.count + 64 + system + passages + tools)
  }
}

extension [SignedOrder] {
  /// What all of them may cost together.
  /// - Throws: `order_invalid` if it does not fit an amount.
  public func maximumFee() throws(InferenceFailure) -> Amount {
    var sum = Amount.zero
    for signed in self {
      guard let next = try? sum.adding(signed.order.maximumFee) else {
        throw InferenceFailure(.orderInvalid, "the price does not fit an amount")
      }
      sum = next
    }
    return sum
  }
}
