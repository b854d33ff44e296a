import CanonicalCoding
import ClientAPI
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

extension Command {
  static let transaction = Command(
    name: "transaction", summary: "Show a transaction: its message, its fee, what became of it",
    operands: [.init(name: "ID", help: "as `send` and statements name it")],
    options: [.node, .data, .json]
  ) { arguments in
    let text = arguments.operand("ID") ?? ""
    guard let id = Digest(hex: text).map(Identifier<Transaction>.init) else {
      throw CommandFailure(
        .nameInvalid, "\"\(text)\" is no identifier of 64 lower-case hexadecimal digits")
    }
    let ledger = HTTPLedgerClient(base: try arguments.nodeURL())
    guard let outcome = try await ledger.outcome(of: id) else {
      throw CommandFailure(
        .recordMissing, "no block that this node has holds this transaction; ask another")
    }
    let block = try await ledger.block(at: outcome.height)
    let transaction = outcome.transaction(in: block)
    guard !arguments.isOn("json") else {
      print(outcome.json(of: transaction).text(.indented))
      return
    }
    let names = try AccountNames(folder: arguments.dataPath())
    print(try TransactionText(names: names).text(of: outcome, transaction, in: block))
  }

  static let block = Command(
    name: "block", summary: "Show a block: its header, its report, its transactions",
    operands: [.init(name: "HEIGHT", help: "a number from 1 on")],
    options: [.node, .data, .json]
  ) { arguments in
    let text = arguments.operand("HEIGHT") ?? ""
    guard let number = UInt64(text), "\(number)" == text else {
      throw UsageError(.optionInvalid, "a height is a whole number, not \"\(text)\"")
    }
    let ledger = HTTPLedgerClient(base: try arguments.nodeURL())
    guard let block = try await ledger.block(at: Height(number)) else {
      let last = try await ledger.status().header.height.number
      throw CommandFailure(
        .recordMissing,
        number > last
          ? "there is no block \(number) yet; the last is \(last)"
          : "the node does not have block \(number); one with the whole chain does")
    }
    guard !arguments.isOn("json") else {
      print(block.json.text(.indented))
      return
    }
    let names = try AccountNames(folder: arguments.dataPath())
    print(try TransactionText(names: names).text(of: block))
  }
}

/// Transactions and blocks as people read them.
struct TransactionText {
  let names: AccountNames

  /// - Parameter transaction: nil where the node has the outcome alone.
  func text(
    of outcome: TransactionOutcome, _ transaction: Transaction?, in block: Block?
  ) throws -> String {
    let tree = ReadableTree(names: names)
    var lines = [
      "transaction \(outcome.id)",
      "block \(outcome.height.number), place \(outcome.index)"
        + (block.map { ", \($0.header.time.spoken)" } ?? ""),
      outcome.rejection.map { "rejected: \($0.name) (\($0.code)); only the fee was paid" }
        ?? "done",
    ]
    if let transaction {
      lines += try tree.lines(transaction.content, indent: 0)
    } else {
      lines.append("this node does not have its block, and so not its message")
    }
    if !outcome.result.events.isEmpty { lines.append("events") }
    lines += outcome.result.events.map { event in
      "  \(event.kind.codedText)  \(event.subject)"
        + (event.amount > .zero ? "  \(event.amount.tokens) WHN" : "")
    }
    return lines.joined(separator: "\n")
  }

  /// The transactions in a line each: `whence transaction ID` shows one whole.
  func text(of block: Block) throws -> String {
    let tree = ReadableTree(names: names)
    var lines = ["block \(block.header.height.number), digest \(block.header.digest)"]
    lines += try tree.lines(block.header, indent: 0)
    lines.append("consensus report")
    lines += try tree.lines(block.report, indent: 1)
    lines.append("transactions (\(block.transactions.count))")
    lines += block.transactions.enumerated().map { place, transaction in
      let content = transaction.content
      return "  \(place)  \(transaction.id)  \(content.message.kind.codedText) by "
        + "\(names.name(of: content.signer)), fee \(content.fee.tokens) WHN"
    }
    return lines.joined(separator: "\n")
  }
}
