import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import TestKit
import Testing

@testable import whence

/// What lies beside a balance, and what pays for answers out of it.
@Suite struct AccountHoldingsTests {
  private let folder: TemporaryFolder
  private let data: DataFolder
  private let payer: KeyRing.Entry
  private let server: KeyRing.Entry
  private let ledger: MemoryLedger
  private let plain = Terminal(isInteractive: false, hasColour: false, width: 80)

  init() throws {
    folder = try TemporaryFolder()
    data = try DataFolder(forNode: folder.path + "/data")
    payer = try data.keys.make("payer")
    server = try data.keys.make("server")
    let keys = [payer.key.publicKey, server.key.publicKey].sorted()
    var genesis = DevelopmentChain.genesis(
      operator: payer.key.publicKey, time: BlockTime(milliseconds: 1_700_000_000_000))
    genesis.allocations = keys.map { Allocation(publicKey: $0, amount: .tokens(2000)) }
    genesis.validators = [
      GenesisValidator(
        publicKey: server.key.publicKey,
        claim: CreateValidator(
          consensusKey: SigningKey.fixed.publicKey, name: "first", details: "",
          rate: .percent(5), maximumRate: .percent(20), maximumStep: .percent(1),
          stake: .tokens(1000)))
    ]
    ledger = try MemoryLedger(genesis)
  }

  private func holdings(of account: Identifier<Account>) async throws -> [String] {
    try await AccountHoldings(of: account, on: ledger).list
      .map { "\($0.kind) \($0.amount.tokens)" }
  }

  @Test func `stake, unbonding, channels, datanets and bonds are found with what each holds`()
    async throws
  {
    _ = try await ledger.send(
      .openChannel(
        OpenChannel(
          server: server.account, signingKey: payer.key.publicKey, deposit: .tokens(3))),
      by: payer.key)
    let delegated = try await ledger.send(
      .delegate(Delegate(validator: server.account, amount: .tokens(10))),
      by: payer.key)
    #expect(delegated.rejection == nil)
    #expect(try await holdings(of: payer.account) == ["stake 10", "channel_as_payer 3"])
    #expect(try await holdings(of: server.account) == ["stake 1000", "channel_as_server 3"])
    let all = try await AccountHoldings(of: payer.account, on: ledger)
    #expect(all.text(AccountNames([:]), on: plain).contains("channel as payer"))
    #expect(
      all.unfinished.isEmpty && !all.text(AccountNames([:]), on: plain).contains("may be more"))
    let json = JSON.object(JSONObject(all.json))
    #expect(json["holdings"]?[0]?["subject"]?.string == "\(server.account)")
  }

  @Test func `a purse is named by its words, by its number, and an account by its key`() throws {
    let names = AccountNames([payer.account: "payer"])
    for text in ["validators", "0003"] { #expect(try names.holder(text) == .validators) }
    for text in ["fee-pool", "fee_pool"] { #expect(try names.holder(text) == .feePool) }
    #expect(try names.holder("payer") == .account(payer.account))
    #expect(throws: CommandFailure.self) { try names.holder("nobody") }
  }

  @Test func `a channel is opened with no more than the account has, or not at all`() async throws {
    #expect(PayerWallet.standardDeposit(of: .tokens(5)) == .milliTokens(2500))
    #expect(PayerWallet.standardDeposit(of: .tokens(1000)) == .tokens(100))
    let poor = try data.keys.make("poor")
    _ = try await ledger.send(
      .transfer(Transfer(to: poor.account, amount: .tokens(5), memo: "")), by: payer.key)
    let wallet = try PayerWallet(data: data, payer: poor, ledger: ledger)
    let dear = await #expect(throws: CommandFailure.self) {
      try await wallet.signer(for: server.account, deposit: nil, covering: .tokens(3))
    }
    #expect(dear?.code == .moneyMissing && dear?.message.contains("--deposit 3 ") == true)
    let much = await #expect(throws: CommandFailure.self) {
      try await wallet.signer(for: server.account, deposit: .tokens(50))
    }
    #expect(much?.code == .moneyMissing && much?.message.contains("has 5 WHN") == true)
    #expect(try await ledger.balance(of: .account(poor.account)) == .tokens(5))
    let signer = try await wallet.signer(for: server.account, deposit: nil, covering: .tokens(1))
    #expect(
      try await ledger.balance(of: .channelEscrow(signer.channel)) == .milliTokens(2500))
    let spent = await #expect(throws: CommandFailure.self) {
      try await wallet.signer(for: server.account, deposit: nil, covering: .tokens(4))
    }
    #expect(spent?.message.contains("whence send top_up_channel channel=\(signer.channel)") == true)
  }

  @Test(arguments: [("2.5", true), ("2.5WHN", true), ("0", false), ("1.", false), ("x", false)])
  func `an option takes an amount in WHN`(text: String, isAmount: Bool) throws {
    let arguments = try Command.proxy.parse(["--limit", text])
    let amount = try? arguments.amount("limit")
    #expect((amount == .milliTokens(2500)) == isAmount)
  }

  @Test func `a transaction is told with its memo, harmless, and its fee`() async throws {
    let transaction = try await ledger.signed(
      .transfer(Transfer(to: server.account, amount: .tokens(1), memo: "a\u{1b}]0;b")),
      by: payer.key)
    let outcome = try await ledger.submit(transaction)
    let block = try #require(try await ledger.block(at: outcome.height))
    let teller = TransactionText(names: AccountNames([payer.account: "payer"]))
    let text = try teller.text(of: outcome, outcome.transaction(in: block), in: block)
    #expect(text.contains(#"a\u001b]0;b"#) && text.contains("2023-11-14 22:13:20"))
    let fee = "fee \(transaction.content.fee.tokens) WHN"
    #expect(try teller.text(of: block).contains(fee))
    #expect(Command.words(for: outcome, fee: transaction.content.fee).contains(fee))
  }
}

extension SigningKey {
  fileprivate static var fixed: SigningKey {
    guard let key = SigningKey(seed: [UInt8](repeating: 9, count: 32)) else {
      preconditionFailure("32 bytes are a seed")
    }
    return key
  }
}
