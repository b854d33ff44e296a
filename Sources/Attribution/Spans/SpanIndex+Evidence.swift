public import AttributionRules
internal import Primitives

extension SpanIndex {
  /// Returns for every position of an answer where the longest run that stands in some text ends.
  /// - Throws: ``AttributionFailure/Code/spansTooLarge`` beyond `SpanLimits.longestText`.
  /// - Complexity: O(positions · shards · log n), fewer positions where runs are long.
  public func ends(of answer: [UInt8]) throws(AttributionFailure) -> MatchEnds {
    guard answer.count <= SpanLimits.longestText else {
      throw AttributionFailure(.spansTooLarge, detail: "an answer of \(answer.count) bytes")
    }
    return MatchEnds(of: answer) { position, limit in
      shards.reduce(0) { max($0, $1.longestRun(of: answer, from: position, to: limit)) }
    }
  }

  /// Returns what of an answer stands in the records, with the first records of each span.
  ///
  /// The same records, prompt and answer give the same evidence on every machine, in
  /// however many shards they lie.
  /// - Parameters:
  ///   - answer: the bytes of its text; they need not be whole characters.
  ///   - prompt: all that stood before the answer, retrieved passages too.
  /// - Throws: ``AttributionFailure/Code/spansTooLarge`` if answer or prompt is.
  public func evidence(
    answer: [UInt8], prompt: [UInt8]
  ) throws(AttributionFailure) -> SpanEvidence {
    guard prompt.count <= SpanLimits.longestText else {
      throw AttributionFailure(.spansTooLarge, detail: "a prompt of \(prompt.count) bytes")
    }
    let ends = try ends(of: answer)
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    let spans = SpanChoice.spans(of: ends, in: surprisal).map { run in
      CitedSpan(
        range: AnswerRange(run), surprisal: surprisal.counted(in: run),
        sources: sources(of: answer[run]))
    }
    return SpanEvidence(spans: spans)
  }

  /// The first records that hold a run, in commit order, each once.
  private func sources(of run: ArraySlice<UInt8>) -> [SpanSource] {
    var found: [(placed: PlacedRecord, offset: Int)] = []
    for shard in shards {
      for (text, offset) in shard.earliestTexts(holding: run, atMost: SpanLimits.mostSources) {
        found += shard.sources(ofText: text, atMost: SpanLimits.mostSources).map { ($0, offset) }
      }
    }
    found.sort { ($0.placed, $0.offset) < ($1.placed, $1.offset) }
    var sources: [SpanSource] = []
    for (placed, offset) in found where sources.count < SpanLimits.mostSources {
      guard !sources.contains(where: { $0.record == placed.record }) else { continue }
      sources.append(SpanSource(record: placed.record, offset: UInt32(offset)))
    }
    return sources
  }
}

extension MatchEnds {
  /// The ends of runs that hold no separator.
  /// - Parameter longestRun: how many bytes from a position match, up to a limit.
  init(of answer: [UInt8], longestRun: (_ position: Int, _ limit: Int) -> Int) {
    // Where the next separator stands, if the answer is no UTF-8 and has any.
    var limits = [Int](repeating: answer.count, count: answer.count)
    if answer.contains(ShardLayout.separator) {
      var limit = answer.count
      for position in answer.indices.reversed() {
        if answer[position] == ShardLayout.separator { limit = position }
        limits[position] = limit
      }
    }
    self.init(length: answer.count) { $0 + longestRun($0, limits[$0]) }
  }
}
