internal import AttributionRules

/// Whether claimed retrieval evidence is what somebody else computed, rounding apart.
///
/// Every number may differ by a thousandth of a nat for each of the answer's tokens; what pay follows
/// from, the shares of adapter and retrieval and of each passage, by half a hundredth. Shares of less
/// than a hundredth of a nat are not compared: rounding may make them.
struct RetrievalComparison {
  /// In micro-nats, for each token.
  static let likelihoodTolerance: Int64 = 1000
  /// Half the sum of what shares differ by.
  static let shareTolerance = 0.005
  /// The least sum whose shares are compared, in micro-nats.
  static let leastShared = 10_000.0

  /// In micro-nats.
  private let tolerance: Int64

  /// - Parameter tokens: the answer's, the one that ends the turn among them.
  init(tokens: Int) { tolerance = Self.likelihoodTolerance * Int64(tokens) }

  func agrees(_ claimed: RetrievalEvidence?, _ recomputed: RetrievalEvidence?) -> Bool {
    guard let claimed, let recomputed else { return (claimed == nil) == (recomputed == nil) }
    guard claimed.passages.map(\.record) == recomputed.passages.map(\.record),
      zip(claimed.likelihoods.list, recomputed.likelihoods.list).allSatisfy(isClose),
      zip(claimed.passages, recomputed.passages).allSatisfy({ isClose($0.drop, $1.drop) })
    else { return false }
    return sharesAgree(
      claimed.passages.map { Double(max(0, $0.drop)) },
      recomputed.passages.map { Double(max(0, $0.drop)) })
      && sharesAgree(
        claimed.likelihoods.componentValues, recomputed.likelihoods.componentValues)
  }

  private func isClose(_ one: Int64, _ other: Int64) -> Bool {
    let (difference, overflowed) = one.subtractingReportingOverflow(other)
    return !overflowed && difference.magnitude <= UInt64(tolerance)
  }

  private func sharesAgree(_ claimed: [Double], _ recomputed: [Double]) -> Bool {
    let totals = [claimed, recomputed].map { $0.reduce(0, +) }
    guard totals.allSatisfy({ $0 >= Self.leastShared }) else { return true }
    let distance = zip(claimed, recomputed).reduce(0) {
      $0 + abs($1.0 / totals[0] - $1.1 / totals[1]) / 2
    }
    return distance <= Self.shareTolerance
  }
}

extension AnswerLikelihoods {
  fileprivate var list: [Int64] { [base, adapter, context, both] }

  /// The adapter's, then retrieval's, in micro-nats.
  fileprivate var componentValues: [Double] {
    let values = ComponentValues(self)
    return [Double(values.adapter) / 2, Double(values.retrieval) / 2]
  }
}
