internal import Foundation
public import LanguageModels
internal import Primitives

/// A whole GGUF file of a model small enough to compute in a blink; its tokens are bytes.
public enum TinyModel {
  public static let configuration = sizes(contextLength: 48)

  public static let bytes = file(configuration)

  /// A file of the same description with one small tensor instead of the weights.
  public static let outline: [UInt8] = {
    var writer = description(configuration)
    var generator = SeededGenerator(seed: 11)
    writer.drawnTensor("output_norm.weight", [configuration.width], &generator)
    return writer.bytes
  }()

  /// - Parameter contextLength: 48 tokens hold no conversation; 256 hold a short one.
  public static func engine(contextLength: Int = 48) throws -> LanguageEngine {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "tiny-\(UInt64.random(in: 0 ... .max)).gguf")
    try Data(file(contextLength: contextLength)).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try LanguageEngine(modelPath: path.path())
  }

  /// The bytes of that engine's file.
  public static func file(contextLength: Int) -> [UInt8] {
    file(sizes(contextLength: contextLength))
  }

  private static func sizes(contextLength: Int) -> LlamaConfiguration {
    LlamaConfiguration(
      layerCount: 2, width: 24, innerWidth: 40, headCount: 4, keyHeadCount: 2,
      vocabularySize: 262, contextLength: contextLength, rotationBase: 10_000, normEpsilon: 1e-5)
  }

  // MARK: - Writing the file

  private static func description(_ configuration: LlamaConfiguration) -> GGUFWriter {
    var writer = GGUFWriter()
    addTokenizer(to: &writer)
    writer.metadata(configuration)
    return writer
  }

  private static func file(_ configuration: LlamaConfiguration) -> [UInt8] {
    var writer = description(configuration)
    var generator = SeededGenerator(seed: 11)
    let (width, inner) = (configuration.width, configuration.innerWidth)
    let keys = configuration.keyHeadCount * configuration.headWidth
    writer.drawnTensor("token_embd.weight", [configuration.vocabularySize, width], &generator)
    writer.drawnTensor("output_norm.weight", [width], &generator)
    for layer in 0..<configuration.layerCount {
      for (name, shape) in [
        ("attn_q", [width, width]), ("attn_k", [keys, width]), ("attn_v", [keys, width]),
        ("attn_output", [width, width]), ("ffn_gate", [inner, width]), ("ffn_up", [inner, width]),
        ("ffn_down", [width, inner]), ("attn_norm", [width]), ("ffn_norm", [width]),
      ] { writer.drawnTensor("blk.\(layer).\(name).weight", shape, &generator) }
    }
    return writer.bytes
  }

  private static func addTokenizer(to writer: inout GGUFWriter) {
    writer.metadata("general.architecture", "llama")
    writer.metadata("tokenizer.ggml.model", "gpt2")
    writer.metadata("tokenizer.ggml.pre", "smollm")
    let merges = [("h", "e"), ("l", "l"), ("he", "ll")]
    let names =
      ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + byteAlphabet() + merges.map { $0 + $1 }
    writer.metadata("tokenizer.ggml.tokens", names)
    writer.metadata("tokenizer.ggml.token_type", names.indices.map { $0 < 3 ? 3 : 1 })
    writer.metadata("tokenizer.ggml.merges", merges.map { "\($0) \($1)" })
    writer.metadata("tokenizer.ggml.eos_token_id", 2)
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
