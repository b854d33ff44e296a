import AttributionRules
import CanonicalCoding
import ClientAPI
import LanguageModels
import Ledger
import OpenLoRA
import Primitives

/// A stranger's check of the story's receipts, genuine and tampered with.
struct DemoVerification {
  let verifier: ReceiptVerifier
  let engine: LanguageEngine
  let weights: Digest

  /// `accepted`, or `rejected: REASON`.
  func verdict(on published: PublishedReceipt) async throws -> String {
    do {
      try await verifier.checkArithmetic(of: published)
      _ = try await verifier.checkByRecomputation(published, engine: engine, weights: weights)
      return "accepted"
    } catch let fault as ReceiptFault {
      return "rejected: \(fault.rawValue)"
    }
  }

  /// One receipt changed in every way that would pay somebody to change it.
  static func tamperings(
    of published: PublishedReceipt
  ) -> [(name: String, published: PublishedReceipt)] {
    func changed(
      _ name: String, _ change: (inout PublishedReceipt) -> Void
    ) -> (name: String, published: PublishedReceipt) {
      var copy = published
      change(&copy)
      return (name, copy)
    }
    return [
      changed("a contributor is paid more, another less") {
        $0.receipt.payouts = Self.moved($0.receipt.payouts)
      },
      changed("the fee is higher") {
        $0.receipt.fee = Amount(baseUnits: $0.receipt.fee.baseUnits + 1)
      },
      changed("more tokens are charged") { $0.receipt.tokensOut += 1 },
      changed("a record's score is raised") {
        $0.receipt.evidence.influence = Self.raised($0.receipt.evidence.influence)
      },
      changed("the query vector is another") {
        let evidence = $0.receipt.evidence.influence
        $0.receipt.evidence.influence = InfluenceEvidence(
          query: QueryVector(values: evidence.query.values.reversed()),
          decoyScores: evidence.decoyScores, floor: evidence.floor, records: evidence.records)
      },
      changed("the answer is another") { $0.disclosure.answer.append(1) },
      changed("the request is another") { $0.disclosure.request.append(32) },
    ]
  }

  private static func moved(_ payouts: [Payout]) -> [Payout] {
    var payouts = payouts
    guard payouts.count > 1 else { return [] }
    let half = payouts[0].amount.baseUnits / 2
    payouts[0].amount = Amount(baseUnits: payouts[0].amount.baseUnits - half)
    payouts[1].amount = Amount(baseUnits: payouts[1].amount.baseUnits + half)
    return payouts
  }

  private static func raised(_ evidence: InfluenceEvidence) -> InfluenceEvidence {
    var records = evidence.records
    if let first = records.first {
      records[0] = ScoredRecord(first.name, score: first.score + 1)
    } else {
      records = [ScoredRecord(record: .zero, score: evidence.floor + 1)]
    }
    return InfluenceEvidence(
      query: evidence.query, decoyScores: evidence.decoyScores, floor: evidence.floor,
      records: records)
  }
}
