import ClientAPI
import Foundation
import NodeHTTP
import Primitives

extension Command {
  static let chat = Command(
    name: "chat", summary: "Talk with a model, and ask why it says what it says",
    options: payerOptions + [
      .init(
        name: "model", value: "NAME",
        help: "who answers, or 2*A+B for two together; the first that the node lists if left out"),
      .init(
        name: "tokens", value: "N", standard: "256", help: "the longest answer, in tokens"),
      .init(name: "system", value: "TEXT", help: "said to the model before everything else"),
      .init(
        name: "search", help: "look for records that help with each answer; shown by their numbers"),
      .init(name: "public", help: "let everybody have the receipts, with what was said"),
    ]
  ) { arguments in
    let tokens = UInt32(
      try arguments.integer("tokens", in: 1...Int(ChatRequest.tokenMaximum)) ?? 256)
    let data = try DataFolder(existing: arguments.dataPath())
    let base = try arguments.nodeURL()
    let ledger = HTTPLedgerClient(base: base)
    let models = try await HTTPInferenceClient(base: base).models()
    let name = arguments.text("model")
    let model: ModelChoice
    if let name {
      model = try ModelChoice(of: name, among: models)
    } else if let first = models.first {
      model = ModelChoice(first)
    } else {
      throw CommandFailure(.modelMissing, "the node at \(base) offers no model")
    }
    let wallet = try PayerWallet(
      data: data,
      payer: try await data.keys.settled(arguments.signerName(in: data.keys), on: ledger),
      ledger: ledger)
    let terminal = Terminal.standard
    let screen = ChatScreen(
      terminal: terminal, isInteractive: terminal.isInteractive && isatty(STDIN_FILENO) == 1)
    let session = ChatSession(
      settings: .init(
        base: base, dataPath: try arguments.dataPath(), deposit: try arguments.amount("deposit"),
        tokens: tokens, searches: arguments.isOn("search"), isPublic: arguments.isOn("public")),
      screen: screen, wallet: wallet, keys: try arguments.recipientKeys(), model: model,
      system: arguments.text("system"))
    InterruptSignal.listen()
    try await session.begin()
    await session.run(
      LineReader(
        prompt: screen.prompt, history: "\(data.path)/chat-history",
        isInteractive: screen.isInteractive))
    guard screen.isInteractive || !session.hasFailed else { throw CommandFailed() }
  }
}
