internal import CanonicalCoding
public import ClientAPI
public import Cryptography
public import LanguageModels
public import Ledger
public import Primitives
public import Storage

/// Answers paid requests with the ledger's adapters, and settles what was answered.
///
/// An answer never waits for its attribution: once given it is written to disk, and ``run()``
/// attributes it afterwards and settles it in a batch with others, in this process or the next. One
/// that can't be settled is reported and holds up no other.
public actor InferenceServer {
  /// What ``openMaximum`` is unless it is set.
  public static let openStandard = 64

  public nonisolated let engine: LanguageEngine
  let ledger: any LedgerClient
  let blobs: BlobStore
  let cards: DocumentFolder
  /// What follows from the cards that were asked for, each by its own digest.
  var cardFigures: [Digest: ModelListing.Card?] = [:]
  /// Time spent on attributing answers, and how often one could not be settled.
  var attributionTime = Duration.zero
  var attributionPace = AttributionPace()
  var troubleCount: UInt64 = 0
  let clock: @Sendable () -> BlockTime
  let settlement: AnswerSettlement
  let ensembles: EnsembleShelf
  let unsettled: DocumentFolder
  let setAside: SetAsideAnswers
  var adapters: [ServedAdapter]
  /// Taken out, and kept until what they answered is attributed.
  var leaving: [ServedAdapter] = []
  /// How many answers are being made with each adapter.
  var uses: [AdapterHandle: Int] = [:]
  /// Nil for a server whose adapters are those that it was opened with.
  let loading: AdapterLoading?
  let retryInterval: Duration
  let claimInterval: Duration
  let report: @Sendable (SettlementTrouble) -> Void
  var desk: OrderDesk
  let batches: BatchPolicy
  /// The orders of answers that wait to be settled, by the names of their documents.
  var waiting: [String: Order] = [:]
  /// The receipts of those that are attributed, which wait for their batch.
  var finished: [String: PublishedReceipt] = [:]
  /// When the first of these was.
  var finishedSince: ContinuousClock.Instant?
  /// When demands and claims were last looked for.
  var looked: ContinuousClock.Instant?
  /// Orders that are being answered.
  var answering = 0
  /// Answers being made or waiting to be settled; beyond it requests are refused.
  var openMaximum = InferenceServer.openStandard
  /// Answers that the engines work on, by numbers of their own; see ``cutOff(by:)``.
  var underway: [UInt64: Task<Generation, any Error>] = [:]
  var lastUnderway: UInt64 = 0
  /// Whether answers under way end where they are.
  var isCutOff = false
  /// Whether no more answers are begun; see ``drain()``.
  public internal(set) var isDraining = false
  /// Workers elsewhere that answer for this server; nil: the engine answers all.
  public internal(set) var pool: EnginePool?
  /// Whether a request may bring its own channel's opening.
  var takesOpenings = true
  /// Those that came with requests and are open still; on disk.
  let openings: ChannelOpenings
  /// The channels of requests whose opening is under way or answered.
  var answeringOpenings: Set<Identifier<Channel>> = []
  let doorbell: (rings: AsyncStream<Void>, ring: AsyncStream<Void>.Continuation)

  /// Opens a server on a folder of its own, taking up answers that an earlier process gave and
  /// did not settle.
  ///
  /// - Parameters:
  ///   - key: signs what the server sends to the ledger.
  ///   - account: channels name it, and it is paid the server's part; if absent, the one that `key`
  ///     opened first.
  ///   - adapters: what is offered; see ``ServedAdapter/load(_:from:blobs:engine:weights:store:shelf:)``.
  ///   - loading: how others come in while it runs; nil for a server that takes none.
  ///   - batches: how long a receipt waits for others to settle with.
  ///   - retryInterval: the pause after the ledger or the disk kept an answer from being settled.
  ///   - claimInterval: how often demanded data and contributors' money that batches owe are looked
  ///     after.
  ///   - report: told of every answer that is not settled.
  /// - Throws: `StorageFailure` if the folder can't be read.
  public init(
    engine: LanguageEngine, ledger: any LedgerClient, blobs: BlobStore, folder: String,
    key: SigningKey, account: Identifier<Account>? = nil, adapters: [ServedAdapter],
    loading: AdapterLoading? = nil, clock: @escaping @Sendable () -> BlockTime,
    batches: BatchPolicy = .standard, retryInterval: Duration = .seconds(5),
    claimInterval: Duration = .seconds(1),
    report: @escaping @Sendable (SettlementTrouble) -> Void = SettlementTrouble.log
  ) throws {
    self.engine = engine
    self.ledger = ledger
    self.blobs = blobs
    self.adapters = adapters
    self.loading = loading
    self.clock = clock
    self.batches = batches
    self.retryInterval = retryInterval
    self.claimInterval = claimInterval
    self.report = report
    ensembles = EnsembleShelf(engine: engine, artifacts: Artifacts(blobs: blobs))
    cards = try Self.cards(in: folder)
    unsettled = try DocumentFolder(at: "\(folder)/unsettled")
    setAside = SetAsideAnswers(folder: try DocumentFolder(at: "\(folder)/set-aside"))
    openings = ChannelOpenings(folder: try DocumentFolder(at: "\(folder)/openings"))
    let account = account ?? Identifier(key.publicKey)
    let receipts = try DocumentFolder(at: "\(folder)/receipts")
    settlement = AnswerSettlement(
      engine: engine, ledger: ledger, receipts: receipts, blobs: blobs,
      claims: ContributorClaims(
        ledger: ledger, blobs: blobs, batches: try DocumentFolder(at: "\(folder)/batches"),
        key: key, account: account),
      demands: DemandedData(
        ledger: ledger, blobs: blobs, receipts: receipts, key: key, account: account),
      disputes: DisputeAnswers(
        ledger: ledger, blobs: blobs, receipts: receipts,
        recipients: ReceiptRecipients(ledger: ledger, server: key.publicKey), key: key,
        account: account),
      key: key, account: account)
    var desk = OrderDesk(server: account)
    let names = try unsettled.names()
    for name in names {
      do {
        for part in try Self.answer(name, in: unsettled).each {
          let name = UnsettledAnswer.name(of: part.order.order)
          guard waiting[name] == nil else { continue }
          // A process that ended while it kept an ensemble's answer may have kept the first alone.
          if !names.contains(name) { try unsettled.put(part.canonicalBytes, as: name) }
          desk.resume(part.order.order)
          waiting[name] = part.order.order
        }
      } catch {
        report(SettlementTrouble(document: name, cause: error, isRetried: false))
      }
    }
    self.desk = desk
    let (rings, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    doorbell = (rings, ring)
    ring.yield()
  }

  static func answer(
    _ name: String, in folder: DocumentFolder
  ) throws -> UnsettledAnswer {
    guard let bytes = try folder.bytes(of: name),
      let answer = try? UnsettledAnswer(canonicalBytes: bytes)
    else {
      throw ServingFailure(
        .unsettledCorrupt, "\(folder.path)/\(name) is not an answer; restore or remove it")
    }
    return answer
  }
}

extension InferenceServer: InferenceClient {
  public func complete(
    _ paid: PaidRequest, onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> ChatCompletion {
    let request = try ChatRequest(parsing: paid.body)
    let answerers = try await answerers(of: request)
    for part in answerers.parts { beginUse(of: part.adapter) }
    defer { for part in answerers.parts { endUse(of: part.adapter) } }
    // First the orders, and their money kept aside: what can't pay costs no search.
    let bare = UInt32(try barePrompt(of: request, for: answerers).count)
    let accepted = try await accept(
      paid, quote: .init(request: request, answerers: answerers, tokensIn: bare))
    let order = accepted.orders[0]
    defer {
      answering -= 1
      answeringOpenings.remove(order.order.channel)
    }
    let preparation: Preparation
    let handle: AdapterHandle
    do throws(InferenceFailure) {
      if let fault = await formFault(of: request) { throw fault }
      preparation = try await prepare(request, for: answerers)
      for order in accepted.orders {
        try OrderDesk.checkMaximum(
          of: order.order, for: request, tokensIn: UInt32(preparation.prompt.count),
          terms: accepted.terms)
      }
      handle = try await lease(answerers)
    } catch {
      desk.refuse(accepted)
      doorbell.ring.yield()
      throw error
    }
    defer { release(answerers) }
    do {
      var asked = try GenerationRequest(
        request, prompt: preparation.prompt, adapter: handle, engine: engine,
        order: order.order, payer: accepted.payer)
      let kept = timeToSettle
      asked.timeLimit = accepted.orders.map {
        OrderDesk.timeLeft(of: $0.order, at: clock(), keeping: kept)
      }.min()
      asked.priority = paid.priority
      if request.isStreaming { await onPiece(.prompt(tokens: UInt32(preparation.prompt.count))) }
      let (generation, told) = try await generate(
        asked, of: answerers,
        telling: AnswerTelling(
          request, order: order.order.signedDigest, tokenizer: engine.tokenizer),
        isStreaming: request.isStreaming, onPiece: onPiece)
      // Kept to its end even if the client left: what it was given is paid.
      return try await Task {
        try await keep(
          generation, told, request: request, paid: paid, orders: accepted.orders,
          preparation: preparation)
      }.value
    } catch {
      // No answer, no fee; answers of higher numbers may have waited for this one.
      for order in accepted.orders { desk.release(order.order) }
      doorbell.ring.yield()
      throw error as? InferenceFailure
        ?? InferenceFailure(.unavailable, "the engine gave no answer: \(error)")
    }
  }

  public func receipt(
    ofOrder order: Digest
  ) async throws(InferenceFailure) -> ReceiptEnvelope? {
    do {
      // On disk before it is settled; only what the ledger has settled is a receipt.
      if let published = try await settlement.settled(order) {
        return try await settlement.disputes.recipients.envelope(of: published)
      }
      if try await settlement.isVoided(order) {
        throw InferenceFailure(
          .receiptVoided, "this receipt was proved wrong, or its batch: its fee went back")
      }
      if let reason = try setAside.reason(ofOrder: order) {
        throw InferenceFailure(.receiptVoided, "the answer is never settled: \(reason)")
      }
      return nil
    } catch let failure as InferenceFailure {
      throw failure
    } catch { throw InferenceFailure(.unavailable, "the receipt can't be read: \(error)") }
  }

  public func blob(_ digest: Digest) async throws(InferenceFailure) -> [UInt8]? {
    try await blobs.blob(digest)
  }

  /// What the engine made of an answer.
  private enum Made {
    case token(AnsweredToken)
    /// Nothing more, though the answer is not at its end.
    case cut
  }

  /// Has an answer made, and told piece by piece.
  ///
  /// A stream whose client leaves ends with what it was given, and is an answer like any other, and so
  /// does one that the server cuts off; one that was to come whole is none.
  private func generate(
    _ request: GenerationRequest, of answerers: Answerers, telling: AnswerTelling,
    isStreaming: Bool,
    onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> (Generation, told: AnswerTelling) {
    let (tokens, feed) = AsyncStream.makeStream(of: Made.self)
    // Pieces leave in order, while the engine works on the next token.
    let teller = Task {
      var (telling, read, given, isCut) = (telling, [Int32](), 0, false)
      for await made in tokens {
        guard case .token(let token) = made else {
          isCut = true
          break
        }
        read.append(token.token)
        let pieces = telling.append(token)
        for piece in pieces { await onPiece(piece) }
        if Task.isCancelled { break }
        if !pieces.isEmpty { given = read.count }
      }
      if !Task.isCancelled {
        for piece in telling.finish(isCut: isCut) { await onPiece(piece) }
        given = read.count
      }
      return (telling: telling, given: Array(read.prefix(given)))
    }
    defer { feed.finish() }
    do {
      let generation = try await untilCutOff {
        try await self.answer(request, of: answerers) { feed.yield(.token($0)) }
      }
      if generation.end == .length { feed.yield(.cut) }
      feed.finish()
      let told = await withTaskCancellationHandler {
        await teller.value
      } onCancel: {
        teller.cancel()
      }
      try Task.checkCancellation()
      return (generation, told.telling)
    } catch {
      let isCut = isCutOff && !Task.isCancelled
      // Who is still there is told all that was made; who has left hears no more.
      if isCut { feed.yield(.cut) } else { teller.cancel() }
      let told = await teller.value
      if error is CancellationError, isStreaming, !told.given.isEmpty,
        await isOwn(told.given, to: request)
      {
        return (Generation(tokens: told.given, end: isCut ? .length : .stopped), told.telling)
      }
      if isCut {
        throw InferenceFailure(
          .unavailable,
          "this server ended before the answer was whole, and charges nothing; ask again in a second"
        )
      }
      switch (error as? ModelFailure)?.code {
      case .overloaded:
        throw InferenceFailure(.overloaded, "too many answers wait; try again in a while")
      case .deadlineMissed:
        throw InferenceFailure(
          .overloaded, "the answer was not made before its order expires; order anew, in a while")
      default: throw InferenceFailure(.unavailable, "the engine gave no answer: \(error)")
      }
    }
  }

  private func keep(
    _ generation: Generation, _ told: AnswerTelling, request: ChatRequest, paid: PaidRequest,
    orders: [SignedOrder], preparation: Preparation
  ) async throws(InferenceFailure) -> ChatCompletion {
    let tokensIn = UInt32(preparation.prompt.count)
    let answer = UnsettledAnswer(
      order: orders[0], others: Array(orders.dropFirst()),
      disclosure: ReceiptDisclosure(
        request: paid.body, requestSalt: paid.salt ?? .zero,
        answer: generation.tokens.map { UInt32(bitPattern: $0) }, answerSalt: Self.drawnDigest()),
      tokensIn: tokensIn, passages: preparation.passages.map(\.record))
    do {
      var fee = Amount.zero
      for order in orders {
        guard let terms = try await ledger.feeTerms(order.order.terms) else {
          throw ServingFailure(.settlementRejected, "the order's fee terms are not on the ledger")
        }
        fee = try fee.adding(
          try terms.fee(
            of: order.order, tokensIn: tokensIn, tokensOut: UInt32(generation.tokens.count)))
      }
      // Once the first is on disk all are kept: it knows of the others.
      for part in answer.each {
        let name = UnsettledAnswer.name(of: part.order.order)
        try unsettled.put(part.canonicalBytes, as: name)
        waiting[name] = part.order.order
      }
      doorbell.ring.yield()
      let isCut = generation.end == .length
      var completion = ChatCompletion(
        order: orders[0].order.signedDigest, model: request.model, text: told.text,
        end: isCut ? .length : told.calls.isEmpty ? .stop : .toolCalls, tokensIn: tokensIn,
        tokensOut: UInt32(generation.tokens.count), fee: fee, passages: preparation.passages)
      completion.orders = orders.map(\.order.signedDigest)
      completion.toolCalls = told.calls
      completion.stop = told.stop
      if request.likelihoods != nil { completion.likelihoods = told.likelihoods }
      return completion
    } catch { throw InferenceFailure(.unavailable, "the answer can't be kept: \(error)") }
  }
}

extension InferenceServer {
  /// Thirty-two bytes of the system's randomness: salts and keys that nobody can guess.
  @Sendable static func drawnDigest() -> Digest {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<Digest.byteCount).map { _ in
      UInt8(truncatingIfNeeded: generator.next() as UInt64)
    }
    guard let digest = Digest(bytes: bytes) else { preconditionFailure("32 bytes are a digest") }
    return digest
  }
}
