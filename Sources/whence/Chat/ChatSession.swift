import ClientAPI
import Cryptography
import Foundation
import Ledger
import Node
import NodeHTTP
import Primitives
import Synchronization

/// One conversation: a payer's side, a model, and what was said.
final class ChatSession {
  struct Settings: Sendable {
    var base: String
    var dataPath: String
    var deposit: Amount?
    var tokens: UInt32
    var searches: Bool
    var isPublic: Bool
  }

  private let settings: Settings
  private let screen: ChatScreen
  private let inference: HTTPInferenceClient
  private let ledger: HTTPLedgerClient
  private let wallet: PayerWallet
  private let keys: [SigningKey]
  private var model: ModelChoice
  private var conversation: Conversation
  /// Explained also once the conversation is forgotten; one for each adapter that answered.
  private var lastOrders: [Digest] = []
  /// Of the answer under way, those of which something came.
  private var begunOrders: [Digest] = []
  /// Whether anything went wrong, for the exit status of a pipe.
  private(set) var hasFailed = false

  init(
    settings: Settings, screen: ChatScreen, wallet: PayerWallet, keys: [SigningKey],
    model: ModelChoice, system: String?
  ) {
    self.settings = settings
    self.screen = screen
    inference = HTTPInferenceClient(base: settings.base)
    ledger = HTTPLedgerClient(base: settings.base)
    self.wallet = wallet
    self.keys = keys
    self.model = model
    conversation = Conversation(system: system)
  }

  /// Opens the channel if there is none, and says who is here.
  func begin() async throws {
    let signer = try await wallet.signer(for: model.server, deposit: settings.deposit)
    screen.greet(model, channel: try await ledger.balance(of: .channelEscrow(signer.channel)))
  }

  /// Takes lines until they end.
  func run(_ lines: LineReader) async {
    var begun = ""
    while true {
      switch await lines.next() {
      case .end:
        if screen.isInteractive { print("") }
        return
      case .interrupted:
        begun = ""
        print("")
      case .text(let line):
        if line.hasSuffix("\\") {
          begun += line.dropLast() + "\n"
          continue
        }
        let whole = (begun + line).trimmingCharacters(in: .whitespacesAndNewlines)
        begun = ""
        if whole == "/quit" { return }
        if !whole.isEmpty { await take(whole) }
      }
    }
  }

  /// Answers one line; what fails is said, and the conversation goes on.
  private func take(_ line: String) async {
    // Before anything is shown: a Ctrl-C that follows it at once is meant for this line.
    InterruptSignal.forget()
    do {
      if line.hasPrefix("/") { try await command(line) } else { try await ask(line) }
    } catch is CommandFailed {
      hasFailed = true
    } catch is Interrupted {
      screen.note("given up")
    } catch {
      hasFailed = true
      screen.complain(error)
    }
    if screen.isInteractive { print("") }
  }

  // MARK: - Questions

  private func ask(_ question: String) async throws {
    let printer = AnswerPrinter(screen)
    if screen.isInteractive { print("") }
    printer.wait(for: model.name.inOneLine)
    let start = ContinuousClock.now
    let answer: ChatCompletion
    do {
      answer = try await completion(of: question, printer)
      printer.finish()
    } catch is Interrupted {
      printer.finish()
      guard !begunOrders.isEmpty else {
        return screen.note("stopped before anything came, which costs nothing")
      }
      conversation.stop()
      screen.note("stopped; what came is paid, and is no part of the conversation")
      return screen.tellReceipts(begunOrders)
    } catch {
      printer.finish()
      throw error
    }
    conversation.append(.init(question: question, answer: answer))
    screen.tellPassages(of: answer)
    print(screen.footer(answer, after: .now - start))
  }

  /// Asks with as much of the conversation as the model's context takes.
  private func completion(
    of question: String, _ printer: AnswerPrinter
  ) async throws -> ChatCompletion {
    while true {
      do {
        return try await paidCompletion(of: question, printer)
      } catch let failure as InferenceFailure where failure.code == .contextTooLong {
        guard conversation.shorten() else { throw failure }
      }
    }
  }

  private func paidCompletion(
    of question: String, _ printer: AnswerPrinter
  ) async throws -> ChatCompletion {
    let body = ChatRequest(
      model: model.identifier, messages: conversation.messages(asking: question),
      maximumTokens: settings.tokens, sampling: ChatSampling(temperature: 0), isStreaming: true,
      passageLimit: settings.searches ? PassageContext.passageStandard : nil
    ).body
    let (payment, told) = (self.payment, SignedOrderBox())
    begunOrders = []
    // Also of an answer that is stopped, but not before its first word: that is none.
    defer {
      begunOrders = told.begun
      if !begunOrders.isEmpty { lastOrders = begunOrders }
    }
    var answer = try await interruptible {
      try await payment.complete(body, telling: told) {
        told.begin()
        if case .text(let text, _) = $0 { printer.take(text) }
      }
    }
    // Asked for by identifier, so that no other adapter of the name answers.
    answer.model = model.name
    return answer
  }

  private var payment: ChatPayment {
    ChatPayment(inference: inference, wallet: wallet, model: model, settings: settings)
  }

  // MARK: - Commands

  private func command(_ line: String) async throws {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
    switch words[0] {
    case "/help": screen.tellHelp()
    case "/model": try await change(model: rest)
    case "/why": try await explain()
    case "/verify": try await verify()
    case "/cost": try await tellCost()
    case "/clear":
      conversation.clear()
      screen.note("forgotten; the next question begins anew")
    case "/save": try save(rest)
    default:
      let names = ChatScreen.help.map(\.name).filter { $0.hasPrefix("/") }
        .map { String($0.prefix { $0 != " " }) }
      let guess = closest(to: words[0], among: names)
      throw UsageError(
        .commandUnknown,
        "there is no \(words[0]); " + (guess.map { "did you mean \($0)?" } ?? "/help lists all"))
    }
  }

  private func change(model name: String) async throws {
    let models = try await inference.models()
    guard !name.isEmpty else { return screen.tellModels(models, current: model) }
    if EnsembleName(name) != nil || models.contains(where: { $0.isNamed(name) }) {
      model = try ModelChoice(of: name, among: models)
    } else if let listing = models.first(where: { $0.name.lowercased() == name.lowercased() }) {
      model = ModelChoice(listing)
    } else {
      let guess = closest(to: name, among: models.map(\.name))
      throw CommandFailure(
        .modelMissing,
        "the node offers no model \(name); "
          + (guess.map { "did you mean \($0)?" } ?? "/model lists those it has"))
    }
    screen.note("\(model.name.inOneLine) answers from here on, and knows what was said before")
  }

  private func tellCost() async throws {
    let said = conversation
    screen.note(
      "\(said.answers) answer(s), \(said.tokensIn) tokens in, \(said.tokensOut) out: "
        + "\(said.fees.short) WHN")
    if said.stopped > 0 {
      screen.note(
        "\(said.stopped) stopped answer(s) are not among them: their receipts say what came")
    }
    let signer = try await wallet.signer(for: model.server, deposit: settings.deposit)
    let held = try await ledger.balance(of: .channelEscrow(signer.channel))
    screen.note("the channel holds \(held.short) WHN; what is not settled yet is still in it")
  }

  private func save(_ file: String) throws {
    guard !file.isEmpty else { throw UsageError(.operandMissing, "/save needs the name of a file") }
    try Data(conversation.document(for: file).utf8).write(asked: file)
    screen.note("\(conversation.turns.count) answer(s) are in \(file.inOneLine)")
  }

  // MARK: - Receipts

  private func explain() async throws {
    let source = try VerificationSource(node: settings.base, keys: keys)
    let names = try AccountNames(folder: settings.dataPath)
    for order in try answeredOrders() {
      let published = try await receipt(order, source)
      let explanation = try await interruptible {
        try await source.checkedExplanation(of: published)
      }
      print(
        ExplanationText(explanation: explanation, names: names, terminal: screen.terminal).text,
        terminator: "")
    }
  }

  private func verify() async throws {
    let source = try VerificationSource(node: settings.base, keys: keys)
    for order in try answeredOrders() {
      let published = try await receipt(order, source)
      try await interruptible { try await source.verify(published, arithmeticAlone: false) }
    }
  }

  /// The last answer's, one for each adapter.
  private func answeredOrders() throws -> [Digest] {
    guard !lastOrders.isEmpty else {
      throw CommandFailure(.receiptMissing, "nothing is answered yet; ask something first")
    }
    return lastOrders
  }

  /// An order's receipt, once it is settled.
  private func receipt(
    _ order: Digest, _ source: VerificationSource
  ) async throws -> PublishedReceipt {
    let printer = AnswerPrinter(screen)
    printer.wait(for: "waiting for the receipt")
    defer { printer.finish() }
    return try await interruptible { [inference] in
      for _ in 0..<1_200 {
        if try await inference.receipt(ofOrder: order) != nil { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      return try await source.receipt(named: order.description)
    }
  }
}

/// Somebody pressed Ctrl-C.
struct Interrupted: Error {}

/// Does something that Ctrl-C ends.
/// - Throws: ``Interrupted``, or what the work throws.
func interruptible<Result: Sendable>(
  _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await InterruptSignal.wait()
      throw Interrupted()
    }
    defer { group.cancelAll() }
    guard let result = try await group.next() else { preconditionFailure("two tasks were begun") }
    return result
  }
}

/// The payer's side of one answer: everything that has to be asked of the node for it.
private struct ChatPayment: Sendable {
  let inference: HTTPInferenceClient
  let wallet: PayerWallet
  let model: ModelChoice
  let settings: ChatSession.Settings

  func complete(
    _ body: [UInt8], telling told: SignedOrderBox,
    onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws -> ChatCompletion {
    let signer = try await wallet.signer(
      for: model.server, deposit: settings.deposit,
      covering: try await wallet.maximumFee(of: body, model: model))
    let salt = Entropy.digest()
    var numbers: [UInt64] = []
    for _ in model.parts { numbers.append(try await wallet.nextNumber(on: signer.channel)) }
    let orders = try signer.orders(
      for: body, choice: model, numbers: numbers, salt: salt,
      expiry: BlockTime(milliseconds: BlockTime.now().milliseconds + 600_000),
      isPublic: settings.isPublic)
    let fee = try orders.maximumFee()
    told.put(orders.map(\.order.signedDigest))
    do {
      return try await inference.complete(
        PaidRequest(body: body, orders: orders, salt: salt), onPiece: onPiece)
    } catch {
      guard error.code == .channelEmpty else { throw error }
      throw try await wallet.shortage(of: signer.channel, for: fee)
    }
  }
}

/// The orders that were signed last, for whoever stops what they pay for.
private final class SignedOrderBox: Sendable {
  private let state = Mutex((digests: [Digest](), hasBegun: false))

  /// None before the first piece of their answer came.
  var begun: [Digest] { state.withLock { $0.hasBegun ? $0.digests : [] } }
  func put(_ digests: [Digest]) { state.withLock { $0 = (digests, false) } }
  func begin() { state.withLock { $0.hasBegun = true } }
}
