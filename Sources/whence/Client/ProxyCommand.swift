import ClientAPI
import Foundation
import Ledger
import Networking
import NodeHTTP
import Primitives

extension Command {
  static let proxy = Command(
    name: "proxy", summary: "Sign orders for OpenAI clients on this machine, and forward them",
    options: payerOptions + [
      .init(name: "port", value: "N", standard: "8801", help: "where clients connect"),
      .init(
        name: "limit", value: "WHN", standard: "10", help: "the most that one answer may cost"
      ),
      .init(
        name: "public", help: "let everybody have the receipts, questions and answers with them"),
    ]
  ) { arguments in
    let limit = try arguments.amount("limit") ?? .tokens(10)
    let deposit = try arguments.amount("deposit")
    let port = UInt16(try arguments.integer("port", in: 0...65_535) ?? 8801)
    let data = try DataFolder(existing: arguments.dataPath())
    let base = try arguments.nodeURL()
    let inference = HTTPInferenceClient(base: base)
    guard let model = try await inference.models().first else {
      throw CommandFailure(.modelMissing, "the node at \(base) offers no model")
    }
    let ledger = HTTPLedgerClient(base: base)
    let wallet = try PayerWallet(
      data: data,
      payer: try await data.keys.settled(arguments.signerName(in: data.keys), on: ledger),
      ledger: ledger)
    let signer = try await wallet.signer(for: model.server, deposit: deposit)
    let proxy = PayerProxy(
      server: base, signer: signer,
      feeLimit: limit, isPublic: arguments.isOn("public"),
      sources: .init(nextNumber: { try await wallet.nextNumber(on: signer.channel) }))
    let server = try HTTPServer(port: port, handler: proxy.handler)
    ProgressBar.put(
      "set your client's base URL to http://127.0.0.1:\(server.port)/v1 (Anthropic's: without /v1); "
        + "any API key will do\n")
    await server.run()
  }
}
