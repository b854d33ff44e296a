internal import Attribution
internal import AttributionRules
internal import Cryptography
internal import Foundation
internal import Primitives

/// How fast verbatim spans are indexed and found, beside PyPI's infini-gram on the same texts.
public struct SpanBenchmark: Sendable {
  /// One corpus, with the peer beside it if it is there.
  public struct Step: Sendable {
    /// Ends the names of its figures: nothing, or `_copies`.
    public let suffix: String
    /// Bytes of all texts, copies included.
    public let bytes: Int
    public let buildWallSeconds: Double
    public let buildProcessorSeconds: Double
    /// An answer's whole evidence, sources included; one an answer, by the wall clock.
    public let queryMilliseconds: [Double]
    /// The same in processor time, which busy neighbours disturb less.
    public let queryProcessorMilliseconds: [Double]
    /// How many spans an answer cites on average.
    public let spansPerAnswer: Double
    public let peer: Peer?
  }

  public struct Peer: Sendable {
    /// nil if it was not done in time.
    public let buildWallSeconds: Double?
    public let queryMilliseconds: [Double]
    public let queryProcessorMilliseconds: [Double]
    /// Whether the longest run from every position of every answer has the length that ours has.
    public let isEqual: Bool
  }

  public let steps: [Step]

  public struct Plan: Sendable {
    /// The folder of WordNet's files.
    public let wordNet: String
    /// What ``SpanPeer`` needs; nil measures ours alone.
    public let peer: (packages: String, script: String)?
    public let isQuick: Bool

    public init(wordNet: String, peer: (packages: String, script: String)?, isQuick: Bool) {
      self.wordNet = wordNet
      self.peer = peer
      self.isQuick = isQuick
    }
  }

  private static let answerBytes = 2_000

  /// - Parameter report: hears of each corpus once it is measured.
  public static func run(
    _ plan: Plan, report: (Step) -> Void = { _ in }
  ) throws -> SpanBenchmark {
    var generator = SeededGenerator(seed: 1)
    let corpus = try SpanCorpus(
      wordNet: plan.wordNet, atMost: plan.isQuick ? 2_000_000 : 20_000_000)
    let answers = (0..<(plan.isQuick ? 10 : 100)).map { _ in
      corpus.answer(ofBytes: answerBytes, &generator)
    }
    let copied = corpus.withCopies(&generator)
    let steps = try [(corpus, ""), (copied, "_copies")].map { corpus, suffix in
      let step = try measure(corpus, suffix, answers: answers, plan)
      report(step)
      return step
    }
    return SpanBenchmark(steps: steps)
  }

  private static func measure(
    _ corpus: SpanCorpus, _ suffix: String, answers: [[UInt8]], _ plan: Plan
  ) throws -> Step {
    let records = corpus.texts.enumerated().map { index, text in
      SpanRecord(
        record: SHA256.digest(of: Array("\(index)".utf8)),
        place: CommitPlace(
          height: Height(UInt64(index)), indexInBlock: 0, indexInContribution: 0),
        text: text)
    }
    var index = SpanIndex()
    let build = try Cost.of(1) { index = try SpanIndex(records) }
    var spanCount = 0
    let costs = try answers.map { answer in
      try Cost.of(1) { spanCount += try index.evidence(answer: answer, prompt: []).spans.count }
    }
    let ends = try answers.map { try index.ends(of: $0).ends }
    return Step(
      suffix: suffix, bytes: corpus.byteCount, buildWallSeconds: build.wallSeconds,
      buildProcessorSeconds: build.processorSeconds,
      queryMilliseconds: costs.map { $0.wallSeconds * 1000 },
      queryProcessorMilliseconds: costs.map { $0.processorSeconds * 1000 },
      spansPerAnswer: Double(spanCount) / Double(answers.count),
      peer: try peer(corpus, answers: answers, ends: ends, plan))
  }

  private static func peer(
    _ corpus: SpanCorpus, answers: [[UInt8]], ends: [[Int]], _ plan: Plan
  ) throws -> Peer? {
    guard let paths = plan.peer else { return nil }
    // A call of the peer takes half a second, and two are needed for an answer.
    let few = min(answers.count, plan.isQuick ? 5 : 20)
    let peer = SpanPeer(
      packages: paths.packages, script: paths.script, secondsToIndex: plan.isQuick ? 15 : 240)
    let folder =
      FileManager.default.temporaryDirectory.path(percentEncoded: false)
      + "/whence-spans-\(UUID().uuidString)"
    let report = try peer.run(corpus, answers: Array(answers.prefix(few)), in: folder)
    return Peer(
      buildWallSeconds: report.indexSeconds,
      queryMilliseconds: (report.seconds ?? []).map { $0 * 1000 },
      queryProcessorMilliseconds: (report.processorSeconds ?? []).map { $0 * 1000 },
      isEqual: report.ends == Array(ends.prefix(few)))
  }
}

extension SpanBenchmark {
  /// The figures for programs, flat.
  public var flat: [(name: String, value: Double)] {
    var flat: [(name: String, value: Double)] = []
    for step in steps {
      func add(_ name: String, _ value: Double) { flat.append((name + step.suffix, value)) }
      add("span_corpus_bytes", Double(step.bytes))
      add("span_build_mb_per_s", step.megabytesPerSecond)
      add("span_query_p50_ms", step.queryMilliseconds.percentile(50))
      add("span_query_p99_ms", step.queryMilliseconds.percentile(99))
      add("span_query_processor_ms", step.queryProcessorMilliseconds.percentile(50))
      add("spans_per_answer", step.spansPerAnswer)
      guard let peer = step.peer else { continue }
      add("peer_unfinished", peer.buildWallSeconds == nil ? 1 : 0)
      guard let seconds = peer.buildWallSeconds else { continue }
      add("peer_build_mb_per_s", Double(step.bytes) / 1e6 / seconds)
      add("peer_query_p50_ms", peer.queryMilliseconds.percentile(50))
      add("peer_query_processor_ms", peer.queryProcessorMilliseconds.percentile(50))
      add("span_speedup", step.speedup ?? 0)
      add("span_speedup_by_processor_time", step.speedupByProcessorTime ?? 0)
      add("spans_equal", peer.isEqual ? 1 : 0)
    }
    return flat
  }
}

extension SpanBenchmark.Step {
  /// By processor time; copies count.
  public var megabytesPerSecond: Double { Double(bytes) / 1e6 / buildProcessorSeconds }

  /// How many of our queries the peer's takes, at the medians.
  public var speedup: Double? {
    guard let peer, !peer.queryMilliseconds.isEmpty else { return nil }
    return peer.queryMilliseconds.percentile(50) / queryMilliseconds.percentile(50)
  }

  public var speedupByProcessorTime: Double? {
    guard let peer, !peer.queryProcessorMilliseconds.isEmpty else { return nil }
    return peer.queryProcessorMilliseconds.percentile(50)
      / queryProcessorMilliseconds.percentile(50)
  }
}

extension [Double] {
  /// The value that so many of a hundred do not exceed; zero of none.
  public func percentile(_ percent: Int) -> Double {
    isEmpty ? 0 : sorted()[Swift.min(count - 1, count * percent / 100)]
  }
}
