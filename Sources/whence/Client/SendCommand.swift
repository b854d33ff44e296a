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
        name: "FIELD=VALUE",
        help: "its fields: text, @NAME for a key's account, 1.5WHN, 7%, a number, or JSON of these",
        isOptional: true, isRepeated: true),
    ],
    options: [
      .node, .data, .signer,
      .init(
        name: "account", value: "ACCOUNT",
        help: "whose message it is, if `key list` does not know the account of the key"),
      .init(
        name: "dry-run", help: "print the message in JSON and send nothing",
        excludes: ["as", "account", "node", "json"]),
      .init(name: "json", help: "print the outcome in JSON"),
    ],
    explain: { message in
      guard let message else {
        return MessageHelp.list(width: Terminal.standard.width)
      }
      return MessageHelp(kind: try MessageFields.kind(named: message)).text
    }
  ) { arguments in
    let folder = try arguments.dataPath()
    let names = try AccountNames(folder: folder)
    let message = try MessageFields(names: names).message(
      named: arguments.operand("MESSAGE") ?? "", fields: arguments.repeated)
    if arguments.isOn("dry-run") {
      print(try JSON(encoding: message).text(.indented))
      return
    }
    let keys = try DataFolder(existing: folder).keys
    let ledger = HTTPLedgerClient(base: try arguments.nodeURL())
    let signer = try await keys.settled(arguments.signerName(in: keys), on: ledger)
    let account = try arguments.text("account").map { try names.account($0) }
    let transaction = try await ledger.signed(
      message, by: signer.key, of: account ?? signer.account,
      ordering: .once(under: try await ledger.status()))
    let outcome = try await ledger.submit(transaction)
    if arguments.isOn("json") {
      print(outcome.json(of: transaction).text(.indented))
    } else {
      print(Self.words(for: outcome, fee: transaction.content.fee))
    }
    if outcome.rejection != nil { throw CommandFailed() }
  }

  /// What became of a transaction, in a few lines.
  static func words(for outcome: TransactionOutcome, fee: Amount) -> String {
    let place =
      "block \(outcome.height.number), place \(outcome.index), transaction \(outcome.id)"
      + "\nfee \(fee.tokens) WHN"
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
