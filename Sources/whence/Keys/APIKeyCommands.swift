import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

extension Command {
  static let apiKeyNew = Command(
    name: "api-key new",
    summary: "Let a client ask a node with a key in the place of orders, which the node signs",
    operands: [.init(name: "NAME", help: "what the key is called here")],
    options: [
      .node, .data,
      .init(
        name: "as", value: "PAYER",
        help: "the key that pays: it opens a channel whose orders the server signs",
        excludes: ["channel"]),
      .init(
        name: "deposit", value: "WHN",
        help: "what to put into that channel; 100, or half of what the payer has if that is less",
        needs: ["as"]),
      .init(
        name: "channel", value: "ID",
        help: "one that was opened before with the server's key as its signing key"),
      .init(
        name: "limit", value: "WHN", standard: "5", help: "the most that one answer may cost"),
      .init(
        name: "daily", value: "WHN", standard: "50",
        help: "the most that the answers of one day (UTC) may cost"),
      .init(
        name: "priority", value: "N", standard: "0", help: "answers of higher ones go first"),
      .json,
    ]
  ) { arguments in
    let data = try DataFolder(existing: arguments.dataPath())
    let ledger = HTTPLedgerClient(base: try arguments.nodeURL())
    let server = try await data.keys.settled(LocalInference.serverName, on: ledger)
    let name = arguments.operand("NAME") ?? ""
    let folder = try APIKeyFolder(of: data)
    try folder.checkIsNew(name)
    let limits = (
      answer: try arguments.amount("limit") ?? .tokens(5),
      day: try arguments.amount("daily") ?? .tokens(50),
      priority: try arguments.integer("priority", in: -100...100) ?? 0
    )
    let secret = "wk-\(Entropy.digest())"
    let key = APIKey(
      name: name, digest: APIKey.digest(of: secret),
      channel: try await arguments.channel(to: server, data: data, ledger: ledger),
      answerLimit: limits.answer, dayLimit: limits.day, priority: limits.priority)
    do { try folder.add(key) } catch {
      FileHandle.standardError.write(
        Data(
          ("no key was kept, and channel \(key.channel) is open; "
            + "`whence api-key new NAME --channel \(key.channel)` uses it\n").utf8))
      throw error
    }
    if arguments.isOn("json") {
      print(JSON.object(JSONObject([.init(name: "key", value: .string(secret))])).text(.indented))
    } else {
      print("\(secret)")
      FileHandle.standardError.write(
        Data(
          ("this key is shown once; a client sends it as its API key, and channel \(key.channel) pays\n")
            .utf8))
    }
  }

  static let apiKeyList = Command(
    name: "api-key list", summary: "List the API keys of a node and what they may spend",
    options: [.data, .json]
  ) { arguments in
    let data = try DataFolder(existing: arguments.dataPath())
    // Looked for first, because opening would make what is missing.
    let keys = APIKeyFolder.exists(in: data) ? try APIKeyFolder(of: data).entries() : []
    if arguments.isOn("json") {
      let list = keys.map { key -> JSON in
        var members = key.json.object?.members ?? []
        members.insert(.init(name: "name", value: .string(key.name)), at: 0)
        return .object(JSONObject(members))
      }
      print(JSON.array(list).text(.indented))
    } else if keys.isEmpty {
      print("\(data.path) has no API keys; `whence api-key new NAME` makes one")
    } else {
      let rows = keys.map {
        [
          $0.name, $0.answerLimit.tokens, $0.dayLimit.tokens, "\($0.priority)",
          "\($0.channel)",
        ]
      }
      print(
        Terminal.standard.table(
          ["key", "WHN an answer", "WHN a day", "priority", "channel"], rows), terminator: "")
    }
  }

  static let apiKeyRemove = Command(
    name: "api-key remove", summary: "Take an API key back; its channel stays as it is",
    operands: [.init(name: "NAME", help: "what the key is called here")], options: [.data]
  ) { arguments in
    let data = try DataFolder(existing: arguments.dataPath())
    let name = arguments.operand("NAME") ?? ""
    try APIKeyFolder(of: data).remove(name)
    print("removed; the node hears of it within a second")
  }
}

extension Arguments {
  /// The channel that a new API key's answers are paid from; one is opened if a payer is named.
  fileprivate func channel(
    to server: KeyRing.Entry, data: DataFolder, ledger: HTTPLedgerClient
  ) async throws -> Identifier<Channel> {
    if let word = text("channel") {
      guard let digest = Digest(hex: word) else {
        throw CommandFailure(
          .nameInvalid, "\(word) is no channel: 64 hexadecimal digits in lower case")
      }
      let id = Identifier<Channel>(digest)
      guard let record = try await ledger.record(.channel(id)) else {
        throw CommandFailure(.recordMissing, "the ledger has no channel \(id)")
      }
      try DelegatedChannels.check(record, isSignedBy: server)
      return id
    }
    guard let name = text("as") else {
      throw UsageError(
        .optionIncomplete, "give the key that pays as --as PAYER, or its channel as --channel ID")
    }
    let payer = try await data.keys.settled(name, on: ledger)
    let balance = try await ledger.balance(of: .account(payer.account))
    let deposit = try amount("deposit") ?? PayerWallet.standardDeposit(of: balance)
    let id = Identifier<Channel>(
      creator: payer.account, sequence: try await ledger.nextSequence(of: payer.account))
    let outcome = try await ledger.send(
      .openChannel(
        OpenChannel(
          server: server.account, signingKey: server.key.publicKey, deposit: deposit)),
      by: payer.key, of: payer.account)
    if let rejection = outcome.rejection {
      throw CommandFailure(
        .messageRejected, "the ledger refused to open a channel: \(rejection)")
    }
    return id
  }
}
