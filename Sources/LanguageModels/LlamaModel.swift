internal import Tensors

/// A Llama model with fp32 weights, frozen.
///
/// Not `Sendable`; ``LanguageEngine`` owns one.
final class LlamaModel {
  let configuration: LlamaConfiguration
  private let embedding: Tensor  // [V, D], also the head
  private let head: Tensor  // [D, V]
  private let finalNorm: Tensor
  private let linears: [Tensor]  // by position index, [in, out]
  // The same weights as stored, for products with one row.
  private let storedHead: StoredMatrix?
  private let storedLinears: [StoredMatrix?]
  private let attentionNorms: [Tensor]
  private let feedForwardNorms: [Tensor]

  /// A model of loose weights, whose head is its embedding: what pretraining differentiates.
  init(_ configuration: LlamaConfiguration, _ weights: LlamaWeights<Tensor>) throws {
    self.configuration = configuration
    embedding = weights.embedding
    head = try weights.embedding.transposed()
    finalNorm = weights.finalNorm
    linears = weights.linears
    attentionNorms = weights.attentionNorms
    feedForwardNorms = weights.feedForwardNorms
    storedHead = nil
    storedLinears = Array(repeating: nil, count: configuration.linearCount)
  }

  /// Decodes a file's weights.
  ///
  /// Four bytes a parameter of memory; about a second for 135 M.
  /// - Throws: ``ModelFailure`` with `modelCorrupt` if tensors are missing or misshapen.
  init(_ file: GGUFFile) throws {
    let configuration = try LlamaConfiguration(file)
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
      guard let tensor = try file.tensor(name) else {
        throw ModelFailure(.modelCorrupt, "no tensor \(name)")
      }
      guard tensor.shape == shape else {
        throw ModelFailure(.modelCorrupt, "\(name) has shape \(tensor.shape), not \(shape)")
      }
      return tensor
    }
    let width = configuration.width
    embedding = try tensor("token_embd.weight", [configuration.vocabularySize, width])
    head =
      file.tensors["output.weight"] == nil
      ? try embedding.transposed()
      : try tensor("output.weight", [configuration.vocabularySize, width]).transposed()
    finalNorm = try tensor("output_norm.weight", [width])
    linears = try LinearPosition.all(configuration).map { position in
      let kind = position.kind
      let stored = try tensor(
        "blk.\(position.layer).\(kind.storedName).weight",
        [kind.outputWidth(configuration), kind.inputWidth(configuration)])
      return try stored.rows(LlamaModel.restoredRows(kind, configuration)).transposed()
    }
    storedHead = try file.storedMatrix(
      file.tensors["output.weight"] == nil ? "token_embd.weight" : "output.weight")
    storedLinears = try LinearPosition.all(configuration).map { position in
      let name = "blk.\(position.layer).\(position.kind.storedName).weight"
      return try file.storedMatrix(name)?
        .rows(LlamaModel.restoredRows(position.kind, configuration))
    }
    let layers = 0..<configuration.layerCount
    attentionNorms = try layers.map { try tensor("blk.\($0).attn_norm.weight", [width]) }
    feedForwardNorms = try layers.map { try tensor("blk.\($0).ffn_norm.weight", [width]) }
    self.configuration = configuration
    try Tensor.evaluate(linears + attentionNorms + feedForwardNorms + [embedding, finalNorm])
  }

  /// Where the file keeps each output row of a map, in Hugging Face's order.
  ///
  /// The file interleaves the halves of each query and key head for another form of rotation;
  /// adapters of the PEFT library expect halves.
  static func restoredRows(
    _ kind: LinearKind, _ configuration: LlamaConfiguration
  ) -> [Int32] {
    let rows = 0..<kind.outputWidth(configuration)
    guard kind == .query || kind == .key else { return rows.map(Int32.init) }
    let width = configuration.headWidth
    return rows.map { row in
      let (head, place) = row.quotientAndRemainder(dividingBy: width)
      let (half, pair) = place.quotientAndRemainder(dividingBy: width / 2)
      return Int32(head * width + 2 * pair + half)
    }
  }

  // MARK: - Forward

  /// What is added to the linear maps on the way.
  struct Additions {
    var adapter: AdapterTensors?
    /// Hears what goes into the adapter's matrices; nothing without an adapter.
    var capture: AdapterCapture?
    /// How what has a kernel of ours is computed.
    var kernels = KernelPath.fastest
    /// One row that is never differentiated: stored weights serve it faster.
    fileprivate var isDecoding = false

    init(
      adapter: AdapterTensors? = nil, capture: AdapterCapture? = nil,
      kernels: KernelPath = .fastest
    ) {
      self.adapter = adapter
      self.capture = capture
      self.kernels = kernels
    }

    static var none: Additions { Additions() }
  }

  /// Returns the last layer's states [B, T, D] of `batch` rows, before the final norm.
  ///
  /// Rows padded at the right are safe: no earlier position sees a later one.
  func states(
    _ batch: TokenBatch, adding additions: Additions = .none, cache: KeyValueCache? = nil
  ) throws -> Tensor {
    try check(batch, after: cache?.length ?? 0)
    var additions = additions
    additions.isDecoding = cache != nil && batch.tokens.count == 1
    var states = try embedding.rows(batch.tokens)
      .reshaped([batch.count, batch.length, configuration.width])
    for layer in 0..<configuration.layerCount {
      states = try states + attention(states, layer, batch, additions, cache)
      states = try states + feedForward(states, layer, additions)
    }
    cache?.advance(by: batch.length)
    return states
  }

  /// Returns the logits [N, V] at chosen rows of states flattened to [B·T, D].
  func logits(_ states: Tensor, rows: [Int32]) throws -> Tensor {
    try normalised(states, rows: rows).matmul(head)
  }

  /// Returns the logits [1, V] at one row, not differentiable and faster.
  func logits(_ states: Tensor, row: Int32) throws -> Tensor {
    let normalised = try normalised(states, rows: [row])
    return try storedHead?.product(withRow: normalised) ?? normalised.matmul(head)
  }

  private func normalised(_ states: Tensor, rows: [Int32]) throws -> Tensor {
    try states.reshaped([states.elementCount / configuration.width, configuration.width])
      .rows(rows)
      .rootMeanSquareNormalised(weight: finalNorm, epsilon: configuration.normEpsilon)
  }

  private func check(_ batch: TokenBatch, after past: Int) throws(ModelFailure) {
    guard batch.count > 0, batch.length > 0 else {
      throw ModelFailure(.inputInvalid, "no tokens")
    }
    guard past + batch.length <= configuration.contextLength else {
      throw ModelFailure(.inputInvalid, "more than \(configuration.contextLength) tokens")
    }
    guard batch.tokens.allSatisfy({ (0..<Int32(configuration.vocabularySize)).contains($0) })
    else { throw ModelFailure(.inputInvalid, "a token outside the vocabulary") }
  }

  private func linear(
    _ input: Tensor, _ layer: Int, _ kind: LinearKind, _ additions: Additions
  ) throws -> Tensor {
    let index = LinearPosition(layer: layer, kind: kind).index
    var output =
      if additions.isDecoding, let stored = storedLinears[index] {
        try stored.product(withRow: input).reshaped([1, 1, kind.outputWidth(configuration)])
      } else {
        try input.matmul(linears[index])
      }
    if let adapter = additions.adapter {
      let added =
        try additions.capture?.output(of: input, through: adapter, at: index)
        ?? adapter.output(of: input, at: index)
      output = try output + added
    }
    return output
  }

  private func attention(
    _ states: Tensor, _ layer: Int, _ batch: TokenBatch, _ additions: Additions,
    _ cache: KeyValueCache?
  ) throws -> Tensor {
    let normalised = try states.rootMeanSquareNormalised(
      weight: attentionNorms[layer], epsilon: configuration.normEpsilon)
    func heads(_ kind: LinearKind, _ count: Int) throws -> Tensor {
      try linear(normalised, layer, kind, additions)
        .reshaped([batch.count, batch.length, count, configuration.headWidth])
        .permuted([0, 2, 1, 3])
    }
    let past = cache?.length ?? 0
    let queries = try heads(.query, configuration.headCount)
      .rotated(base: configuration.rotationBase, offset: past)
    var keys = try heads(.key, configuration.keyHeadCount)
      .rotated(base: configuration.rotationBase, offset: past)
    var values = try heads(.value, configuration.keyHeadCount)
    if let cache { (keys, values) = try cache.extend(layer, keys: keys, values: values) }
    let mixed = try Tensor.causalAttention(
      queries: queries, keys: keys, values: values,
      scale: 1 / Float(configuration.headWidth).squareRoot(), path: additions.kernels)
    let joined = try mixed.permuted([0, 2, 1, 3])
      .reshaped([batch.count, batch.length, configuration.width])
    return try linear(joined, layer, .output, additions)
  }

  private func feedForward(
    _ states: Tensor, _ layer: Int, _ additions: Additions
  ) throws -> Tensor {
    let normalised = try states.rootMeanSquareNormalised(
      weight: feedForwardNorms[layer], epsilon: configuration.normEpsilon)
    let gate = try linear(normalised, layer, .gate, additions)
    let up = try linear(normalised, layer, .up, additions)
    let hidden = try Tensor.swiglu(gate: gate, up: up, path: additions.kernels)
    return try linear(hidden, layer, .down, additions)
  }
}

/// Keys and values of the positions already seen, layer by layer.
final class KeyValueCache {
  private(set) var length = 0
  private var keys: [Tensor?]
  private var values: [Tensor?]

  init(layerCount: Int) {
    keys = Array(repeating: nil, count: layerCount)
    values = keys
  }

  /// Appends a layer's new keys and values and returns all of them.
  func extend(_ layer: Int, keys newKeys: Tensor, values newValues: Tensor) throws -> (
    keys: Tensor, values: Tensor
  ) {
    func appended(_ new: Tensor, to old: Tensor?) throws -> Tensor {
      guard let old else { return new }
      return try Tensor.concatenated([old, new], axis: 2)
    }
    let all = (
      keys: try appended(newKeys, to: keys[layer]),
      values: try appended(newValues, to: values[layer])
    )
    keys[layer] = all.keys
    values[layer] = all.values
    return all
  }

  func advance(by count: Int) { length += count }

  /// The first positions alone.
  func prefix(_ count: Int) throws -> KeyValueCache {
    let prefix = KeyValueCache(layerCount: keys.count)
    guard count > 0 else { return prefix }
    prefix.keys = try keys.map { try $0?.slice(axis: 2, 0..<count) }
    prefix.values = try values.map { try $0?.slice(axis: 2, 0..<count) }
    prefix.length = count
    return prefix
  }

  /// Everything to evaluate with a step's output, lest the graph grow from step to step.
  var tensors: [Tensor] { (keys + values).compactMap { $0 } }
}
