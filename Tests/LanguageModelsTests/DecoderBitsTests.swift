import Primitives
import TestKit
import Testing

@testable import LanguageModels

/// What a row's neighbours, a prompt's cuts, threads and processors may not change: a single bit.
@Suite struct DecoderBitsTests {
  private let tokens = (0..<37).map { Int32($0 * 53 % 262) }

  private func adapter(rank: Int, seed: UInt64, kinds: Set<LinearKind>) throws -> LoRAAdapter {
    let configuration = TinyModel.configuration
    let positions = LinearPosition.all(configuration)
    return try LoRAAdapter(
      configuration: configuration, rank: rank, alpha: 4,
      down: positions.map {
        Kernels.drawn(
          rank * $0.kind.inputWidth(configuration), seed: seed &+ UInt64($0.index), scale: 0.2)
      },
      up: positions.map {
        Kernels.drawn(
          rank * $0.kind.outputWidth(configuration), seed: seed &+ UInt64(100 + $0.index),
          scale: kinds.contains($0.kind) ? 0.2 : 0)
      })
  }

  private func adapters() throws -> [LoRAAdapter] {
    [
      try adapter(rank: 3, seed: 1, kinds: Set(LinearKind.allCases)),
      try adapter(rank: 8, seed: 2, kinds: [.query, .value]),
      try adapter(rank: 17, seed: 3, kinds: [.down, .gate]),
    ]
  }

  @Test(arguments: [KeyValuePages.Precision.single, .half], [nil, 0, 1, 2])
  func `a prompt reads the same whole, in pieces and token by token, on any threads and processor`(
    precision: KeyValuePages.Precision, adapter: Int?
  ) throws {
    let adapters = try adapters()
    let whole = try DecoderFixture(.tiny, adapters: adapters, precision: precision)
      .logits(tokens, adapter: adapter)
    for (size, threads) in [(1, 1), (5, 2), (16, 3), (37, 3)] {
      for path in Decoder.Path.allCases where path.isSupported {
        let fixture = try DecoderFixture(
          .tiny, adapters: adapters, precision: precision, threads: threads, path: path)
        #expect(try fixture.logits(tokens, adapter: adapter, size: size) == whole)
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func `rows among other sequences and adapters are as alone`(
    threads: Int
  ) throws {
    let adapters = try adapters()
    let uses: [Int?] = [2, nil, 0, 1]
    let starts = [0, 9, 16, 31]
    let fixture = try DecoderFixture(.tiny, adapters: adapters, threads: threads)
    // Each has read so much by itself; the step goes on with all of them, some by several tokens.
    for (sequence, start) in starts.enumerated() where start > 0 {
      _ = try fixture.logits(
        Array(tokens[..<start]), adapter: uses[sequence], sequence: sequence)
    }
    var step = DecoderStep()
    step.pageTables = (0..<4).map(fixture.pageTable)
    step.adapters = fixture.adapters
    for (sequence, start) in starts.enumerated() {
      step.append(
        tokens[start..<start + 1 + sequence], from: start, sequence: sequence,
        adapter: uses[sequence], wantsLastLogits: true)
    }
    try fixture.decoder.run(step, pages: fixture.pages)
    #expect(fixture.decoder.logitCount == 4)
    for (sequence, start) in starts.enumerated() {
      let alone = try DecoderFixture(.tiny, adapters: adapters)
        .logits(tokens, adapter: uses[sequence])
      #expect(fixture.decoder.logits(sequence) == alone[start + sequence])
    }
  }

  @Test func `sequences share the pages of a prefix`() throws {
    let fixture = try DecoderFixture(.tiny)
    let alone = try fixture.logits(tokens)
    // Another table: the first two pages are the first sequence's.
    var step = DecoderStep()
    step.pageTables = [Array(fixture.pageTable(0)[..<2] + fixture.pageTable(1)[2...])]
    step.append(tokens[32...], from: 32, sequence: 0, wantsLastLogits: true)
    try fixture.decoder.run(step, pages: fixture.pages)
    #expect(fixture.decoder.logits(0) == alone[36])
  }

  @Test func `steps with adapters leave the base as it was`() throws {
    let model = try DecoderModel.tiny
    let before = model.checksum
    let base = try DecoderFixture(model).logits(tokens)
    for adapter in try adapters() {
      let adapted = try DecoderFixture(model, adapters: [adapter]).logits(tokens, adapter: 0)
      #expect(adapted != base)
    }
    #expect(try DecoderFixture(model).logits(tokens) == base)
    #expect(model.checksum == before)
  }

  @Test func `a packed adapter has no number more than its matrices`() throws {
    let configuration = TinyModel.configuration
    // Queries, outputs and gates fill whole panels; keys and values of twelve outputs don't.
    let ranks = LinearPosition.all(configuration).map {
      [.query: 5, .gate: 3, .down: 1][$0.kind] ?? 0
    }
    let layout = AdapterLayout(configuration, ranks: ranks)
    let expected = zip(LinearPosition.all(configuration), ranks).reduce(0) {
      let kind = $1.0.kind
      return $0 + $1.1 * (kind.inputWidth(configuration) + kind.outputWidth(configuration))
    }
    #expect(layout.count == expected)
  }

  // MARK: - What is refused

  @Test func `steps outside vocabulary, pages, context, adapters or room are refused unwritten`()
    throws
  {
    let fixture = try DecoderFixture(.tiny)
    let alone = try fixture.logits(tokens)
    func row(
      _ token: Int32 = 1, at position: Int = 3, sequence: Int = 0, adapter: Int? = nil
    ) -> DecoderStep.Row {
      .init(
        token: token, position: position, sequence: sequence, adapter: adapter, wantsLogits: true)
    }
    let table = fixture.pageTable(0)
    let steps: [([DecoderStep.Row], [[Int32]])] = [
      ([], [table]), ([row(-1)], [table]), ([row(), row(262)], [table]),
      ([row(at: -1)], [table]), ([row(at: 48)], [table]), ([row(at: 16)], [[0]]),
      ([row(sequence: 1)], [table]), ([row(adapter: 0)], [table]), ([row(adapter: -1)], [table]),
      ([row(1), row(2)], [table]), ([row()], [[16]]), ([row()], [[-1]]),
      (Array(repeating: row(), count: 65), [table]),
    ]
    for (rows, tables) in steps {
      var step = DecoderStep()
      step.rows = rows
      step.pageTables = tables
      let failure = #expect(throws: ModelFailure.self) {
        try fixture.decoder.run(step, pages: fixture.pages)
      }
      #expect(failure?.code == .inputInvalid)
      #expect(fixture.decoder.logitCount == 0)
    }
    // The last token again, over what the refused steps left.
    var step = DecoderStep()
    step.pageTables = [table]
    step.append(tokens[36...], from: 36, sequence: 0, wantsLastLogits: true)
    try fixture.decoder.run(step, pages: fixture.pages)
    #expect(fixture.decoder.logits(0) == alone[36])
  }

  @Test func `another model's adapter and pages are refused`() throws {
    let other = LlamaConfiguration(
      layerCount: 2, width: 24, innerWidth: 48, headCount: 4, keyHeadCount: 2,
      vocabularySize: 262, contextLength: 48, rotationBase: 10_000, normEpsilon: 1e-5)
    let model = try DecoderModel.tiny
    let failure = #expect(throws: ModelFailure.self) {
      try DecoderAdapter(LoRAAdapter(fresh: other, rank: 2, alpha: 2, seed: 1), for: model)
    }
    #expect(failure?.code == .adapterMismatch)
    // Weights that end before the layout does.
    let layout = AdapterLayout(
      TinyModel.configuration, ranks: Array(repeating: 2, count: model.configuration.linearCount))
    #expect(throws: ModelFailure.self) {
      try DecoderAdapter(
        layout, factors: layout.parts.map { _ in 1 },
        weights: PackedWeights(Array(repeating: 0, count: layout.count - 1)), for: model)
    }
  }
}
