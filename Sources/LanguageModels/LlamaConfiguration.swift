/// The sizes and constants of a Llama-architecture model.
public struct LlamaConfiguration: Hashable, Sendable {
  public let layerCount: Int
  public let width: Int
  public let innerWidth: Int
  public let headCount: Int
  public let keyHeadCount: Int
  public let vocabularySize: Int
  /// In tokens.
  public let contextLength: Int
  public let rotationBase: Float
  public let normEpsilon: Float

  public var headWidth: Int { width / headCount }
  public var linearCount: Int { layerCount * LinearKind.allCases.count }

  public init(
    layerCount: Int, width: Int, innerWidth: Int, headCount: Int, keyHeadCount: Int,
    vocabularySize: Int, contextLength: Int, rotationBase: Float, normEpsilon: Float
  ) {
    self.layerCount = layerCount
    self.width = width
    self.innerWidth = innerWidth
    self.headCount = headCount
    self.keyHeadCount = keyHeadCount
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.rotationBase = rotationBase
    self.normEpsilon = normEpsilon
  }

  /// Reads a model file's metadata.
  /// - Throws: ``ModelFailure`` with `modelUnsupported` or `modelCorrupt`.
  public init(_ file: GGUFFile) throws(ModelFailure) {
    guard case .text(let architecture)? = file.metadata["general.architecture"] else {
      throw ModelFailure(.modelCorrupt, "the file names no architecture")
    }
    guard architecture == Array("llama".utf8) else {
      let name = String(decoding: architecture, as: UTF8.self)
      throw ModelFailure(.modelUnsupported, "architecture \(name)")
    }
    func size(_ key: String) throws(ModelFailure) -> Int {
      guard case .integer(let value)? = file.metadata["llama.\(key)"], (1...1 << 24) ~= value else {
        throw ModelFailure(.modelCorrupt, "llama.\(key) is missing or absurd")
      }
      return Int(value)
    }
    func number(_ key: String) throws(ModelFailure) -> Float {
      guard case .number(let value)? = file.metadata["llama.\(key)"], value > 0 else {
        throw ModelFailure(.modelCorrupt, "llama.\(key) is missing or absurd")
      }
      return Float(value)
    }
    self.init(
      layerCount: try size("block_count"), width: try size("embedding_length"),
      innerWidth: try size("feed_forward_length"), headCount: try size("attention.head_count"),
      keyHeadCount: try size("attention.head_count_kv"), vocabularySize: try size("vocab_size"),
      contextLength: try size("context_length"), rotationBase: try number("rope.freq_base"),
      normEpsilon: try number("attention.layer_norm_rms_epsilon"))
    guard width % headCount == 0, headCount % keyHeadCount == 0, headWidth % 2 == 0 else {
      throw ModelFailure(.modelCorrupt, "the head counts don't divide the width")
    }
  }
}

/// The seven linear maps of a layer, in the order in which adapters and gradients list them.
public enum LinearKind: Int, CaseIterable, Sendable {
  case query, key, value, output, gate, up, down

  /// The name in adapter files of the PEFT library.
  var moduleName: String {
    switch self {
    case .query: "self_attn.q_proj"
    case .key: "self_attn.k_proj"
    case .value: "self_attn.v_proj"
    case .output: "self_attn.o_proj"
    case .gate: "mlp.gate_proj"
    case .up: "mlp.up_proj"
    case .down: "mlp.down_proj"
    }
  }

  var storedName: String {
    switch self {
    case .query: "attn_q"
    case .key: "attn_k"
    case .value: "attn_v"
    case .output: "attn_output"
    case .gate: "ffn_gate"
    case .up: "ffn_up"
    case .down: "ffn_down"
    }
  }

  func inputWidth(_ configuration: LlamaConfiguration) -> Int {
    self == .down ? configuration.innerWidth : configuration.width
  }

  func outputWidth(_ configuration: LlamaConfiguration) -> Int {
    switch self {
    case .query, .output, .down: configuration.width
    case .key, .value: configuration.keyHeadCount * configuration.headWidth
    case .gate, .up: configuration.innerWidth
    }
  }
}

/// One linear map of a model.
public struct LinearPosition: Hashable, Sendable {
  public let layer: Int
  public let kind: LinearKind

  /// Its place in per-linear arrays: layer after layer, kinds in declared order.
  public var index: Int { layer * LinearKind.allCases.count + kind.rawValue }

  /// All positions of a model by index.
  static func all(_ configuration: LlamaConfiguration) -> [LinearPosition] {
    (0..<configuration.layerCount).flatMap { layer in
      LinearKind.allCases.map { LinearPosition(layer: layer, kind: $0) }
    }
  }
}
