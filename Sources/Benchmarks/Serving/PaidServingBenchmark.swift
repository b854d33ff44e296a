internal import AttributionRules
internal import CanonicalCoding
internal import ClientAPI
internal import Foundation
internal import LanguageModels
internal import Ledger
internal import Node
internal import OpenLoRA
public import Primitives
internal import Storage
internal import Tensors

/// What of a paid answer is not its tokens: orders, metering, HTTP, settlement, attribution.
///
/// A chain, a server and its clients in this process; eight clients at once, answers of 96 tokens, the
/// likeliest ones. Everything is processor time and nothing is a difference of large numbers: the
/// engine counts what its own thread uses, clients count theirs, and the queue behind the answers is run
/// in three parts with nothing beside it. One thread computes.
public struct PaidServingBenchmark {
  public struct Plan: Sendable {
    public let modelPath: String
    /// SHA-256 of its file.
    public let weights: Digest
    /// Is removed by whoever made it.
    public let folder: String
    public let isQuick: Bool

    public init(modelPath: String, weights: Digest, folder: String, isQuick: Bool) {
      self.modelPath = modelPath
      self.weights = weights
      self.folder = folder
      self.isQuick = isQuick
    }
  }

  public typealias Figure = DecodingBenchmark.Figure

  static let clients = 8

  private let plan: Plan
  private let model: PublishedModel
  private let paid: PaidServer
  private let overHTTP: PaidServer
  private var sheet: FigureSheet
  /// What the process uses in a second of waiting, which is nobody's answer's.
  private var idleShare = 0.0

  /// - Parameter report: hears of each figure once it is measured.
  public static func run(
    _ plan: Plan, report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    TensorRuntime.setBLASThreads(1)
    let store = try KeyValueStore(at: "\(plan.folder)/chain")
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: PublishedModel.genesis)
    let work = Task { try await node.run() }
    defer { work.cancel() }
    var benchmark = try await PaidServingBenchmark(plan, on: node, report)
    try await benchmark.measure()
    return benchmark.sheet.figures
  }

  private init(
    _ plan: Plan, on node: LedgerNode, _ report: @escaping (Figure) -> Void
  ) async throws {
    self.plan = plan
    sheet = FigureSheet(report: report)
    let engine = try LanguageEngine(
      modelPath: plan.modelPath, limits: ServingLimits(threads: 1))
    let blobs = try BlobStore(at: "\(plan.folder)/blobs")
    model = try await PublishedModel.publish(
      on: node, engine: engine, weights: plan.weights, blobs: blobs)
    let adapter = try await ServedAdapter.load(
      model.adapter, from: node, blobs: blobs, engine: engine, weights: plan.weights)
    paid = try await PaidServer(
      model, adapter: adapter, folder: "\(plan.folder)/paid", clients: Self.clients)
    overHTTP = try await PaidServer(
      model, adapter: adapter, folder: "\(plan.folder)/http", clients: Self.clients)
  }

  // MARK: - Figures

  /// Seconds of processor time for each answer.
  private struct Costs {
    var tokens = 0.0
    /// The engine's own thread, for answers asked for in this process and over HTTP.
    var generating = 0.0
    var generatingOverHTTP = 0.0
    /// The decoder's steps alone, with the same rows.
    var decoding = 0.0
    /// What an order, its answer's telling and its keeping take, the engine's thread aside.
    var front = 0.0
    /// Of that, what a server does that nobody pays: template, text, one piece after another.
    var telling = 0.0
    /// The same and HTTP, clients aside.
    var frontOverHTTP = 0.0
    /// Queries, scans and spans, and all else that makes a receipt of an answer.
    var attributing = 0.0
    /// Of that, the division of pay and the keeping of the receipt.
    var paying = 0.0
    /// Settlement with the ledger's blocks, and claims for contributors.
    var settling = 0.0
    /// Receipts of a batch.
    var together = 0.0

    var metering: Double { front - telling + paying + settling }
  }

  private mutating func measure() async throws {
    var all: [Costs] = []
    // Once before anything counts: pages are touched, files are read.
    _ = try await costs()
    idleShare = try await measureIdle()
    for _ in 0..<(plan.isQuick ? 2 : 6) { all.append(try await costs()) }
    sheet.add(
      "metering_share", all.map { $0.metering / $0.generating },
      "what paying adds to an answer, its attribution aside, to its tokens")
    sheet.add(
      "attribution_cpu_share", all.map { ($0.attributing - $0.paying) / $0.generating },
      "gradient, scan and spans, to its tokens")
    sheet.add(
      "serving_share",
      all.map { $0.decoding / ($0.generatingOverHTTP + $0.frontOverHTTP) },
      "tokens a second of a paid server over HTTP, to those of the decoder's steps alone")
    sheet.add(
      "engine_share", all.map { $0.decoding / $0.generatingOverHTTP },
      "of its engine alone: what scheduling and choosing cost")
    let parts: [(String, (Costs) -> Double, String)] = [
      ("generating", \.generating, "the engine's thread"),
      ("metering_front", { $0.front - $0.telling }, "order checked, answer kept"),
      ("telling", \.telling, "template, text, one piece after another, unpaid and without HTTP"),
      ("http", { $0.frontOverHTTP - $0.front }, "what HTTP adds to that"),
      ("metering_receipt", \.paying, "pay divided, receipt kept"),
      (
        "metering_settlement", \.settling,
        "settled in batches of `receipts_together`, claimed; the node's blocks too"
      ),
      ("attribution", { $0.attributing - $0.paying }, "gradient, scan, spans"),
    ]
    for (name, cost, what) in parts {
      sheet.add("\(name)_ms", all.map { 1e3 * cost($0) }, "for each answer: \(what)")
    }
    sheet.add(
      "receipts_together", all.map(\.together),
      "of a batch, as many as are attributed while its first receipt waits")
    sheet.add("idle_ms", 1e3 * idleShare, "a second of node and server with nothing to do")
    sheet.add("paid_tokens", all.map(\.tokens), "of an answer, on average")
  }

  // MARK: - Phases

  /// Of an answer for each client, all at once, and then the same over HTTP.
  private func costs() async throws -> Costs {
    var costs = Costs()
    try await answerHere(&costs)
    try await answerOverHTTP(&costs)
    return costs
  }

  /// Of the whole process, and of the engine's thread.
  private func processorSeconds() -> (all: Double, engine: Double) {
    (
      ProcessorClock.processorSeconds(),
      model.engine.serving.figures.processorTime / .seconds(1)
    )
  }

  /// Has answers made, then attributed, then settled, each with nothing beside it.
  private func answerHere(_ costs: inout Costs) async throws {
    // Nothing settles before its time.
    let never = Duration.seconds(1_000_000)
    let server = try paid.open(
      BatchPolicy(receiptMaximum: 1_000_000, interval: never, patience: never))
    let lines = try await paid.requests(2, listing: try await listing(server))
    let answers = Double(lines.reduce(0) { $0 + $1.count })
    let before = processorSeconds()
    let tokens = try await answer(lines, by: server)
    let after = processorSeconds()
    costs.tokens = Double(tokens) / answers
    costs.generating = (after.engine - before.engine) / answers
    costs.front = (after.all - before.all) / answers - costs.generating
    costs.telling = try await tell(lines) / answers

    let attributing = try await Cost.processorSeconds {
      try await run(server) { await server.figures().unattributed == 0 }
    }
    costs.attributing = attributing / answers
    let orders = lines.joined().compactMap(\.order)
    costs.paying = try await pay(paid.receipts(of: orders)) / answers
    // As many as come together at a server that has always others to attribute.
    let patience = BatchPolicy.standard.patience / .seconds(1)
    costs.together = min(max(patience / costs.attributing, 1).rounded(), answers)
    let next = try paid.open(
      BatchPolicy(receiptMaximum: Int(costs.together), interval: .seconds(1), patience: never))
    let paid = paid
    let began = ProcessorClock.wallSeconds()
    let settling = try await Cost.processorSeconds {
      try await run(next) {
        guard await next.figures().unsettled == 0 else { return false }
        return try paid.hasClaimedAll()
      }
    }
    // It waits for blocks and windows most of the time.
    let waiting = idleShare * (ProcessorClock.wallSeconds() - began)
    costs.settling = (settling - waiting) / answers
  }

  /// Processor time a second of a server that waits, looked at as often as one that settles.
  private func measureIdle() async throws -> Double {
    let server = try paid.open(.standard)
    let seconds = 3.0
    let paid = paid
    let end = ProcessorClock.wallSeconds() + seconds
    return try await Cost.processorSeconds {
      try await run(server) {
        _ = await server.figures().unsettled
        _ = try paid.hasClaimedAll()
        return ProcessorClock.wallSeconds() > end
      }
    } / seconds
  }

  private func listing(_ server: InferenceServer) async throws -> ModelListing {
    guard let listing = try await server.models().first else {
      throw ServingBenchmarkFailure("the server has no model")
    }
    return listing
  }

  /// Processor time, the engine's thread aside, of telling answers to the same questions that nobody pays.
  private func tell(_ lines: [[PaidRequest]]) async throws -> Double {
    let engine = model.engine
    let before = processorSeconds()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for line in lines {
        group.addTask { [paid] in
          for request in line {
            let asked = GenerationRequest(
              prompt: try Self.prompt(of: request, to: paid), adapter: paid.adapter.handle,
              maximumTokens: Int(PaidServer.tokensOut))
            let (tokens, feed) = AsyncStream.makeStream(of: AnsweredToken.self)
            let teller = Task {
              var (decoder, text) = (StreamingDecoder(engine.tokenizer), "")
              for await token in tokens { text += decoder.append(token.token) }
              return text + decoder.finish()
            }
            _ = try await engine.serving.answer(asked) { feed.yield($0) }
            feed.finish()
            _ = await teller.value
          }
        }
      }
      try await group.waitForAll()
    }
    let after = processorSeconds()
    return (after.all - before.all) - (after.engine - before.engine)
  }

  /// Every line is a client's, one answer after another; returns the tokens of all.
  private func answer(_ lines: [[PaidRequest]], by server: InferenceServer) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for line in lines {
        group.addTask {
          var tokens = 0
          for paid in line {
            tokens += Int(try await server.complete(paid) { _ in }.tokensOut)
          }
          return tokens
        }
      }
      return try await group.reduce(0, +)
    }
  }

  /// Has a server work its queue off until that is done.
  private func run(
    _ server: InferenceServer, until isDone: @Sendable () async throws -> Bool
  ) async throws {
    let work = Task { try await server.run() }
    defer { work.cancel() }
    let limit = ContinuousClock.now + .seconds(240)
    while try await !isDone() {
      guard ContinuousClock.now < limit else {
        throw ServingBenchmarkFailure("the queue behind the answers does not end")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    work.cancel()
    _ = await work.result
  }

  /// Divides the pay of receipts and keeps them once more.
  private func pay(_ receipts: [PublishedReceipt]) async throws -> Double {
    let adapter = paid.adapter
    let index = try await adapter.index
    let kept = try DocumentFolder(at: "\(plan.folder)/again")
    let terms = PublishedModel.genesis.parameters.receipts.terms
    let start = ProcessorClock.threadSeconds()
    for published in receipts {
      let (receipt, order) = (published.receipt, published.receipt.order.order)
      let parts = try terms.feeParts(
        of: order, tokensIn: receipt.tokensIn, tokensOut: receipt.tokensOut)
      let pay = try adapter.run.contributorPay(
        of: parts.contributors, evidence: receipt.evidence, index: index)
      guard pay.payouts.map(Payout.init) == receipt.payouts else {
        throw ServingBenchmarkFailure("pay comes out differently the second time")
      }
      try kept.put(published.canonicalBytes, as: order.signedDigest.description)
    }
    return ProcessorClock.threadSeconds() - start
  }

  // MARK: - Over HTTP

  private func answerOverHTTP(_ costs: inout Costs) async throws {
    let server = try overHTTP.open(.standard)
    let lines = try await overHTTP.requests(1, listing: try await listing(server))
    let answers = Double(lines.reduce(0) { $0 + $1.count })
    let asked = lines.map { $0.map { (headers: $0.paymentHeaders, body: $0.body) } }
    let prompts = try lines.joined().map { try Self.prompt(of: $0, to: overHTTP).count }
    let known = model.engine.serving.figures.knownPromptTokens
    let (spent, heard) = try await overHTTP.serving(server) { port in
      let before = processorSeconds()
      let heard = await withTaskGroup(of: LoopbackClient.Heard.self) { group in
        for line in asked { group.addTask { await LoopbackClient(port: port).post(line) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let after = processorSeconds()
      return ((all: after.all - before.all, engine: after.engine - before.engine), heard)
    }
    let texts = heard.flatMap(\.answers)
    let broken = texts.first { !$0.hasPrefix("HTTP/1.1 200") || !$0.contains("data: [DONE]") }
    if let broken { throw ServingBenchmarkFailure("an answer over HTTP is not whole: \(broken)") }
    try overHTTP.forget()
    let clients = heard.reduce(0) { $0 + $1.processorSeconds }
    costs.generatingOverHTTP = spent.engine / answers
    costs.frontOverHTTP = (spent.all - spent.engine - clients) / answers
    let read = Double(model.engine.serving.figures.knownPromptTokens - known) / answers
    costs.decoding =
      try decode(
        prompt: prompts.reduce(0, +) / prompts.count, known: Int(read.rounded()),
        tokens: Int(costs.tokens.rounded())) / answers
  }

  private static func prompt(of paid: PaidRequest, to server: PaidServer) throws -> [Int32] {
    let request = try ChatRequest(parsing: paid.body)
    let system = ChatMessage(
      role: .system, content: server.adapter.manifest.recipe.systemMessage)
    return try server.model.engine.template.tokens(
      for: [system] + request.messages.map { ChatMessage(role: .user, content: $0.content) })
  }

  /// Seconds that the decoder alone takes for as many answers of as many tokens, as many at once.
  private func decode(prompt: Int, known: Int, tokens: Int) throws -> Double {
    let load = try AnswerRows(
      model.engine.serving.model, adapter: model.factors, rows: Self.clients,
      positions: prompt + tokens + 1)
    let start = ProcessorClock.threadSeconds()
    for row in 0..<Self.clients { try load.read(prompt, from: known, row: row) }
    // The prompt's end gives the first.
    for index in 0..<(tokens - 1) { try load.write(at: prompt + index) }
    return ProcessorClock.threadSeconds() - start
  }
}
