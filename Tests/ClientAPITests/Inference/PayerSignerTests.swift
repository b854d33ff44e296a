import ClientAPI
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct PayerSignerTests {
  private func maximumFee(
    _ roles: [ChatRequest.Role], passages: UInt32? = nil, tokens: UInt32 = 1, context: UInt32? = nil
  ) throws -> (fee: Amount, body: [UInt8]) {
    let key = try #require(SigningKey(seed: [UInt8](repeating: 1, count: 32)))
    let parameters = LedgerParameters(
      accounts: AccountParameters(minimumGasPrice: .zero),
      models: ModelParameters(minimumRunBond: .zero),
      channels: ChannelParameters(closingWindow: Window(milliseconds: 1, blocks: 1)),
      receipts: ReceiptParameters(
        platformFee: .zero, split: .standard, challengeWindow: Window(milliseconds: 1, blocks: 1)))
    let body = ChatRequest(
      model: "m", messages: roles.map { .init(role: $0, content: "?") }, maximumTokens: tokens,
      passageLimit: passages
    ).body
    // A thousand units for a thousand tokens read: the fee counts tokens.
    let order = try PayerSigner(
      chain: Identifier(.zero), channel: Identifier(.zero), parameters: parameters, key: key
    ).order(
      for: body,
      model: ModelListing(
        adapter: Identifier(.zero), name: "m", baseModel: "b", server: Identifier(.zero),
        rateIn: Amount(baseUnits: 1000), rateOut: .zero, contextLength: context), number: 1,
      salt: .zero,
      expiry: BlockTime(milliseconds: 1))
    return (order.order.maximumFee, body)
  }

  @Test func `an order covers the longest system message that a run may put first`() throws {
    let (fee, body) = try maximumFee([.user])
    #expect(fee.baseUnits >= UInt128(body.count + TrainingRecipe.systemMessageMaximum))
  }

  @Test func `an order covers the longest passages that it asks for`() throws {
    let (plain, _) = try maximumFee([.user])
    let (fee, _) = try maximumFee([.user], passages: 3)
    #expect(
      fee.baseUnits >= plain.baseUnits + UInt128(PassageContext.byteMaximum(passages: 3)))
  }

  @Test func `a conversation with a system message of its own gets no other`() throws {
    let (fee, body) = try maximumFee([.system, .user])
    #expect(fee.baseUnits >= UInt128(body.count))
    #expect(fee.baseUnits < UInt128(body.count + TrainingRecipe.systemMessageMaximum))
  }

  @Test func `an order covers no longer prompt than the model's context has room for`() throws {
    let (fee, body) = try maximumFee([.user], tokens: 20, context: 50)
    #expect(body.count > 30)
    #expect(fee.baseUnits == 30)
    #expect(try maximumFee([.user], tokens: 20, context: 10).fee == .zero)
    let (short, _) = try maximumFee([.user], tokens: 20, context: 100_000)
    #expect(short == (try maximumFee([.user], tokens: 20)).fee)
  }
}
