import Tensors
import TestKit
import Testing

@testable import LanguageModels

@Suite struct ByteModelTests {
  private let configuration = ByteModel.configuration(
    layerCount: 2, width: 16, innerWidth: 24, headCount: 2, contextLength: 12)

  @Test func `a model's file computes what its weights compute`() async throws {
    // Weights that half precision holds, so that only the file's order of rows could differ.
    let weights = try LlamaWeights<Tensor>(fresh: configuration, seed: 3).map { tensor in
      try Tensor(try tensor.floats().map { Float(Float16($0)) }, shape: tensor.shape)
    }
    let bytes = Array("to be or not".utf8).map(Int32.init)
    let loose = try LlamaModel(configuration, weights)
    let expected = try loose.logits(
      try loose.states(TokenBatch([bytes])), rows: [11]
    ).floats()

    let engine = try LanguageEngine(GGUFFile(bytes: ByteModel.file(configuration, weights)))
    let actual = try await engine.logits(tokens: bytes, positions: [11])[0]

    expectClose(actual, expected, within: 1e-4)
    #expect(engine.configuration == configuration)
    #expect(engine.tokenizer.encode("hé\n") == Array("hé\n".utf8).map(Int32.init))
  }

  @Test func `pretraining learns its text, and the same seed gives the same file`() throws {
    let text = Array(String(repeating: "the cat sat on the mat. ", count: 20).utf8)
    var settings = ByteModel.Settings()
    settings.steps = 40
    settings.batchSize = 4
    settings.learningRate = 1e-2
    var losses: [Float] = []

    let file = try ByteModel.pretrained(configuration, on: text, settings: settings) {
      losses.append($1)
    }

    #expect(losses.count == 40 && losses[0] > 5 && losses[39] < 2.5)
    #expect(file == (try ByteModel.pretrained(configuration, on: text, settings: settings)))
    settings.seed = 1
    #expect(file != (try ByteModel.pretrained(configuration, on: text, settings: settings)))
  }

  @Test func `a text shorter than the context is refused`() {
    #expect {
      try ByteModel.pretrained(configuration, on: [1, 2, 3])
    } throws: { ($0 as? ModelFailure)?.code == .trainingInvalid }
  }
}
