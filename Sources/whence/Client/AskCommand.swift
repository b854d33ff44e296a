import ClientAPI
import Cryptography
import Foundation
import LanguageModels
import Ledger
import Node
import NodeHTTP
import Primitives
import Storage

extension Command {
  static let ask = Command(
    name: "ask", summary: "Ask a model, pay for the answer, and show who is paid",
    operands: [.init(name: "QUESTION", help: "in quotation marks")],
    options: payerOptions + [
      .init(
        name: "tokens", value: "N", standard: "64", help: "the longest answer, in tokens"),
      .init(
        name: "search", help: "look for records that help with the answer; shown by their numbers"),
      .init(name: "public", help: "let everybody have the receipt, question and answer with it"),
      .init(
        name: "x402", help: "pay for this answer alone, without a channel that stays",
        excludes: ["deposit"]),
    ]
  ) { arguments in
    let limit = UInt32(try arguments.integer("tokens", in: 1...1024) ?? 64)
    let data = try DataFolder(existing: arguments.dataPath())
    let base = try arguments.nodeURL()
    let ledger = HTTPLedgerClient(base: base)
    let inference = HTTPInferenceClient(base: base)
    guard let model = try await inference.models().first else {
      throw CommandFailure(.modelMissing, "the node at \(base) offers no model")
    }
    let wallet = try PayerWallet(
      data: data,
      payer: try await data.keys.settled(arguments.signerName(in: data.keys), on: ledger),
      ledger: ledger)
    let body = ChatRequest(
      model: model.name,
      messages: [.init(role: .user, content: arguments.operand("QUESTION") ?? "")],
      maximumTokens: limit,
      sampling: ChatSampling(temperature: 0), isStreaming: true,
      passageLimit: arguments.isOn("search") ? PassageContext.passageStandard : nil
    ).body
    guard !arguments.isOn("x402") else {
      return try await payByTheCall(body, model: model, wallet: wallet, base: base, arguments)
    }
    let signer = try await wallet.signer(
      for: model.server, deposit: try arguments.amount("deposit"),
      covering: try await wallet.maximumFee(of: body, model: ModelChoice(model)))
    let salt = Entropy.digest()
    let order = try signer.order(
      for: body, model: model, number: try await wallet.nextNumber(on: signer.channel),
      salt: salt, expiry: BlockTime(milliseconds: BlockTime.now().milliseconds + 600_000),
      isPublic: arguments.isOn("public"))
    let completion: ChatCompletion
    do {
      completion = try await inference.complete(
        PaidRequest(body: body, order: order, salt: salt),
        onPiece: { if case .text(let text, _) = $0 { ProgressBar.put(text.inLines) } })
    } catch let error as InferenceFailure where error.code == .channelEmpty {
      throw try await wallet.shortage(of: signer.channel, for: order.order.maximumFee)
    }
    tellPassages(of: completion)
    print("\n\nfee \(completion.fee.tokens) WHN, receipt \(completion.order)")
    guard let published = try await settled(completion, for: signer, inference: inference) else {
      print("not settled yet; `whence verify \(completion.order)` checks it later")
      return
    }
    try tell(published.receipt, data: data)
    print("was it of use? `whence outcome \(completion.order) accepted` (or rejected, passed)")
  }

  /// What the answer could lean on, by number; what it cites is marked.
  private static func tellPassages(of completion: ChatCompletion) {
    let cited = Set(completion.citations.map(\.index))
    for (place, passage) in completion.passages.enumerated() {
      let text = passage.text.inLines.split(separator: "\n").joined(separator: "\n    ")
      let line = "\n\(place == 0 ? "\n" : "")[\(place + 1)] \(text)"
      print(
        cited.contains(place) ? Terminal.standard.styled(line, .bold) : line, terminator: "")
    }
  }

  /// Who is paid, contributors by name where their key is here.
  private static func tell(_ receipt: Receipt, data: DataFolder) throws {
    let names = Dictionary(
      try data.keys.entries.map { ($0.account, $0.name) }, uniquingKeysWith: { first, _ in first })
    var rest = receipt.fee.baseUnits
    for payout in receipt.payouts.sorted(by: { $0.amount > $1.amount }) {
      rest -= payout.amount.baseUnits
      print("  \(payout.amount.tokens)  \(names[payout.account] ?? payout.account.description)")
    }
    rest -= receipt.refund.baseUnits
    print("  \(Amount(baseUnits: rest).tokens)  server, adapter, base model, validators, treasury")
    if receipt.refund > .zero { print("  \(receipt.refund.tokens)  back to the channel") }
  }

  /// What a payer's command needs to know.
  static let payerOptions: [Option] = [
    .node, .data, .signer, .deposit,
  ]

  private static func settled(
    _ completion: ChatCompletion, for payer: PayerSigner, inference: any InferenceClient
  ) async throws -> PublishedReceipt? {
    for _ in 0..<100 {
      if let envelope = try await inference.receipt(ofOrder: completion.order) {
        return payer.open(envelope)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    return nil
  }
}
