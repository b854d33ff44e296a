import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives

extension Command {
  static let outcome = Command(
    name: "outcome",
    summary: "Say what an answer was worth to its payer: shown beside its adapter's income",
    operands: [
      .init(name: "RECEIPT", help: "an order's digest, or a file with the receipt's bytes"),
      .init(name: "OUTCOME", help: "accepted, rejected, or passed: a check of the task passed"),
    ],
    options: [.node, .data, .signer]
  ) { arguments in
    let words = arguments.operand("OUTCOME") ?? ""
    guard let outcome = ReceiptOutcome.allCases.first(where: { $0.codedText == words }) else {
      throw CommandFailure(
        .nameInvalid, "\(words) is no outcome: say accepted, rejected or passed")
    }
    let source = try VerificationSource(
      node: arguments.nodeURL(), keys: arguments.recipientKeys())
    let published = try await source.receipt(named: arguments.operand("RECEIPT") ?? "")
    guard let settlement = published.settlement else {
      throw CommandFailure(
        .receiptMissing, "the receipt is in no batch yet; say so once it is settled")
    }
    let keys = try DataFolder(existing: try arguments.dataPath()).keys
    let signer = try await keys.settled(arguments.signerName(in: keys), on: source.ledger)
    // Whoever else sends it needs the signature of the key that signs the channel's orders.
    var signature: Signature?
    if signer.account != published.receipt.payer {
      let chain = try await source.ledger.status().chain.id
      signature = signer.key.sign(
        ReportOutcome.signedDigest(of: outcome, published.receipt.digest, chain: chain).bytes)
    }
    try await source.ledger.sendOnce(
      .reportOutcome(
        ReportOutcome(
          batch: settlement.batch, opened: settlement.opened, outcome: outcome,
          signature: signature)), by: signer)
  }
}
