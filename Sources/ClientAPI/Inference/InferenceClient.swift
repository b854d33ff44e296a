public import AttributionRules
public import Ledger
public import Primitives

/// An adapter that a server answers with, and what it costs.
public struct ModelListing: Hashable, Sendable {
  /// What the card of its run says of how its answers are traced.
  public struct Card: Hashable, Sendable {
    /// How well scores predicted retrainings (LDS), in millionths; nil of too few.
    public var score: MeasuredFigure?
    /// Retrainings that it was measured on.
    public var retrainings: UInt32

    public init(score: MeasuredFigure?, retrainings: UInt32) {
      self.score = score
      self.retrainings = retrainings
    }
  }

  public var adapter: Identifier<Adapter>
  public var name: String
  public var baseModel: String
  public var server: Identifier<Account>
  /// Base units for 1,000 tokens read.
  public var rateIn: Amount
  /// Base units for 1,000 tokens written.
  public var rateOut: Amount
  /// The run that made it; nil if the server does not say.
  public var run: Identifier<Run>?
  /// The most tokens of a prompt and its answer; nil if the server does not say.
  public var contextLength: UInt32?
  /// Nil unless the server offers one.
  public var card: Card?

  public init(
    adapter: Identifier<Adapter>, name: String, baseModel: String, server: Identifier<Account>,
    rateIn: Amount, rateOut: Amount, run: Identifier<Run>? = nil, contextLength: UInt32? = nil,
    card: Card? = nil
  ) {
    self.adapter = adapter
    self.name = name
    self.baseModel = baseModel
    self.server = server
    self.rateIn = rateIn
    self.rateOut = rateOut
    self.run = run
    self.contextLength = contextLength
    self.card = card
  }
}

/// A request as it is sent: the body's bytes, and what pays for an answer to them.
public struct PaidRequest: Hashable, Sendable {
  public var body: [UInt8]
  /// One for each adapter that is to answer, sorted by adapter; none is not paid.
  public var orders: [SignedOrder]
  /// What the orders' digest of the body is behind: a secret of payer and server.
  public var salt: Digest?
  /// Opens the orders' channel, where there is none yet: the server sends it to the ledger once it finds
  /// the order good, and closes the channel when the answer is settled.
  public var opening: Transaction?
  /// Answers of higher ones go first; the server's own choice, and no client's.
  public var priority = 0

  public init(
    body: [UInt8], orders: [SignedOrder], salt: Digest?, opening: Transaction? = nil
  ) {
    self.body = body
    self.orders = orders
    self.salt = salt
    self.opening = opening
  }

  /// For an answer of one adapter.
  public init(
    body: [UInt8], order: SignedOrder?, salt: Digest?, opening: Transaction? = nil
  ) {
    self.init(body: body, orders: order.map { [$0] } ?? [], salt: salt, opening: opening)
  }

  /// The first of them, whose digest names the answer.
  public var order: SignedOrder? { orders.first }
}

/// An answer, and what it cost.
public struct ChatCompletion: Hashable, Sendable {
  public enum End: String, Sendable {
    /// The model ended its turn.
    case stop
    /// The limit was reached.
    case length
    /// It asks for functions to be called.
    case toolCalls = "tool_calls"
  }

  /// The orders' digests: the names under which the receipts can be fetched, one for each adapter that
  /// answered.
  public var orders: [Digest]
  public var model: String
  public var text: String
  public var end: End
  public var tokensIn: UInt32
  public var tokensOut: UInt32
  public var fee: Amount
  public var toolCalls: [ToolCall] = []
  /// One a token, if they were asked for.
  public var likelihoods: [AnswerToken]?
  /// What the answer could lean on, by the numbers that it cites: the first is `[1]`.
  public var passages: [Passage]

  public init(
    order: Digest, model: String, text: String, end: End, tokensIn: UInt32, tokensOut: UInt32,
    fee: Amount, passages: [Passage] = []
  ) {
    orders = [order]
    self.model = model
    self.text = text
    self.end = end
    self.tokensIn = tokensIn
    self.tokensOut = tokensOut
    self.fee = fee
    self.passages = passages
  }

  /// The first of them, which names the answer.
  public var order: Digest { orders[0] }

  /// The passages that the answer names.
  public var citations: [Citation] { Citation.all(in: text, of: passages) }
}

/// Whoever has what is published: adapters, indexes, manifests, texts, what contributions hold.
public protocol BlobSource: Sendable {
  /// Bytes by their SHA-256 digest; nil if they are not here.
  func blob(_ digest: Digest) async throws(InferenceFailure) -> [UInt8]?
}

/// A server of models as its clients see it, in this process or behind HTTP.
public protocol InferenceClient: BlobSource {
  func models() async throws(InferenceFailure) -> [ModelListing]

  /// Answers a request against its orders.
  /// - Parameter onPiece: called with each piece of the answer as it is made; they join to its text
  ///   and its calls.
  func complete(
    _ request: PaidRequest, onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> ChatCompletion

  /// The receipt of an answered order, sealed unless it is public; nil while it is attributed and
  /// settled, and for an order that this server never answered.
  func receipt(ofOrder order: Digest) async throws(InferenceFailure) -> ReceiptEnvelope?

  /// The card of a run that this server offers, as its maker signed it; nil if it has none.
  func card(of run: Identifier<Run>) async throws(InferenceFailure) -> SignedRunCard?
}
