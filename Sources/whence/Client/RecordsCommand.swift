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
    // One more says whether there are more.
    let entries = try await ledger.entries(
      withPrefix: [table.rawValue], after: key, limit: limit + 1)
    records = try entries.prefix(limit).map { try Self.read($0) }
    next = entries.count > limit ? entries[limit - 1].key : nil
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
    if let account = try? names.account(text) {
      found += [account.canonicalBytes, Holder.account(account).canonicalBytes]
    }
    // As a name of one value is printed: 0, treasury.
    if let bytes = printed(text, as: table.form.name, names) { found.append(bytes) }
    for bytes in found where (try? table.form.name.init(canonicalBytes: bytes)) != nil {
      return bytes
    }
    throw CommandFailure(
      .nameInvalid,
      "\"\(text)\" is no name in \(table.name); give the name's bytes in hexadecimal, which stand in a "
        + "key behind its first byte (docs/spec/state.md)")
  }

  private static func printed<Name: CanonicalCodable>(
    _ text: String, as: Name.Type, _ names: AccountNames
  ) -> [UInt8]? {
    let forms = SpokenForms(names: names)
    return (try? JSON.string(text).decoded(as: Name.self, typed: forms))?.canonicalBytes
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
                "key": .string(([record.table.rawValue] + record.name.canonicalBytes).hex),
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
    let tree = ReadableTree(names: names)
    var lines: [String] = []
    for record in records {
      lines.append(try tree.line(record.name))
      lines += try tree.lines(record.record, indent: 1)
    }
    if records.isEmpty { lines.append("no records") }
    if let next { lines.append("more: --after \(next.hex)") }
    if let provedBy {
      lines.append(
        "proved by the state root of block \(provedBy.height.number): \(provedBy.stateRoot)")
    }
    return lines.joined(separator: "\n")
  }
}
