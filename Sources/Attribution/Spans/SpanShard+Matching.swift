extension SpanShard {
  /// Returns how long a run of `answer` from `position` stands somewhere in the texts.
  /// - Parameters:
  ///   - limit: where the run ends at the latest; no separator stands before.
  /// - Complexity: O(log n + length) suffixes, one unlikely to be in the cache.
  func longestRun(
    of answer: [UInt8], from position: Int, to limit: Int
  ) -> Int {
    guard position < limit else { return 0 }
    return unsafe withView(of: answer, from: position, to: limit) { view in
      var (ranks, known) = (0..<layout.byteCount, 0)
      if let pair = unsafe ranksOfPair(view) { (ranks, known) = (pair, 2) }
      let place = unsafe view.place(in: ranks, known: known)
      return max(place.sharedBefore, place.sharedBehind)
    }
  }

  /// The earliest texts that hold a run, and where each holds it first.
  ///
  /// Texts stand in the order of their first records, so that the lowest places are the earliest
  /// records: once enough texts are found, a place behind them costs one comparison.
  /// - Complexity: O(occurrences), read in a row.
  func earliestTexts(
    holding run: ArraySlice<UInt8>, atMost count: Int
  ) -> [(text: Int, offset: Int)] {
    let answer = Array(run)
    guard !answer.isEmpty, !answer.contains(ShardLayout.separator) else { return [] }
    return unsafe withView(of: answer, from: 0, to: answer.count) { view in
      let all = 0..<layout.byteCount
      let first = unsafe view.place(in: all, known: 0).rank
      let end = unsafe view.place(in: first..<layout.byteCount, known: 0, isBehindItself: true).rank
      var found: [(text: Int, offset: Int)] = []
      var ceiling = layout.byteCount
      for rank in first..<end {
        let position = unsafe Int(view.suffixes[rank])
        guard position < ceiling else { continue }
        let text = text(at: position)
        let offset = position - start(ofText: text)
        let index = found.firstIndex { $0.text >= text } ?? found.count
        if index < found.count, found[index].text == text {
          found[index].offset = min(found[index].offset, offset)
        } else {
          found.insert((text, offset), at: index)
          if found.count > count { found.removeLast() }
        }
        if found.count == count { ceiling = start(ofText: found[count - 1].text + 1) }
      }
      return found
    }
  }

  /// The suffixes that begin with the pattern's first two bytes, if they are known and there are any.
  private func ranksOfPair(_ view: SuffixView) -> Range<Int>? {
    guard !pairStarts.isEmpty, unsafe view.length >= 2 else { return nil }
    let pair = unsafe Int(view.pattern[0]) << 8 + Int(view.pattern[1])
    let ranks = Int(pairStarts[pair])..<Int(pairStarts[pair + 1])
    return ranks.isEmpty ? nil : ranks
  }

  private func withView<Result>(
    of answer: [UInt8], from position: Int, to limit: Int, _ body: (SuffixView) -> Result
  ) -> Result {
    withExtendedLifetime(bytes) {
      unsafe answer.withUnsafeBufferPointer { buffer in
        guard let pattern = buffer.baseAddress, let start = unsafe bytes.raw.baseAddress
        else {
          preconditionFailure("neither a pattern nor a shard is empty")
        }
        let suffixes = unsafe (start + layout.suffixes).assumingMemoryBound(to: UInt32.self)
        return unsafe body(
          SuffixView(
            text: (start + layout.text).assumingMemoryBound(to: UInt8.self), suffixes: suffixes,
            count: layout.byteCount, pattern: pattern + position, length: limit - position))
      }
    }
  }
}
