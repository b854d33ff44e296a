import ClientAPI
import Cryptography
import Foundation
import Ledger
import Primitives
import Testing

@testable import whence

@Suite(.serialized, .timeLimit(.minutes(10))) struct CrashLoopTests {
  @Test func `a node killed again and again keeps what it acknowledged`() async throws {
    let folder = try TemporaryFolder()
    let loop = CrashLoop(
      program: BuiltProgram.path, folder: folder.path, runs: 6, seed: 7, accounts: 12)
    let summary = try await loop.run { _, _ in }
    #expect(summary.runs == 6 && summary.acknowledged > 0)
    #expect(summary.header.height > .genesis)
  }
}

/// The loop's own books must notice what a node could do wrong.
@Suite struct CrashBooksTests {
  let payer: SigningKey
  let books: CrashBooks

  init() throws {
    payer = try #require(SigningKey(seed: [UInt8](repeating: 1, count: 32)))
    books = CrashBooks(
      allocations: [Allocation(publicKey: payer.publicKey, amount: Amount(baseUnits: 100))])
  }

  func transfer(
    _ amount: UInt128, sequence: UInt64, height: UInt64, index: UInt32 = 0,
    rejection: Rejection? = nil
  ) -> EnteredTransfer {
    let transaction = TransactionContent(
      chain: Identifier(.zero), publicKey: payer.publicKey, sequence: sequence,
      fee: Amount(baseUnits: 1), expiry: Height(.max),
      message: .transfer(
        Transfer(to: Identifier(.zero), amount: Amount(baseUnits: amount), memo: ""))
    ).signed(by: payer)
    let outcome = TransactionOutcome(
      id: transaction.id, height: Height(height), index: index,
      result: TransactionResult(code: rejection?.code ?? 0, events: []))
    return EnteredTransfer(transaction: transaction, outcome: outcome)
  }

  @Test func `fees are taken from what succeeds and from what is rejected`() throws {
    var books = books
    try books.enter([
      transfer(99, sequence: 2, height: 2, rejection: .account(.insufficientBalance)),
      transfer(10, sequence: 0, height: 1), transfer(20, sequence: 1, height: 1, index: 1),
    ])
    #expect(books.balance(of: Identifier(payer.publicKey)) == Amount(baseUnits: 67))
    #expect(books.balance(of: Identifier(.zero)) == Amount(baseUnits: 30))
    #expect(books.height == Height(2) && books.count == 3)
  }

  @Test(arguments: ["lost", "double", "unlike the balance", "out of order"])
  func `what does not fit is noticed`(fault: String) {
    var books = books
    let transfers =
      switch fault {
      case "lost": [transfer(1, sequence: 0, height: 1, index: 1)]
      case "double":
        [transfer(1, sequence: 0, height: 1), transfer(1, sequence: 0, height: 1, index: 1)]
      case "unlike the balance": [transfer(100, sequence: 0, height: 1)]
      default: [transfer(1, sequence: 1, height: 1)]
      }
    let failure = #expect(throws: OperationFailure.self) { try books.enter(transfers) }
    #expect(failure?.code == .booksDiffer)
  }
}
