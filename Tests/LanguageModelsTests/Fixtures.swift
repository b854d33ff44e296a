import Foundation
import Primitives
import Testing

@testable import LanguageModels

/// Where the repository and its reference files lie.
enum Fixture {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

  static let modelPath = tests.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".deps/model/SmolLM2-135M-Instruct.Q4_1.gguf").path()

  /// The real model, loaded once for all tests.
  private static let shared = Result { try LanguageEngine(modelPath: modelPath) }
  static func engine() throws -> LanguageEngine { try shared.get() }

  static func golden<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let data = try Data(contentsOf: tests.appending(path: "Golden/\(name)"))
    return try JSONDecoder().decode(type, from: data)
  }

  /// The adapter of the reference script: multiples of 1/800 from a hash of the index.
  static func patternAdapter(_ configuration: LlamaConfiguration) throws -> LoRAAdapter {
    func pattern(_ count: Int, salt: Int) -> [Float] {
      (0..<count).map { Float(($0 * 7919 + salt * 104_729) % 31 - 15) / 800 }
    }
    let positions = LinearPosition.all(configuration)
    return try LoRAAdapter(
      configuration: configuration, rank: 2, alpha: 6,
      down: positions.map {
        pattern(2 * $0.kind.inputWidth(configuration), salt: 2 * $0.index)
      },
      up: positions.map {
        pattern(2 * $0.kind.outputWidth(configuration), salt: 2 * $0.index + 1)
      })
  }
}

/// A whole GGUF file of a model small enough to compute in a blink.
enum TinyModel {
  static let configuration = LlamaConfiguration(
    layerCount: 2, width: 24, innerWidth: 40, headCount: 4, keyHeadCount: 2, vocabularySize: 262,
    contextLength: 48, rotationBase: 10_000, normEpsilon: 1e-5)

  static let bytes: [UInt8] = file()

  static func model() throws -> LlamaModel { try LlamaModel(GGUFFile(bytes: bytes)) }

  static func engine() throws -> LanguageEngine {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "tiny-\(UInt64.random(in: 0 ... .max)).gguf")
    try Data(bytes).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try LanguageEngine(modelPath: path.path())
  }

  static func examples(_ count: Int) -> [TrainingExample] {
    var generator = SeededGenerator(seed: 5)
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32(3 + generator.next(below: 256)) }
    }
    return (0..<count).map { index in
      TrainingExample(
        promptTokens: tokens(3 + index % 4), answerTokens: tokens(2 + index % 3) + [2])
    }
  }

  // MARK: - Writing the file

  private static func file() -> [UInt8] {
    var writer = GGUFWriter()
    writer.metadata("general.architecture", "llama")
    writer.metadata("tokenizer.ggml.model", "gpt2")
    writer.metadata("tokenizer.ggml.pre", "smollm")
    let alphabet = byteAlphabet()
    let merges = [("h", "e"), ("l", "l"), ("he", "ll")]
    let names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + alphabet + merges.map { $0 + $1 }
    writer.metadata("tokenizer.ggml.tokens", names)
    writer.metadata("tokenizer.ggml.token_type", names.indices.map { $0 < 3 ? 3 : 1 })
    writer.metadata("tokenizer.ggml.merges", merges.map { "\($0) \($1)" })
    writer.metadata("tokenizer.ggml.eos_token_id", 2)
    for (key, value) in [
      ("block_count", configuration.layerCount), ("embedding_length", configuration.width),
      ("feed_forward_length", configuration.innerWidth),
      ("attention.head_count", configuration.headCount),
      ("attention.head_count_kv", configuration.keyHeadCount),
      ("vocab_size", configuration.vocabularySize),
      ("context_length", configuration.contextLength),
    ] { writer.metadata("llama.\(key)", value) }
    writer.metadata("llama.rope.freq_base", configuration.rotationBase)
    writer.metadata("llama.attention.layer_norm_rms_epsilon", configuration.normEpsilon)
    writer.tensor("token_embd.weight", [configuration.vocabularySize, configuration.width])
    writer.tensor("output_norm.weight", [configuration.width])
    for position in LinearPosition.all(configuration) {
      writer.tensor(
        "blk.\(position.layer).\(position.kind.storedName).weight",
        [position.kind.outputWidth(configuration), position.kind.inputWidth(configuration)])
    }
    for layer in 0..<configuration.layerCount {
      writer.tensor("blk.\(layer).attn_norm.weight", [configuration.width])
      writer.tensor("blk.\(layer).ffn_norm.weight", [configuration.width])
    }
    return writer.file()
  }

  private static func byteAlphabet() -> [String] {
    var next: UInt32 = 256
    return (UInt32(0)..<256).map { byte in
      var scalar = byte
      if !(33...126).contains(byte), !(161...172).contains(byte), !(174...255).contains(byte) {
        scalar = next
        next += 1
      }
      return Unicode.Scalar(scalar).map { String($0) } ?? ""
    }
  }
}

/// Writes GGUF version 3 with fp32 tensors of drawn numbers.
private struct GGUFWriter {
  private var entries: [[UInt8]] = []
  private var infos: [[UInt8]] = []
  private var data: [UInt8] = []
  private var generator = SeededGenerator(seed: 11)

  private func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func text(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + text.utf8 }

  private mutating func entry(_ key: String, type: UInt32, _ value: [UInt8]) {
    entries.append(text(key) + bytes(type) + value)
  }

  mutating func metadata(_ key: String, _ value: String) { entry(key, type: 8, text(value)) }
  mutating func metadata(_ key: String, _ value: Int) {
    entry(key, type: 4, bytes(UInt32(value)))
  }
  mutating func metadata(_ key: String, _ value: Float) {
    entry(key, type: 6, bytes(value.bitPattern))
  }
  mutating func metadata(_ key: String, _ values: [String]) {
    entry(key, type: 9, bytes(UInt32(8)) + bytes(UInt64(values.count)) + values.flatMap(text))
  }
  mutating func metadata(_ key: String, _ values: [Int]) {
    let items = values.flatMap { bytes(Int32($0)) }
    entry(key, type: 9, bytes(UInt32(5)) + bytes(UInt64(values.count)) + items)
  }

  mutating func tensor(_ name: String, _ shape: [Int]) {
    let extents = shape.reversed().flatMap { bytes(UInt64($0)) }
    infos.append(
      text(name) + bytes(UInt32(shape.count)) + extents + bytes(UInt32(0))
        + bytes(UInt64(data.count)))
    // Norms around one, maps of about unit gain.
    let scale = shape.count == 1 ? 0.1 : 1.7 / Float(shape[1]).squareRoot()
    for _ in 0..<shape.reduce(1, *) {
      let drawn = (shape.count == 1 ? 1 : 0) + scale * generator.nextSymmetric()
      data += bytes(drawn.bitPattern)
    }
    while !data.count.isMultiple(of: 32) { data.append(0) }
  }

  func file() -> [UInt8] {
    var file = [UInt8]("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(infos.count))
    file += bytes(UInt64(entries.count)) + entries.joined() + infos.joined()
    while !file.count.isMultiple(of: 32) { file.append(0) }
    return file + data
  }
}

/// Compares with a tolerance relative to the largest expected magnitude.
func expectClose(
  _ actual: [Float], _ expected: [Float], within tolerance: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  let scale = expected.map(abs).max() ?? 0
  let worst = zip(actual, expected).map { abs($0 - $1) }.reduce(0 as Float) {
    $1.isNaN ? .infinity : max($0, $1)
  }
  #expect(
    worst <= tolerance * scale, "off by \(worst) where the largest is \(scale)",
    sourceLocation: sourceLocation)
}
