/// Which runs of an answer are worth citing, and what each is credited with.
public enum SpanChoice {
  /// Returns the maximal runs worth at least ``SpanLimits/leastSurprisal``, by their start.
  ///
  /// Of more than ``SpanLimits/mostSpans`` the most surprising; of equal ones the earlier.
  public static func spans(of ends: MatchEnds, in surprisal: AnswerSurprisal) -> [Range<Int>] {
    spans(ofMaximal: ends.maximalRuns, in: surprisal)
  }

  static func spans(
    ofMaximal runs: [Range<Int>], in surprisal: AnswerSurprisal
  ) -> [Range<Int>] {
    var worthy = runs.filter { surprisal.counted(in: $0) >= SpanLimits.leastSurprisal }
    guard worthy.count > SpanLimits.mostSpans else { return worthy }
    worthy.sort {
      let (one, other) = (surprisal.counted(in: $0), surprisal.counted(in: $1))
      return one == other ? $0.lowerBound < $1.lowerBound : one > other
    }
    return worthy.prefix(SpanLimits.mostSpans).sorted { $0.lowerBound < $1.lowerBound }
  }
}

/// How much of an answer its spans account for: never more than all of it.
public struct SpanCoverage: Hashable, Sendable {
  /// What each span is credited with, in the order they were given.
  ///
  /// Each byte goes to the longest span that holds it; of equally long ones, to the earlier.
  public let credits: [UInt64]
  /// The sum of the credits; at most ``total``.
  public let covered: UInt64
  /// The surprisal of the whole answer.
  public let total: UInt64

  /// - Precondition: the spans lie in the answer.
  /// - Complexity: O(spans · log spans + their lengths together).
  public init(of spans: [Range<Int>], in surprisal: AnswerSurprisal) {
    var credits = [UInt64](repeating: 0, count: spans.count)
    var isTaken = [Bool](repeating: false, count: spans.map(\.upperBound).max() ?? 0)
    let byLength = spans.indices.sorted {
      let (one, other) = (spans[$0], spans[$1])
      return one.count == other.count
        ? (one.lowerBound, $0) < (other.lowerBound, $1) : one.count > other.count
    }
    for index in byLength {
      for position in spans[index] where !isTaken[position] {
        isTaken[position] = true
        credits[index] += surprisal.counted(in: position..<position + 1)
      }
    }
    self.credits = credits
    covered = credits.reduce(0, +)
    total = surprisal.total
  }
}
