import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Primitives
import Testing

@testable import whence

@Suite struct AccountStatementTests {
  private let payer = Identifier<Account>(SHA256.digest(of: [1]))
  private let server = Identifier<Account>(SHA256.digest(of: [2]))
  private let channel = Identifier<Channel>(SHA256.digest(of: [3]))

  private func line(
    _ cause: MoveCause?, _ other: Holder?, incoming: Bool, transaction: MessageKind? = nil,
    code: UInt32 = 0
  ) -> StatementLine {
    StatementLine(
      place: HistoryPlace(height: Height(7), index: 1, entry: 0),
      time: BlockTime(milliseconds: 1_700_000_000_000), cause: cause, isIncoming: incoming,
      amount: .tokens(2), other: other, balance: .tokens(5),
      transaction: transaction.map {
        TransactionSummary(
          id: Identifier(.zero), height: Height(7), index: 1, signer: server, kind: $0,
          fee: .zero, code: code)
      })
  }

  private func statement(
    _ lines: [StatementLine], next: HistoryPlace? = nil, income: IncomeRecord = .none
  ) -> AccountStatement {
    AccountStatement(
      holder: .account(payer), names: AccountNames([payer: "customer", server: "server"]),
      height: Height(7), balance: .tokens(5), sequence: 3, income: income,
      page: HistoryPage(indexedHeight: Height(7), elements: lines, next: next))
  }

  @Test func `each line says why, with whom, and by which message`() {
    let statement = statement([])
    let escrow = Holder.channelEscrow(channel)
    #expect(statement.why(line(nil, nil, incoming: true)) == "minted at genesis")
    #expect(
      statement.why(line(.channelReturn, escrow, incoming: true))
        == "channel return from channel escrow \(channel.description.prefix(12)), "
        + "by the ledger itself")
    #expect(
      statement.why(
        line(.transfer, .account(server), incoming: true, transaction: .transfer))
        == "transfer from server, transfer by server")
    #expect(
      statement.why(
        line(.transactionFee, .validators, incoming: false, transaction: .openChannel, code: 101))
        == "transaction fee to validators, open channel by server (account_insufficient_balance)")
  }

  @Test func `income is shown with what came from oneself and from the subsidy pool`() {
    let terminal = Terminal(isInteractive: false, hasColour: false, width: 80)
    let income = IncomeRecord(earned: .tokens(4), own: .tokens(1), subsidy: .tokens(2))
    let earner = statement([], income: income)
    let said = "earned 4 WHN of fees, 1 of it from its own side; given 2 as subsidy"
    #expect(earner.text(on: terminal).contains(said))
    #expect(earner.json["income"]?["own"]?.string == Amount.tokens(1).description)
    #expect(!statement([]).text(on: terminal).contains("earned"))
  }

  @Test func `a full page says how to go on, and one that is not full does not`() {
    let terminal = Terminal(isInteractive: false, hasColour: false, width: 80)
    let one = line(.transfer, .account(server), incoming: false)
    let full = statement([one, one], next: one.place).text(on: terminal)
    #expect(full.contains("-2 ") && full.hasSuffix("older: --before 7.1.0\n"))
    #expect(!statement([one]).text(on: terminal).contains("--before"))
    #expect(statement([one, one], next: one.place).json["next"]?.string == "7.1.0")
    #expect(statement([one]).json["next"]?.isNull == true)
  }
}

@Suite struct CommandFamilyTests {
  private let program = Program(
    version: "1",
    commands: [
      Command(
        name: "account show", summary: "Show", operands: [.init(name: "ACCOUNT", help: "whose")]
      ) { _ in }
    ])

  private func run(_ words: String...) async -> (Program.ExitCode, String) {
    var said = ""
    let code = await program.run(words, print: { said += $0 }, complain: { said += $0 })
    return (code, said)
  }

  @Test func `a command's name may have two words`() async {
    #expect(await run("account", "show", "x").0 == .success)
    #expect(await run("help", "account", "show").1.contains("usage: whence account show ACCOUNT"))
    let (code, said) = await run("account")
    #expect(code == .usage && said.contains("account is one of: account show"))
  }
}
