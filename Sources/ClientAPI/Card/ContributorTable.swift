internal import AttributionRules
internal import Primitives

/// The losses of retrainings on subsets of contributors, and what they say of each.
struct ContributorTable {
  private let subsets: ContributorRetrainings.Subsets
  /// Whether a contributor is in a subset, by contributor and subset.
  private let isIn: [[Bool]]
  /// By subset, seed and question, in micro-nats.
  private let losses: [[[Int64]]]
  private let questionCount: Int

  /// Nil if there are not as many rows as subsets, each with every seed.
  init?(
    _ measured: ContributorRetrainings, contributors: [Digest], seeds: Int, draw: CardDraw
  ) {
    let count = measured.losses.count / seeds
    guard let first = measured.losses.first, measured.losses.count == count * seeds else {
      return nil
    }
    subsets = measured.subsets
    questionCount = first.microNats.count
    losses = (0..<count).map { subset in
      (0..<seeds).map { seed in
        measured.losses[subset * seeds + seed].microNats.map(Int64.init)
      }
    }
    switch subsets {
    case .leaveOneOut:
      guard count == contributors.count + 1 else { return nil }
      isIn = contributors.indices.map { place in (0..<count).map { $0 != place + 1 } }
    case .coalitions:
      let coalitions = (0..<count).map { draw.coalition($0, of: contributors) }
      isIn = contributors.map { contributor in coalitions.map { $0.contains(contributor) } }
    }
  }

  /// What each contributor is worth, its interval over drawn seeds and questions, and over drawn
  /// coalitions.
  var figures: [MeasuredFigure] {
    let everything = Array(losses.indices)
    let all = worths(
      of: everything, seeds: Array(losses[0].indices), questions: Array(0..<questionCount))
    var generator = SeededGenerator(seed: 1)
    var draws = isIn.map { _ in [Int64]() }
    for _ in 0..<MeasuredFigure.draws {
      let drawn = subsets == .leaveOneOut ? everything : generator.drawn(losses.count)
      let worths = worths(
        of: drawn, seeds: generator.drawn(losses[0].count),
        questions: generator.drawn(questionCount))
      for (place, worth) in worths.enumerated() { if let worth { draws[place].append(worth) } }
    }
    return zip(all, draws).map { MeasuredFigure(value: $0 ?? 0, draws: $1) }
  }

  /// The mean loss of subsets without a contributor minus that of those with it.
  ///
  /// Nil where all are of one kind. Of all but one, only everybody and everybody but that one count.
  private func worths(of chosen: [Int], seeds: [Int], questions: [Int]) -> [Int64?] {
    let sums = chosen.map { subset in
      seeds.reduce(Int64(0)) { sum, seed in
        questions.reduce(sum) { $0 + losses[subset][seed][$1] }
      }
    }
    let count = Int128(seeds.count * questions.count)
    return isIn.map { isIn in
      var with = (sum: Int128(0), count: Int128(0))
      var without = with
      for (subset, sum) in zip(chosen, sums) {
        if !isIn[subset] {
          without.sum += Int128(sum)
          without.count += 1
        } else if subsets == .coalitions || subset == 0 {
          with.sum += Int128(sum)
          with.count += 1
        }
      }
      guard with.count > 0, without.count > 0 else { return nil }
      return Int64(
        clamping: (without.sum * with.count - with.sum * without.count)
          / (with.count * without.count * count))
    }
  }
}
