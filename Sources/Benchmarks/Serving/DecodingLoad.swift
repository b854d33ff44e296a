internal import LanguageModels
internal import Primitives

/// Sequences that a decoder reads side by side, and adapters drawn for them.
struct DecodingLoad {
  static let rowLimit = 128
  static let promptLength = 16
  /// Positions that each sequence has pages for.
  static let positions = 64

  let model: DecoderModel
  let decoder: Decoder
  /// Of the processor on one thread, so that neighbours don't count; else of the wall.
  let seconds: () -> Double
  private let pages: KeyValuePages

  /// - Parameter isByClock: one thread is timed by the clock too.
  init(_ model: DecoderModel, threads: Int, isByClock: Bool = false) throws {
    self.model = model
    decoder = try Decoder(model, rowLimit: Self.rowLimit, threads: threads)
    let isAlone = threads == 1 && !isByClock
    seconds = { isAlone ? ProcessorClock.processorSeconds() : ProcessorClock.wallSeconds() }
    // As many as 32 sequences or one long prompt take.
    pages = KeyValuePages(for: model, count: 32 * Self.positions / KeyValuePages.tokensPerPage)
  }

  private func pageTable(_ sequence: Int) -> [Int32] {
    let count = Self.positions / KeyValuePages.tokensPerPage
    return (0..<count).map { Int32(sequence * count + $0) }
  }

  /// Reads a prompt into each of `rows` sequences.
  func begin(rows: Int) throws {
    for sequence in 0..<rows {
      var step = DecoderStep()
      step.pageTables = [pageTable(sequence)]
      let prompt = (0..<Self.promptLength).map { Int32(100 + (sequence * 31 + $0 * 7) % 1000) }
      step.append(prompt, from: 0, sequence: 0, wantsLastLogits: false)
      try decoder.run(step, pages: pages)
    }
  }

  /// Writes the token after position `promptLength + index` of each sequence.
  /// - Parameter adapters: one a row, or none at all.
  /// - Returns: seconds, choosing the likeliest tokens included.
  func step(_ index: Int, rows: Int, adapters: [DecoderAdapter] = []) throws -> Double {
    var step = DecoderStep()
    step.pageTables = (0..<rows).map(pageTable)
    step.adapters = adapters
    step.rows = (0..<rows).map { row in
      .init(
        token: Int32(200 + row), position: Self.promptLength + index, sequence: row,
        adapter: adapters.isEmpty ? nil : row, wantsLogits: true)
    }
    let start = seconds()
    try decoder.run(step, pages: pages)
    for row in 0..<rows { _ = decoder.likeliestToken(row) }
    return seconds() - start
  }

  /// Reads one prompt of `count` tokens, a hundred and more a step.
  /// - Returns: seconds.
  func read(_ count: Int, adapter: DecoderAdapter? = nil) throws -> Double {
    let start = seconds()
    for first in stride(from: 0, to: count, by: Self.rowLimit) {
      var step = DecoderStep()
      step.pageTables = [(0..<KeyValuePages.pageCount(positions: count)).map(Int32.init)]
      if let adapter { step.adapters = [adapter] }
      let last = min(count, first + Self.rowLimit)
      step.append(
        (first..<last).map { Int32(100 + $0 * 7 % 1000) }, from: first, sequence: 0,
        adapter: adapter == nil ? nil : 0, wantsLastLogits: last == count)
      try decoder.run(step, pages: pages)
    }
    return seconds() - start
  }

  /// Drawn adapters of some maps, with numbers between 2⁻⁶ and 2⁻⁵: as costly as trained ones.
  func adapters(_ kinds: Set<LinearKind>, ranks: [Int], seed: UInt64) throws -> [DecoderAdapter] {
    let configuration = model.configuration
    var generator = SeededGenerator(seed: seed)
    return try ranks.map { rank in
      let layout = AdapterLayout(
        configuration,
        ranks: (0..<configuration.layerCount).flatMap { _ in
          LinearKind.allCases.map { kinds.contains($0) ? rank : 0 }
        })
      var word: UInt64 = 0
      let weights = (0..<layout.count).map { index -> UInt16 in
        if index % 4 == 0 { word = generator.next() }
        return 0x2400 | UInt16(truncatingIfNeeded: word >> (index % 4 * 16)) & 0x83ff
      }
      return try DecoderAdapter(
        layout, factors: Array(repeating: 2, count: configuration.linearCount),
        weights: PackedWeights(weights), for: model)
    }
  }
}
