import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Storage

extension Command {
  static let accountShow = Command(
    name: "account show", summary: "Show what an account or a purse holds, and why",
    operands: [
      .init(
        name: "ACCOUNT",
        help: "its identifier, the name of a key in --data, or a purse: treasury, validators, 0003")
    ],
    options: [
      .node, .data,
      .init(name: "why", help: "explain each movement of its money, the newest first"),
      .init(
        name: "limit", value: "N", standard: "20", help: "how many movements", needs: ["why"]),
      .init(
        name: "before", value: "PLACE", help: "go on from a place, as an earlier page names it",
        needs: ["why"]),
      .json,
    ]
  ) { arguments in
    let names = try AccountNames(folder: arguments.dataPath())
    let holder = try names.holder(arguments.operand("ACCOUNT") ?? "")
    let limit = try arguments.integer("limit", in: 1...HistoryBounds.pageMaximum) ?? 20
    let before = try arguments.text("before").map { text throws(UsageError) in
      guard let place = HistoryPlace(text: text) else {
        throw UsageError(
          .optionInvalid, "--before takes a place in history, as in 12.0.3, not \"\(text)\"")
      }
      return place
    }
    let base = try arguments.nodeURL()
    let ledger = HTTPLedgerClient(base: base)
    var statement = AccountStatement(
      holder: holder, names: names, height: try await ledger.status().header.height,
      balance: try await ledger.balance(of: holder))
    if case .account(let account) = holder {
      statement.sequence = try await ledger.nextSequence(of: account)
      statement.income = try await ledger.record(.income(account)) ?? .none
      statement.holdings = try await AccountHoldings(of: account, on: ledger)
      statement.adapters = try await ledger.earnings(ofAdaptersOf: account)
    }
    if arguments.isOn("why") {
      statement.page = try await HTTPHistoryClient(base: base).statement(
        of: holder, before: before, limit: limit)
    }
    print(
      arguments.isOn("json")
        ? statement.json.text() : statement.text(on: .standard),
      terminator: arguments.isOn("json") ? "\n" : "")
  }
}

/// The accounts that a node's folder has keys of, by name.
struct AccountNames: Sendable {
  private var names: [Identifier<Account>: String] = [:]

  /// Reads the names in a folder; none if there is no such folder.
  init(folder: String) throws {
    guard FileManager.default.fileExists(atPath: "\(folder)/keys") else { return }
    for entry in try KeyRing(of: folder).entries { names[entry.account] = entry.name }
  }

  init(_ names: [Identifier<Account>: String]) { self.names = names }

  /// - Throws: `name_invalid`.
  func account(_ text: String) throws(CommandFailure) -> Identifier<Account> {
    if let digest = Digest(hex: text) { return Identifier(digest) }
    if let known = names.first(where: { $0.value == text }) { return known.key }
    let known = names.values.sorted().joined(separator: ", ")
    throw CommandFailure(
      .nameInvalid,
      "\"\(text)\" is no identifier of 64 hexadecimal digits, and no key of that name is here"
        + (known.isEmpty ? "" : "; there are \(known)"))
  }

  /// An account, or one of the ledger's purses: by its words, or its canonical bytes.
  /// - Throws: `name_invalid`.
  func holder(_ text: String) throws(CommandFailure) -> Holder {
    // A key's name is the nearest.
    if let account = try? account(text) { return .account(account) }
    if let holder = [UInt8](hex: text).flatMap({ try? Holder(canonicalBytes: $0) }) {
      return holder
    }
    let word = text.replacing("-", with: "_").replacing(" ", with: "_")
    if let holder = try? JSON.string(word).decoded(as: Holder.self) { return holder }
    return .account(try account(text))
  }

  /// The account's name, or the first digits of its identifier.
  func name(of account: Identifier<Account>) -> String {
    names[account] ?? String(account.description.prefix(12))
  }

  /// What people call a holder.
  func name(of holder: Holder) -> String {
    if case .account(let account) = holder { return name(of: account) }
    // A purse of one subject ends with its identifier, of which a few digits are enough.
    let words = "\(holder)".split(separator: " ")
    return words.map { Digest(hex: $0) == nil ? String($0) : String($0.prefix(12)) }
      .joined(separator: " ")
  }
}

/// What a holder of money has, and how it came to.
struct AccountStatement {
  let holder: Holder
  let names: AccountNames
  /// The last block's.
  let height: Height
  let balance: Amount
  /// nil for a purse.
  var sequence: UInt64?
  /// What it earned of answers' fees, and how much of that says nothing of its worth to others.
  var income = IncomeRecord.none
  var holdings = AccountHoldings()
  /// What its adapters brought, and what of it payers called good.
  var adapters: [AdapterEarnings] = []
  /// nil if nobody asked why.
  var page: HistoryPage<StatementLine>?

  func text(on terminal: Terminal) -> String {
    var text = names.name(of: holder)
    if case .account(let account) = holder { text += "  \(account)" }
    text += "\nbalance \(balance.tokens) WHN"
    text += (sequence.map { ", next sequence \($0)" } ?? "") + "\n"
    if income != .none {
      text += "earned \(income.earned.tokens) WHN of fees"
      text += ", \(income.own.tokens) of it from its own side"
      text += "; given \(income.subsidy.tokens) as subsidy\n"
    }
    text += adapters.map(\.words).joined()
    text += holdings.text(names, on: terminal)
    guard let page else { return text }
    // A moment is usual; more means that the node's log says why.
    if page.indexedHeight.number + 20 < height.number {
      text += "the node's history reaches block \(page.indexedHeight.number) of \(height.number)\n"
    }
    text += terminal.title("Why, the newest first")
    text += terminal.table(
      ["place", "time", "change", "balance", "why"],
      page.elements.map { line in
        [
          "\(line.place)", line.time.spoken,
          (line.isIncoming ? "+" : "-") + line.amount.tokens, line.balance.tokens, why(line),
        ]
      })
    if let next = page.next {
      text += "older: --before \(next)\n"
    }
    return text
  }

  /// The cause in words, the other side, and the transaction it belongs to.
  func why(_ line: StatementLine) -> String {
    guard let cause = line.cause, let other = line.other else { return "minted at genesis" }
    var words = Self.words(of: cause.codedText)
    words += (line.isIncoming ? " from " : " to ") + names.name(of: other)
    guard let transaction = line.transaction else { return words + ", by the ledger itself" }
    words += ", \(Self.words(of: transaction.kind.codedText))"
    if .account(transaction.signer) != holder {
      words += " by \(names.name(of: transaction.signer))"
    }
    if let rejection = Rejection(code: transaction.code) { words += " (\(rejection.name))" }
    return words
  }

  var json: JSON {
    var members: [JSONObject.Member] = []
    if case .account(let account) = holder {
      members = [.init(name: "account", value: .string(account.description))]
    } else {
      members = [.init(name: "purse", value: .string("\(holder)"))]
    }
    members.append(.init(name: "balance", value: .string(balance.description)))
    if let sequence {
      members += [
        .init(name: "sequence", value: .integer(sequence)),
        .init(
          name: "income",
          value: [
            "earned": .string(income.earned.description), "own": .string(income.own.description),
            "subsidy": .string(income.subsidy.description),
          ]),
      ]
      members.append(.init(name: "adapters", value: .array(adapters.map(\.json))))
      members += holdings.json
    }
    if let page {
      members += [
        .init(name: "indexed_height", value: .integer(page.indexedHeight.number)),
        .init(
          name: "movements",
          value: .array(
            page.elements.map { line in
              [
                "place": .string("\(line.place)"), "time": .integer(line.time.milliseconds),
                "cause": .string(line.cause?.codedText ?? "genesis"),
                "direction": .string(line.isIncoming ? "in" : "out"),
                "amount": .string(line.amount.description),
                "balance": .string(line.balance.description),
                "other": line.other.map { .string("\($0)") } ?? .null,
                "transaction": line.transaction.map { .string($0.id.description) } ?? .null,
                "why": .string(why(line)),
              ]
            })),
        .init(name: "next", value: page.next.map { .string("\($0)") } ?? .null),
      ]
    }
    return .object(JSONObject(members))
  }

  /// `answer_fee` as `answer fee`.
  private static func words(of name: String) -> String { name.replacing("_", with: " ") }
}
