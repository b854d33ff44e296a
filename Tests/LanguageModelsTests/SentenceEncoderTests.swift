import Foundation
import Testing

@testable import LanguageModels

/// The real encoder against PyTorch and transformers; `scripts/golden` made the references.
@Suite struct SentenceEncoderTests {
  struct Example: Decodable {
    let text: String
    let tokens: [Int32]
    let vector: [Float]
  }

  private static let shared = Result { try SentenceEncoder(folder: Fixture.encoderPath) }

  private let encoder: SentenceEncoder
  private let golden: [Example]

  init() throws {
    encoder = try Self.shared.get()
    golden = try Fixture.golden("sentences.json", as: [Example].self)
  }

  @Test func `vectors are the reference's`() async throws {
    let vectors = try await encoder.vectors(for: golden.map(\.text))
    #expect(encoder.dimension == 384)
    #expect(vectors.count == golden.count)
    for (example, vector) in zip(golden, vectors) {
      let worst = zip(vector, example.vector).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst < 2e-5, "\(example.text.prefix(40)): off by \(worst)")
    }
  }

  @Test func `a vector has length one`() async throws {
    for vector in try await encoder.vectors(for: ["", "a", "two words"]) {
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
  }

  @Test func `what else is in the call changes a vector by rounding only`() async throws {
    let texts = golden.map(\.text)
    let together = try await encoder.vectors(for: texts + texts.reversed())
    for (index, text) in texts.enumerated().filter({ $0.offset.isMultiple(of: 5) }) {
      let alone = try await encoder.vectors(for: [text])[0]
      let places = [index, 2 * texts.count - 1 - index]
      for place in places {
        let worst = zip(together[place], alone).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 1e-5, "\(text.prefix(40)) at \(place): off by \(worst)")
      }
    }
  }

  @Test func `only the first 256 tokens count`() async throws {
    let long = String(repeating: "word ", count: 254)
    let vectors = try await encoder.vectors(for: [long, long + "and more"])
    // By rounding: two rows of a product are the same bits on some processors alone.
    let worst = zip(vectors[0], vectors[1]).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-5, "off by \(worst)")
    let others = try await encoder.vectors(for: ["and more " + long])[0]
    #expect(zip(vectors[0], others).contains { abs($0 - $1) > 1e-3 })
  }

  @Test func `no texts give no vectors`() async throws {
    #expect(try await encoder.vectors(for: []).isEmpty)
  }

  @Test func `a sentence is nearer to its paraphrase than to another subject`() async throws {
    let vectors = try await encoder.vectors(for: [
      "How do I reset my password?", "I forgot my login secret and want a new one.",
      "The recipe needs two eggs and a cup of flour.",
    ])
    func cosine(_ first: Int, _ second: Int) -> Float {
      zip(vectors[first], vectors[second]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(cosine(0, 1) > cosine(0, 2) + 0.3)
  }

  @Test func `a folder without the model, or with another vocabulary, is refused`() throws {
    let empty = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: empty) }
    func code() -> ModelFailure.Code? {
      #expect(throws: ModelFailure.self) { try SentenceEncoder(folder: empty.path()) }?.code
    }
    #expect(code() == .modelMissing)
    try Data("[UNK]\n[CLS]\n".utf8).write(to: empty.appending(path: "vocab.txt"))
    #expect(code() == .modelCorrupt)
    try Data("[UNK]\n[CLS]\n[SEP]\n".utf8).write(to: empty.appending(path: "vocab.txt"))
    try Data([1, 2, 3]).write(to: empty.appending(path: "model.safetensors"))
    #expect(code() == .modelCorrupt)
    try Data(SafetensorsFile(arrays: [:]).encoded())
      .write(to: empty.appending(path: "model.safetensors"))
    #expect(code() == .modelCorrupt)
  }
}

@Suite struct WordPieceTokenizerTests {
  private let tokenizer: WordPieceTokenizer

  init() throws {
    let path = URL(filePath: Fixture.encoderPath).appending(path: "vocab.txt")
    tokenizer = try WordPieceTokenizer(vocabulary: Array(Data(contentsOf: path)))
  }

  @Test func `tokens are the reference's`() throws {
    let golden = try Fixture.golden("sentences.json", as: [SentenceEncoderTests.Example].self)
    for example in golden {
      let tokens = tokenizer.encode(example.text, limit: 256)
      #expect(tokens == example.tokens, "\(example.text.debugDescription.prefix(60))")
    }
  }

  @Test func `a text never becomes a control token`() {
    let tokens = tokenizer.encode("[SEP] [CLS] [UNK]", limit: 256)
    #expect(tokens.filter { (100...103).contains($0) } == [101, 102])
  }

  @Test func `a long text is cut to the limit, and ends as any other`() {
    let tokens = tokenizer.encode(String(repeating: "word ", count: 100), limit: 16)
    #expect(tokens.count == 16)
    #expect(tokens.first == 101 && tokens.last == 102)
  }

  @Test func `an endless word is one unknown token`() {
    #expect(tokenizer.encode(String(repeating: "x", count: 1_000_000), limit: 16).count == 3)
  }
}
