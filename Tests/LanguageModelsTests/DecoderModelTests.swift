import Tensors
import TestKit
import Testing

@testable import LanguageModels

/// The decoder against the engine that trains, on the real model and on one of odd sizes.
@Suite struct DecoderModelTests {
  private static let shared = Result { try DecoderModel(GGUFFile(path: Fixture.modelPath)) }

  private func expectEqual(_ decoded: [[Float]], _ expected: [[Float]], within tolerance: Float) {
    #expect(decoded.count == expected.count)
    for (row, reference) in zip(decoded, expected) {
      let worst = zip(row, reference).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= tolerance)
      let likeliest = [row, reference].map { row in row.indices.max { row[$0] < row[$1] } }
      #expect(likeliest[0] == likeliest[1])
    }
  }

  @Test(arguments: [false, true])
  func `logits of the real model lie within a thousandth of the engine's`(adapted: Bool)
    async throws
  {
    let engine = try Fixture.engine()
    let model = try Self.shared.get()
    let adapter = try Fixture.patternAdapter(engine.configuration)
    let handle = adapted ? try await engine.load(adapter) : nil
    let tokens = try Fixture.golden("logits.json", as: [GoldenModelTests.LogitCase].self)[1].tokens

    let expected = try await engine.logits(
      tokens: tokens, positions: Array(tokens.indices), adapter: handle)
    let fixture = try DecoderFixture(model, adapters: adapted ? [adapter] : [])
    let decoded = try fixture.logits(tokens, adapter: adapted ? 0 : nil)

    expectEqual(decoded, expected, within: 1e-3)
    if let handle { await engine.unload(handle) }
  }

  @Test func `an adapter's logits lie within a thousandth of those of weights it is merged into`()
    throws
  {
    let file = try GGUFFile(path: Fixture.modelPath)
    let configuration = try LlamaConfiguration(file)
    let adapter = try Fixture.patternAdapter(configuration)
    let merged = try Self.merged(adapter, into: file, configuration)
    let tokens = try Fixture.golden("logits.json", as: [GoldenModelTests.LogitCase].self)[1].tokens
    let states = try merged.states(TokenBatch([tokens]))
    let flat = try merged.logits(states, rows: tokens.indices.map(Int32.init)).floats()
    let expected = tokens.indices.map { row in
      Array(flat[row * configuration.vocabularySize..<(row + 1) * configuration.vocabularySize])
    }
    let fixture = try DecoderFixture(try Self.shared.get(), adapters: [adapter])
    expectEqual(try fixture.logits(tokens, adapter: 0), expected, within: 1e-3)
    // It is an adapter that says something.
    #expect(try fixture.logits(tokens) != fixture.logits(tokens, adapter: 0))
  }

  /// The model in single precision, with (alpha / rank) · B A added to each map.
  private static func merged(
    _ adapter: LoRAAdapter, into file: GGUFFile, _ configuration: LlamaConfiguration
  ) throws -> LlamaModel {
    func tensor(_ name: String) throws -> Tensor { try #require(try file.tensor("\(name).weight")) }
    let matrices = try AdapterTensors(adapter)
    let linears = try LinearPosition.all(configuration).map { position in
      let rows = LlamaModel.restoredRows(position.kind, configuration)
      let stored = try tensor("blk.\(position.layer).\(position.kind.storedName)").rows(rows)
      let added = try matrices.up[position.index].matmul(matrices.down[position.index])
      return try (stored + added * matrices.scale).transposed()
    }
    let layers = 0..<configuration.layerCount
    let all =
      try [tensor("token_embd"), tensor("output_norm")] + linears
      + layers.map { try tensor("blk.\($0).attn_norm") }
      + layers.map { try tensor("blk.\($0).ffn_norm") }
    return try LlamaModel(
      configuration, LlamaWeights(all, layerCount: configuration.layerCount))
  }

  @Test func `greedy decoding of the real model writes the reference's answer`() throws {
    let golden = try Fixture.golden("greedy.json", as: GoldenModelTests.Greedy.self)
    let fixture = try DecoderFixture(try Self.shared.get(), threads: 2)
    var step = DecoderStep()
    step.pageTables = [fixture.pageTable(0)]
    step.append(golden.prompt, from: 0, sequence: 0, wantsLastLogits: true)
    var answer: [Int32] = []
    while answer.count < golden.answer.count {
      try fixture.decoder.run(step, pages: fixture.pages)
      let token = fixture.decoder.likeliestToken(0)
      answer.append(token)
      step.rows = [
        .init(
          token: token, position: golden.prompt.count + answer.count - 1, sequence: 0,
          wantsLogits: true)
      ]
    }
    #expect(answer == golden.answer)
  }

  @Test func `pages in half precision move the real model's logits by hundredths`() throws {
    let model = try Self.shared.get()
    let tokens = try Fixture.golden("logits.json", as: [GoldenModelTests.LogitCase].self)[0].tokens
    let precise = try DecoderFixture(model).logits(tokens)
    let halved = try DecoderFixture(model, precision: .half).logits(tokens)
    expectEqual(halved, precise, within: 0.1)
    #expect(halved != precise)
  }

  @Test(arguments: [nil, 0])
  func `a model whose sizes fit no register decodes as the engine does`(adapter: Int?)
    async throws
  {
    let engine = try TinyModel.engine()
    let adapters = [try Fixture.patternAdapter(engine.configuration)]
    let handle = adapter == nil ? nil : try await engine.load(adapters[0])
    let tokens = (0..<40).map { Int32($0 * 37 % 262) }
    let expected = try await engine.logits(
      tokens: tokens, positions: Array(tokens.indices), adapter: handle)
    for path in Decoder.Path.allCases where path.isSupported {
      let decoded = try DecoderFixture(.tiny, adapters: adapters, path: path)
        .logits(tokens, adapter: adapter)
      expectEqual(decoded, expected, within: 1e-4)
    }
  }
}

extension DecoderModel {
  static var tiny: DecoderModel {
    get throws { try DecoderModel(GGUFFile(bytes: TinyModel.bytes)) }
  }
}

/// A decoder, and pages for four sequences of 64 tokens that are nowhere in order.
struct DecoderFixture {
  let decoder: Decoder
  let adapters: [DecoderAdapter]
  let pages: KeyValuePages

  init(
    _ model: @autoclosure () throws -> DecoderModel, adapters: [LoRAAdapter] = [],
    precision: KeyValuePages.Precision = .single, threads: Int = 1, path: Decoder.Path = .fastest
  ) throws {
    let model = try model()
    decoder = try Decoder(model, rowLimit: 64, threads: threads, path: path)
    self.adapters = try adapters.map { try DecoderAdapter($0, for: model) }
    pages = KeyValuePages(for: model, count: 16, precision: precision)
  }

  func pageTable(_ sequence: Int) -> [Int32] { (0..<4).map { Int32(15 - 4 * $0 - sequence) } }

  /// Logits after each of the tokens, read in steps of `size`.
  func logits(
    _ tokens: [Int32], adapter: Int? = nil, size: Int = 64, sequence: Int = 0
  ) throws -> [[Float]] {
    var result: [[Float]] = []
    for start in stride(from: 0, to: tokens.count, by: size) {
      var step = DecoderStep()
      step.pageTables = [pageTable(sequence)]
      step.adapters = adapters
      for position in start..<min(start + size, tokens.count) {
        step.rows.append(
          .init(
            token: tokens[position], position: position, sequence: 0, adapter: adapter,
            wantsLogits: true))
      }
      try decoder.run(step, pages: pages)
      result += step.rows.indices.map(decoder.logits)
    }
    return result
  }
}
