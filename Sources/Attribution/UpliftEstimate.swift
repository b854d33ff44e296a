/// What one content group adds to held-out data, beyond all groups committed before it.
public struct UpliftEstimate: Hashable, Sendable {
  /// Over all held-out records, in units of a training record's own drop in loss: 1 would mean that
  /// held-out records improve as much as trained ones.
  public let mean: Double
  /// What is certain of it; the gate opens when this is positive.
  ///
  /// A niche contribution helps its niche: the bound is taken over the records of each domain of
  /// the held-out set, ``standardErrors`` below their mean and less ``smallest``, and the best
  /// domain counts, with its share of the set.
  public let lowerBound: Double

  /// The distance of the bound, for domains of four records and up and for the best of several.
  ///
  /// Random text as a group of its own opens one gate of 78 on the benchmark's task, wherever it stands
  /// in commit order; with two errors, in 2 orders of 4 (docs/benchmarks.md).
  public static let standardErrors = 3.0

  /// The smallest uplift that counts: three hundredths of a trained record's own drop.
  ///
  /// Any record in the set's form adds a little to what others have taught about it, with certainty
  /// but without worth. With a third of it, random text opens its gate in 2 orders of 4.
  public static let smallest = 0.03

  /// Estimates the marginal uplift of each group in commit order.
  ///
  /// It is what ``UpliftRegression`` predicts with the group minus what it predicts without, over the
  /// groups committed earlier. What several groups teach alike (the form of an answer) is thereby
  /// paid mostly once, to the first; what a group teaches that no held-out record shares counts
  /// nothing. Copies are no matter for this estimate: they are decided on text and not trained on.
  ///
  /// - Parameters:
  ///   - training: the vector of each training record, in commit order of the groups.
  ///   - groups: the group of each training record; equal numbers stand together. Nil for a record
  ///     that others brought before the group behind it: what it teaches is nobody's here.
  ///   - heldOut: the vector of each held-out record.
  ///   - alike: for each held-out record the places of training records that give it away.
  ///   - domains: the domain of each held-out record, as its curators named it; a domain of one
  ///     record bounds nothing.
  /// - Returns: one estimate per group, in the order given.
  /// - Throws: as ``UpliftRegression``'s initialiser.
  /// - Complexity: O(n² · coordinates + n³) for n training records.
  public static func marginal(
    training: [[Float]], groups: [Int?], heldOut: [[Float]], alike: [[Int]] = [], domains: [Int]
  ) throws -> [UpliftEstimate] {
    precondition(
      training.count == groups.count && heldOut.count == domains.count,
      "one group per training record and one domain per held-out record")
    let regression = try UpliftRegression(training: training, heldOut: heldOut, alike: alike)
    var estimates: [UpliftEstimate] = []
    var sums = [Double](repeating: 0, count: heldOut.count)
    for (index, addition) in regression.additions(inOrder: Array(groups.indices)).enumerated() {
      guard groups[index] != nil else { continue }
      for place in sums.indices { sums[place] += addition[place] }
      guard index + 1 == groups.count || groups[index + 1] != groups[index] else { continue }
      estimates.append(UpliftEstimate(of: sums, domains: domains))
      sums = [Double](repeating: 0, count: heldOut.count)
    }
    return estimates
  }

  private init(of differences: [Double], domains: [Int]) {
    mean = differences.reduce(0, +) / Double(differences.count)
    lowerBound =
      Set(domains).sorted().map { domain in
        let own = zip(differences, domains).filter { $0.1 == domain }.map(\.0)
        return Self.bound(own) * Double(own.count) / Double(differences.count)
      }.max() ?? 0
  }

  private static func bound(_ values: [Double]) -> Double {
    guard values.count > 1 else { return -smallest }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return mean - standardErrors * (variance / count).squareRoot() - smallest
  }
}
