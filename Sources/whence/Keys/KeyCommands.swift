import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import Node
import NodeHTTP
import Primitives

extension Command {
  static let keyNew = Command(
    name: "key new", summary: "Make a key, and with it an account of one's own",
    operands: [.init(name: "NAME", help: "what the key is called here; the ledger never hears it")],
    options: [.data, .json]
  ) { arguments in
    let data = try DataFolder(forNode: arguments.dataPath())
    let entry = try data.keys.make(arguments.operand("NAME") ?? "")
    print(arguments.isOn("json") ? entry.json.text(.indented) : entry.words)
  }

  static let keyList = Command(
    name: "key list", summary: "List the keys that are here, and the accounts they open",
    options: [.data, .json]
  ) { arguments in
    let path = try arguments.dataPath()
    // Looked for first, because opening would make what is missing.
    let entries =
      FileManager.default.fileExists(atPath: "\(path)/keys") ? try KeyRing(of: path).entries : []
    if arguments.isOn("json") {
      print(JSON.array(entries.map(\.json)).text(.indented))
    } else if entries.isEmpty {
      print("\(path) has no keys; `whence key new NAME` makes one")
    } else {
      let rows = entries.map {
        [$0.name, "\($0.account)", $0.isFirst ? "" : "rotated"]
      }
      print(Terminal.standard.table(["key", "account", ""], rows), terminator: "")
    }
  }

  static let rotateKey = Command(
    name: "account rotate-key", summary: "Give an account another key, made here",
    operands: [.init(name: "NAME", help: "the key's name, which the next key takes over")],
    options: [.node, .data, .json]
  ) { arguments in
    let data = try DataFolder(existing: arguments.dataPath())
    let name = arguments.operand("NAME") ?? ""
    let ledger = HTTPLedgerClient(base: try arguments.nodeURL())
    let entry = try await data.keys.rotate(name, on: ledger)
    print(
      arguments.isOn("json")
        ? entry.json.text(.indented)
        : entry.words + "\nthe key before opens nothing any more, and is gone from here"
          + (name == LocalInference.serverName
            ? "\nstart the node again: until then it acts by the key before, and settles nothing"
            : ""))
  }
}

extension KeyRing {
  /// Gives the account of a name another key, and keeps that under the name.
  ///
  /// Interrupted anywhere, it is finished by whatever uses the name next, or by another call.
  /// - Throws: `message_rejected`, and what the client throws.
  func rotate(_ name: String, on ledger: some LedgerClient) async throws -> Entry {
    let entry = try await settled(name, on: ledger)
    let next = try next(after: entry)
    let status = try await ledger.status()
    let ordering = TransactionOrdering.once(under: status)
    let acceptance = KeyAcceptance(
      chain: status.chain.id, account: entry.account, ordering: ordering)
    let outcome = try await ledger.send(
      .rotateKey(acceptance.rotation(to: next)), by: entry.key, of: entry.account,
      ordering: ordering)
    if let rejection = outcome.rejection {
      throw CommandFailure(.messageRejected, "the ledger did not take the key: \(rejection)")
    }
    try finishRotation(of: entry)
    return try existing(name)
  }
}

extension KeyRing.Entry {
  /// Whether the account is named after this very key.
  var isFirst: Bool { account == Identifier(key.publicKey) }

  fileprivate var words: String { "\(name)  account \(account), public key \(key.publicKey)" }

  fileprivate var json: JSON {
    [
      "name": .string(name), "account": .string("\(account)"),
      "public_key": .string("\(key.publicKey)"),
    ]
  }
}

extension TransactionOrdering {
  /// In no order with others: two that are sent at once, even with the same words, are two.
  static func once(under status: LedgerStatus) -> TransactionOrdering {
    let now = max(BlockTime.now(), status.header.time)
    return .unordered(
      expiry: BlockTime(
        milliseconds: now.milliseconds + status.parameters.accounts.nonceLifetime / 2),
      nonce: .random(in: .min ... .max))
  }
}
