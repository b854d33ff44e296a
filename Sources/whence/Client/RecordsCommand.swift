import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

extension Command {
  static let records = Command(
    name: "records", summary: "Show what the ledger's state holds, and prove it",
    operands: [
      .init(name: "TABLE", help: "a table of the state, such as validators", isOptional: true),
      .init(
        name: "NAME", help: "one record's name: an identifier, a key's name, or bytes in hex",
        isOptional: true),
    ],
    options: [
      .node, .data,
      .init(
        name: "limit", value: "N", standard: "20", help: "how many records", needs: ["TABLE"],
        excludes: ["NAME"]),
      .init(
        name: "after", value: "KEY", help: "go on after a key, as an earlier page names it",
        needs: ["TABLE"], excludes: ["NAME"]),
      .init(
        name: "prove", help: "check a proof of the record against the last header",
        needs: ["NAME"]),
      .json,
    ]
  ) { arguments in
    guard let word = arguments.operand("TABLE") else {
      let names = StateTable.allCases.map(\.name)
      print(
        arguments.isOn("json")
          ? JSON.array(names.map { .string($0) }).text() : names.joined(separator: "\n"))
      return
    }
    guard let table = StateTable(name: word.replacing("-", with: "_")) else {
      let guess = closest(to: word, among: StateTable.allCases.map(\.name))
      throw UsageError(
        .optionInvalid,
        "there is no table \"\(word)\"; "
          + (guess.map { "did you mean \($0)?" } ?? "`whence records` lists them"))
    }
    let names = try AccountNames(folder: arguments.dataPath())
    let ledger = HTTPLedgerClient(base: try arguments.nodeURL())
    let page: RecordPage
    if let name = arguments.operand("NAME") {
      let key = [table.rawValue] + (try RecordPage.name(name, of: table, names))
      page = try await RecordPage(table, key: key, of: ledger, isProved: arguments.isOn("prove"))
    } else {
      let after = try arguments.text("after").map { text throws(UsageError) in
        guard let key = [UInt8](hex: text) else {
          throw UsageError(
            .optionInvalid, "--after takes a key in lower-case hexadecimal digits")
        }
        return key
      }
      page = try await RecordPage(
        table, after: after, limit: try arguments.integer("limit", in: 1...1000) ?? 20, of: ledger)
    }
    print(try arguments.isOn("json") ? page.json.text() : page.text(names))
  }
}

/// Some records of one table.
struct RecordPage {
  let records: [StateRecord]
  /// nil: there is no more.
  var next: [UInt8]?
  /// The block whose state root proves the one record.
  var provedBy: BlockHeader?

  init(records: [StateRecord]) { self.records = records }

  init(
    _ table: StateTable, after key: [UInt8]?, limit: Int, of ledger: some LedgerClient
  ) async throws {
    let entries = try await ledger.entries(
      withPrefix: [table.rawValue], after: key, limit: limit)
    records = try entries.map { try Self.read($0) }
    next = entries.count == limit ? entries.last?.key : nil
  }

  init(_ table: StateTable, key: [UInt8], of ledger: some LedgerClient, isProved: Bool) async throws
  {
    var value: [UInt8]?
    if isProved {
      let header = try await ledger.status().header
      let proof = try await ledger.proof(of: key, at: header.height)
      do throws(StateProofFault) {
        try proof.verify(trusting: header.digest)
      } catch {
        throw CommandFailure(.answerRefused, "the node's proof does not hold: \(error)")
      }
      (value, provedBy) = (proof.value, header)
    } else {
      value = try await ledger.value(at: key)
    }
    guard let value else {
      let proved = provedBy.map { ", as block \($0.height.number) proves" } ?? ""
      throw CommandFailure(.recordMissing, "\(table.name) has no record of that name\(proved)")
    }
    records = [try Self.read(StateEntry(key: key, value: value))]
  }

  /// The canonical bytes of a record's name: in hexadecimal, an identifier's, an account's by its
  /// key's name, or an account's as a holder.
  ///
  /// What is no name of the table is refused: to find nothing there would prove nothing.
  static func name(_ text: String, of table: StateTable, _ names: AccountNames) throws -> [UInt8] {
    var found: [[UInt8]] = []
    if let bytes = [UInt8](hex: text) { found.append(bytes) }
    if found.isEmpty || Digest(hex: text) != nil {
      let account = try names.account(text)
      found += [account.canonicalBytes, Holder.account(account).canonicalBytes]
    }
    for bytes in found where (try? table.form.name.init(canonicalBytes: bytes)) != nil {
      return bytes
    }
    throw CommandFailure(
      .nameInvalid,
      "\"\(text)\" is no name in \(table.name); give the name's bytes in hexadecimal, which stand in a "
        + "key behind its first byte (docs/spec/state.md)")
  }

  private static func read(_ entry: StateEntry) throws -> StateRecord {
    guard let record = StateRecord(entry) else {
      throw CommandFailure(
        .answerRefused, "the node sent a record that does not decode: \(entry.key.hex)")
    }
    return record
  }

  var json: JSON {
    get throws {
      var members: [JSONObject.Member] = [
        .init(
          name: "records",
          value: .array(
            try records.map { record in
              [
                "name": try JSON(encoding: record.name),
                "record": try JSON(encoding: record.record),
              ]
            })),
        .init(name: "next", value: next.map { .string($0.hex) } ?? .null),
      ]
      if let provedBy {
        members.append(.init(name: "proved_by", value: try JSON(encoding: provedBy)))
      }
      return .object(JSONObject(members))
    }
  }

  /// Each record's name, and below it its fields.
  func text(_ names: AccountNames) throws -> String {
    var lines: [String] = []
    for record in records {
      lines.append(Self.word(try Self.spoken(record.name), names))
      Self.add(try Self.spoken(record.record), indent: 1, names, to: &lines)
    }
    if records.isEmpty { lines.append("no records") }
    if let next { lines.append("more: --after \(next.hex)") }
    if let provedBy {
      lines.append(
        "proved by the state root of block \(provedBy.height.number): \(provedBy.stateRoot)")
    }
    return lines.joined(separator: "\n")
  }

  /// A value as people read it: amounts in tokens, shares in hundredths.
  private static func spoken(_ value: any CanonicalCodable) throws -> JSON {
    try JSON(encoding: value) { part in
      switch part {
      case let amount as Amount: .string("\(amount.exactTokens) WHN")
      case let share as Share: .string("\(share.percent)%")
      default: nil
      }
    }
  }

  private static func add(
    _ json: JSON, indent: Int, _ names: AccountNames, to lines: inout [String]
  ) {
    let space = String(repeating: "  ", count: indent)
    if let object = json.object {
      let width = object.members.map(\.name.count).max() ?? 0
      for member in object.members {
        let name = member.name.padding(toLength: width, withPad: " ", startingAt: 0)
        if isShort(member.value) {
          lines.append("\(space)\(name)  \(word(member.value, names))")
        } else {
          lines.append(space + member.name)
          add(member.value, indent: indent + 1, names, to: &lines)
        }
      }
    } else if let array = json.array {
      for element in array {
        if isShort(element) {
          lines.append(space + word(element, names))
        } else {
          lines.append(space + "-")
          add(element, indent: indent + 1, names, to: &lines)
        }
      }
    } else {
      lines.append(space + word(json, names))
    }
  }

  private static func isShort(_ json: JSON) -> Bool {
    json.object.map { $0.members.isEmpty } ?? json.array.map(\.isEmpty) ?? true
  }

  /// A value in one line; an account whose key is here by that key's name as well.
  private static func word(_ json: JSON, _ names: AccountNames) -> String {
    if let object = json.object {
      return object.members.map { "\($0.name) \(word($0.value, names))" }.joined(separator: ", ")
    }
    guard let text = json.string else { return json.isNull ? "none" : json.text() }
    guard let digest = Digest(hex: text) else { return text }
    let account = Identifier<Account>(digest)
    let name = names.name(of: account)
    return text.hasPrefix(name) ? text : "\(text) (\(name))"
  }
}
