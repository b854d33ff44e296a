import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Datanets
import Foundation
import LanguageModels
import Ledger
import OpenLoRA
import Primitives
import Storage

/// The second half of the story: a customer asks and pays, contributors are paid, a stranger checks.
struct DemoQuestions {
  let chain: DemoChain
  let inference: any InferenceClient
  let terminal: Terminal

  struct Answered {
    let item: HeldOutItem
    let completion: ChatCompletion
    let published: PublishedReceipt
    /// nil if no record is above the floor: then none is said to have helped.
    let topContributor: String?
  }

  /// Six questions: one of each domain, and one more of the first.
  static func choose(from reworded: [HeldOutItem]) -> [HeldOutItem] {
    let byDomain = StoryFiles.domains.map { domain in reworded.filter { $0.domain == domain } }
    return byDomain.compactMap(\.first) + byDomain.prefix(1).compactMap { $0.dropFirst().first }
  }

  /// Opens a channel for the customer and asks every question through its signer.
  func ask(
    _ items: [HeldOutItem], channelTokens: UInt128, names: [Digest: String]
  ) async throws -> (answers: [Answered], channel: Identifier<Channel>) {
    print(terminal.title("A customer asks, and pays for each answer"), terminator: "")
    let channelKey = try chain.key(DemoChain.customerName)
    let channel = try await chain.send(
      .openChannel(
        OpenChannel(
          server: try chain.account(DemoChain.serverName), signingKey: channelKey.publicKey,
          deposit: .tokens(channelTokens))),
      as: DemoChain.customerName, making: Channel.self)
    let status = try await chain.client.status()
    let signer = PayerSigner(
      chain: status.chain.id, channel: channel, parameters: status.parameters, key: channelKey)
    guard let model = try await inference.models().first else {
      throw CommandFailure(.modelMissing, "the server offers no model")
    }

    var answers: [Answered] = []
    for (number, item) in items.enumerated() {
      let body = ChatRequest(
        model: model.name, messages: [.init(role: .user, content: item.record.question)],
        maximumTokens: 24, sampling: ChatSampling(temperature: 0), isStreaming: true
      ).body
      let salt = Entropy.digest()
      let order = try signer.order(
        for: body, model: model, number: UInt64(number + 1), salt: salt,
        expiry: BlockTime(milliseconds: status.header.time.milliseconds + 3_600_000))
      let completion = try await inference.complete(
        PaidRequest(body: body, order: order, salt: salt), onPiece: { _ in })
      let published = try await settled(completion, for: signer)
      let top = published.receipt.evidence.influence.records.first.flatMap { names[$0.record] }
      answers.append(
        Answered(
          item: item, completion: completion, published: published, topContributor: top))
      tell(answers[number], names: names)
    }
    return (answers, channel)
  }

  /// The receipt comes after the answer; wait for it.
  private func settled(
    _ completion: ChatCompletion, for payer: PayerSigner
  ) async throws -> PublishedReceipt {
    for _ in 0..<600 {
      if let receipt = try await inference.receipt(ofOrder: completion.order).flatMap(payer.open) {
        return receipt
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw CommandFailure(.receiptMissing, "the receipt of an answer did not settle within a minute")
  }

  private func tell(_ answered: Answered, names: [Digest: String]) {
    let receipt = answered.published.receipt
    print("\n  " + terminal.styled(answered.item.record.question, .bold))
    print("  \(answered.completion.text)")
    let evidence = receipt.evidence.influence
    let scale = Double(max(evidence.floor, 1))
    let records = evidence.records.prefix(3).map {
      "\(names[$0.record] ?? "?") (\((Double($0.score) / scale).rounded(places: 1)) × floor)"
    }
    let drawn =
      records.isEmpty
      ? "no record above the floor; the influence part follows uplift"
      : "drew on " + records.joined(separator: ", ")
    print(terminal.styled("  \(drawn)", .faint))
    print(
      terminal.styled(
        "  fee \(receipt.fee.tokens) WHN: "
          + receipt.payouts.sorted { $0.amount > $1.amount }.map {
            "\(name(of: $0.account)) \($0.amount.tokens)"
          }.joined(separator: ", "), .faint))
  }

  func name(of account: Identifier<Account>) -> String {
    chain.keys.first { Identifier<Account>($0.value.publicKey) == account }?.key ?? "\(account)"
  }
}
