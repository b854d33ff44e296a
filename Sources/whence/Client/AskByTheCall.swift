import ClientAPI
import Foundation
import Ledger
import NodeHTTP
import Primitives

extension Command {
  /// Asks and pays with x402, and says what goes back.
  static func payByTheCall(
    _ body: [UInt8], model: ModelListing, wallet: PayerWallet, base: String,
    _ arguments: Arguments
  ) async throws {
    let ledger = HTTPLedgerClient(base: base)
    let client = PayPerCallClient(base: base, ledger: ledger)
    // What the server may ask for is worked out here.
    let limit = try await wallet.maximumFee(of: body, model: ModelChoice(model))
    let payer = wallet.payer
    let completion = try await client.complete(
      body, limit: limit, by: payer.key, of: payer.account, isPublic: arguments.isOn("public"),
      onPayment: {
        print(
          "paying up to \($0.deposit.tokens) WHN through channel \($0.channel), which the server "
            + "closes; if it does not, `whence send close_channel channel=\($0.channel)` does")
      },
      onPiece: { if case .text(let text, _) = $0 { ProgressBar.put(text.inLines) } })
    let rest = try limit.subtracting(completion.fee)
    print("\n\nfee \(completion.fee.tokens) WHN, receipt \(completion.order)")
    print("\(rest.tokens) WHN go back once the answer is settled, in some seconds")
  }
}
