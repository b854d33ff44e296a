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

  /// Signs an order for one answer to `body`.
  ///
  /// The maximum fee covers every byte of the body as a token, for no token is shorter, the longest
  /// system message that a run may put before it, the longest passages, how templates tell a model of
  /// functions, and the longest answer that the body asks for.
  ///
  /// - Parameters:
  ///   - number: higher than that of every order before on this channel.
  ///   - salt: 32 fresh random bytes, for the server alone: they hide the request's digest from
  ///     guessing.
  ///   - isPublic: whether everybody may have the receipt.
  /// - Throws: ``InferenceFailure`` if the body is not a request, or its price does not fit.
  public func order(
    for body: [UInt8], model: ModelListing, number: UInt64, salt: Digest, expiry: BlockTime,
    isPublic: Bool = false
  ) throws(InferenceFailure) -> SignedOrder {
    let request = try ChatRequest(parsing: body)
    let system =
      request.messages.first?.role == .system ? 0 : TrainingRecipe.systemMessageMaximum
    let passages = request.passageLimit.map { PassageContext.byteMaximum(passages: Int($0)) } ?? 0
    // A template may write each function, call and result with blanks and words of its own.
    let usesTools =
      !request.offeredTools.isEmpty
      || request.messages.contains { $0.role == .tool || !$0.toolCalls.isEmpty }
    let toolBytes = usesTools ? body.count + 2048 + 64 * request.messages.count : 0
    guard
      let parts = try? parameters.receipts.terms.feeParts(
        tokensIn: UInt32(
          clamping: body.count + 8 * request.messages.count + 64 + system + passages
            + toolBytes),
        tokensOut: request.maximumTokens, rateIn: model.rateIn, rateOut: model.rateOut)
    else { throw InferenceFailure(.orderInvalid, "the price does not fit an amount") }
    let order = Order(
      chain: chain, channel: channel, number: number,
      request: Order.requestDigest(of: body, salt: salt), adapter: model.adapter,
      rateIn: model.rateIn, rateOut: model.rateOut, terms: parameters.receipts.terms.digest,
      maximumFee: parts.fee, nonce: Order.nonce(of: salt), expiry: expiry, isPublic: isPublic)
    return order.signed(by: key)
  }
}
