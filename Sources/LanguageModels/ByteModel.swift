internal import Primitives
internal import Tensors

/// A model whose tokens are bytes, small enough to train whole in a minute: for measurements that
/// need many trainings.
///
/// Token b is byte b; three control tokens follow. The result is a model file like any other.
public enum ByteModel {
  public static let vocabularySize = 256 + controls.count
  private static let controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

  /// How a base model is trained.
  public struct Settings: Hashable, Sendable {
    public var steps = 400
    /// Windows of the context's length a step.
    public var batchSize = 32
    /// At the first step; falls linearly to zero after the last.
    public var learningRate: Float = 3e-3
    public var weightDecay: Float = 0.01
    public var seed: UInt64 = 0

    public init() {}
  }

  /// The sizes of a model of bytes.
  public static func configuration(
    layerCount: Int, width: Int, innerWidth: Int, headCount: Int, contextLength: Int
  ) -> LlamaConfiguration {
    LlamaConfiguration(
      layerCount: layerCount, width: width, innerWidth: innerWidth, headCount: headCount,
      keyHeadCount: headCount, vocabularySize: vocabularySize, contextLength: contextLength,
      rotationBase: 10_000, normEpsilon: 1e-5)
  }

  /// Trains all weights on windows drawn from a text and returns the model's file, weights rounded
  /// to half precision.
  ///
  /// - Parameter progress: told each step, from 1, and its loss in nats a byte.
  /// - Throws: ``ModelFailure`` with `trainingInvalid` if the text is shorter than the context.
  public static func pretrained(
    _ configuration: LlamaConfiguration, on text: [UInt8], settings: Settings = Settings(),
    progress: (Int, Float) -> Void = { _, _ in }
  ) throws -> [UInt8] {
    let length = configuration.contextLength
    guard text.count > length, settings.steps > 0, settings.batchSize > 0,
      configuration.vocabularySize == vocabularySize
    else { throw ModelFailure(.trainingInvalid, "too little text, or settings without a step") }
    var generator = SeededGenerator(seed: settings.seed)
    let fresh = try LlamaWeights<Tensor>(fresh: configuration, seed: generator.next())
    var states = try fresh.all.map { try AdamWState(parameter: $0) }
    var optimiser = AdamWSettings()
    optimiser.weightDecay = settings.weightDecay
    for step in 1...settings.steps {
      let windows = (0..<settings.batchSize).map { _ in
        let start = Int(generator.next(below: UInt64(text.count - length)))
        return text[start...start + length].map(Int32.init)
      }
      let batch = try AnswerBatch(
        windows.map {
          TrainingExample(promptTokens: [$0[0]], answerTokens: Array($0.dropFirst()))
        })
      let result = try Tensor.valueAndGradient(of: states.map(\.parameter)) { parameters in
        let model = try LlamaModel(
          configuration, LlamaWeights(parameters, layerCount: configuration.layerCount))
        let losses = try model.logits(try model.states(batch.tokens), rows: batch.rows)
          .crossEntropy(targets: batch.targets)
        return [try losses.sum() * (1 / Float(batch.targets.count))]
      }
      let rate = settings.learningRate * Float(settings.steps - step + 1) / Float(settings.steps)
      let updated = try zip(states, result.gradients).map { state, gradient in
        try state.updated(gradient: gradient, step: step, learningRate: rate, settings: optimiser)
      }
      try Tensor.evaluate(updated.flatMap(\.tensors) + result.values)
      states = updated
      progress(step, try result.values[0].floats()[0])
    }
    let weights = LlamaWeights(states.map(\.parameter), layerCount: configuration.layerCount)
    return try file(configuration, weights)
  }

  // MARK: - The file

  static func file(
    _ configuration: LlamaConfiguration, _ weights: LlamaWeights<Tensor>
  ) throws -> [UInt8] {
    var writer = GGUFWriter()
    describe(configuration, to: &writer)
    let width = configuration.width
    func add(_ name: String, _ shape: [Int], _ tensor: Tensor) throws {
      writer.halfTensor(name, shape, try tensor.floats())
    }
    try add("token_embd.weight", [configuration.vocabularySize, width], weights.embedding)
    try add("output_norm.weight", [width], weights.finalNorm)
    for position in LinearPosition.all(configuration) {
      let kind = position.kind
      let rows = kind.outputWidth(configuration)
      // Files interleave the halves of a head: the inverse of how they are read.
      var stored = [Int32](repeating: 0, count: rows)
      for (row, place) in LlamaModel.restoredRows(kind, configuration).enumerated() {
        stored[Int(place)] = Int32(row)
      }
      try add(
        "blk.\(position.layer).\(kind.storedName).weight",
        [rows, kind.inputWidth(configuration)],
        try weights.linears[position.index].transposed().rows(stored))
    }
    for layer in 0..<configuration.layerCount {
      try add("blk.\(layer).attn_norm.weight", [width], weights.attentionNorms[layer])
      try add("blk.\(layer).ffn_norm.weight", [width], weights.feedForwardNorms[layer])
    }
    return writer.bytes
  }

  private static func describe(
    _ configuration: LlamaConfiguration, to writer: inout GGUFWriter
  ) {
    writer.metadata("general.architecture", "llama")
    writer.metadata(configuration)
    let names = ByteAlphabet().names + controls
    writer.metadata("tokenizer.ggml.model", "gpt2")
    writer.metadata("tokenizer.ggml.pre", "smollm")
    writer.metadata("tokenizer.ggml.tokens", names)
    writer.metadata("tokenizer.ggml.token_type", names.indices.map { $0 < 256 ? 1 : 3 })
    writer.metadata("tokenizer.ggml.merges", [String]())
    writer.metadata("tokenizer.ggml.eos_token_id", vocabularySize - 1)
  }
}
