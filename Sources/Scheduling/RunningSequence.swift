internal import Primitives

/// A sequence that has its pages.
struct RunningSequence: Sendable {
  let submission: Submission
  /// The prompt, and what was written.
  var tokens: [Int32]
  /// How many of them the pages hold.
  var readCount: Int
  /// For the prompt and the longest answer.
  var pages: [PageNumber]
  /// How many of the pages the prefix cache knows, and the number of the last of them.
  var keptCount: Int
  var keptLast: Int

  var writtenCount: Int { tokens.count - submission.prompt.count }

  /// How many tokens the next steps read before they ask for one.
  var unreadCount: Int { tokens.count - readCount }

  var openTokenCount: Int {
    submission.prompt.count + submission.maximumTokens - readCount
  }

  /// Whether its prompt has been read, so that each step gives it a token.
  var isAnswering: Bool { writtenCount > 0 }

  /// What is to be read next, cut where the adapter begins to be used.
  func segments(
    of sequence: SequenceNumber, atMost count: Int, pageTokens: Int
  ) -> [Segment] {
    let end = min(tokens.count, readCount + count)
    let cut = submission.adapter == nil ? readCount : submission.activation
    let parts = [readCount..<min(max(cut, readCount), end), min(max(cut, readCount), end)..<end]
    return parts.filter { !$0.isEmpty }.map { part in
      Segment(
        sequence: sequence,
        adapter: part.lowerBound < submission.activation ? nil : submission.adapter,
        tokens: Array(tokens[part]), position: part.lowerBound,
        pages: Array(pages[..<((part.upperBound + pageTokens - 1) / pageTokens)]),
        isAsked: part.upperBound == tokens.count)
    }
  }
}

extension Submission {
  func isLate(_ now: UInt64) -> Bool { deadline.map { $0 <= now } ?? false }

  /// What a page of some tokens is found by.
  /// - Parameter tokens: the prompt and what was written; nil for the prompt alone.
  func place(
    ofPage page: Int, behind parent: Int, of tokens: [Int32]? = nil, pageTokens: Int
  ) -> PrefixCache.Place {
    let start = page * pageTokens
    let isBase = adapter == nil || start + pageTokens <= activation
    return PrefixCache.Place(
      parent: parent, adapter: isBase ? nil : adapter,
      adapterStart: isBase ? 0 : max(activation - start, 0),
      tokens: Array((tokens ?? prompt)[start..<start + pageTokens]))
  }
}
