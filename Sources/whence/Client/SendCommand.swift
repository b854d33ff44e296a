import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import Node
import NodeHTTP
import Primitives
import Storage

extension Command {
  static let send = Command(
    name: "send", summary: "Sign a message to the ledger, and say what became of it",
    operands: [
      .init(name: "MESSAGE", help: "what to do, such as transfer or open_channel"),
      .init(
        name: "FIELD=VALUE", help: "its fields: text, JSON, @NAME for a key's account, 1.5WHN, 7%",
        isOptional: true, isRepeated: true),
    ],
    options: [
      .node,
      .init(
        name: "data", value: "DIR", standard: ".whence/demo", help: "the folder with the keys"),
      .init(name: "as", value: "NAME", standard: "customer", help: "the key in keys/ that signs"),
      .init(
        name: "account", value: "ACCOUNT", help: "the account, if its key is no longer its first"),
      .init(name: "dry-run", help: "print the message in JSON and send nothing"),
      .init(name: "json", help: "print the outcome in JSON"),
    ]
  ) { arguments in
    let folder = arguments.text("data") ?? ""
    let names = try AccountNames(folder: folder)
    let message = try MessageFields(names: names).message(
      named: arguments.operand("MESSAGE") ?? "", fields: arguments.repeated)
    if arguments.isOn("dry-run") {
      print(try JSON(encoding: message).text(.indented))
      return
    }
    let name = arguments.text("as") ?? ""
    guard let key = try DataFolder(existing: folder).key(name) else {
      throw CommandFailure("there is no key \"\(name)\" in \(folder)/keys; give another --as")
    }
    let ledger = HTTPLedgerClient(base: arguments.text("node") ?? "")
    // In no order with others: two that are sent at once, even with the same words, are two.
    let status = try await ledger.status()
    let now = max(BlockTime.now(), status.header.time)
    let outcome = try await ledger.send(
      message, by: key, of: try arguments.text("account").map(names.account),
      ordering: .unordered(
        expiry: BlockTime(
          milliseconds: now.milliseconds + status.parameters.accounts.nonceLifetime / 2),
        nonce: .random(in: .min ... .max)))
    if arguments.isOn("json") {
      print(outcome.json.text(.indented))
    } else {
      print(Self.words(for: outcome))
    }
    if outcome.rejection != nil { throw CommandFailed() }
  }

  /// What became of a transaction, in a few lines.
  static func words(for outcome: TransactionOutcome) -> String {
    let place = "block \(outcome.height.number), place \(outcome.index), transaction \(outcome.id)"
    if let rejection = outcome.rejection {
      return "rejected: \(rejection.name) (\(rejection.code)); only the fee was paid\n\(place)"
    }
    let events = outcome.result.events.map { event in
      "\n  \(event.kind.codedText)  \(event.subject)"
        + (event.amount > .zero ? "  \(event.amount.tokens) WHN" : "")
    }
    return "done: \(place)" + events.joined()
  }
}
