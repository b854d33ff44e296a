internal import Tensors

/// A small BERT that turns a text into one vector: all-MiniLM-L6-v2 and its kin.
///
/// Not `Sendable`; ``SentenceEncoder`` owns one. The texts of a batch stand one behind the other,
/// nothing is padded: only attention, text by text, needs to know where one ends.
final class SentenceModel {
  struct Layer {
    let query: Affine, key: Affine, value: Affine, output: Affine
    let up: Affine, down: Affine
    let attentionNorm: Norm, outputNorm: Norm
  }

  /// The map x W + b.
  struct Affine {
    let weight: Tensor  // [in, out]
    let bias: Tensor

    func callAsFunction(_ x: Tensor) throws -> Tensor { try x.matmul(weight) + bias }
  }

  struct Norm {
    let weight: Tensor
    let bias: Tensor

    func callAsFunction(_ x: Tensor) throws -> Tensor {
      try x.layerNormalised(weight: weight, bias: bias, epsilon: 1e-12)
    }
  }

  /// The numbers that a file of weights does not tell.
  static let headWidth = 32
  static let longestText = 256

  let width: Int
  let vocabularySize: Int
  private let words: Tensor  // [V, D]
  private let positions: Tensor  // [P, D], the kind of text already added
  private let inputNorm: Norm
  private let layers: [Layer]

  /// - Throws: ``ModelFailure`` with `modelCorrupt` if arrays are missing or misshapen.
  init(_ file: SafetensorsFile) throws {
    guard let embedding = file.arrays["embeddings.word_embeddings.weight"],
      embedding.shape.count == 2, embedding.shape[1].isMultiple(of: SentenceModel.headWidth)
    else { throw ModelFailure(.modelCorrupt, "no table of words") }
    let width = embedding.shape[1]
    self.width = width
    vocabularySize = embedding.shape[0]
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
      guard let array = file.arrays[name] else {
        throw ModelFailure(.modelCorrupt, "no array \(name)")
      }
      guard array.shape == shape else {
        throw ModelFailure(.modelCorrupt, "\(name) has shape \(array.shape), not \(shape)")
      }
      return try Tensor(array.values, shape: shape)
    }
    func affine(_ name: String, from input: Int, to output: Int) throws -> Affine {
      Affine(
        weight: try tensor("\(name).weight", [output, input]).transposed(),
        bias: try tensor("\(name).bias", [output]))
    }
    func norm(_ name: String) throws -> Norm {
      Norm(
        weight: try tensor("\(name).weight", [width]), bias: try tensor("\(name).bias", [width]))
    }
    words = try tensor("embeddings.word_embeddings.weight", embedding.shape)
    let kind = try tensor("embeddings.token_type_embeddings.weight", [2, width])
    let places = file.arrays["embeddings.position_embeddings.weight"]?.shape.first ?? 0
    guard places >= SentenceModel.longestText else {
      throw ModelFailure(.modelCorrupt, "positions for fewer than 256 tokens")
    }
    positions =
      try tensor("embeddings.position_embeddings.weight", [places, width]) + kind.rows([0])
    inputNorm = try norm("embeddings.LayerNorm")
    // As many as the file has, read in order.
    var layers: [Layer] = []
    while file.arrays["encoder.layer.\(layers.count).output.dense.weight"] != nil {
      let name = "encoder.layer.\(layers.count)"
      let inner = file.arrays["\(name).intermediate.dense.bias"]?.shape.first ?? 0
      layers.append(
        Layer(
          query: try affine("\(name).attention.self.query", from: width, to: width),
          key: try affine("\(name).attention.self.key", from: width, to: width),
          value: try affine("\(name).attention.self.value", from: width, to: width),
          output: try affine("\(name).attention.output.dense", from: width, to: width),
          up: try affine("\(name).intermediate.dense", from: width, to: inner),
          down: try affine("\(name).output.dense", from: inner, to: width),
          attentionNorm: try norm("\(name).attention.output.LayerNorm"),
          outputNorm: try norm("\(name).output.LayerNorm")))
    }
    guard !layers.isEmpty else { throw ModelFailure(.modelCorrupt, "no layers") }
    self.layers = layers
    try Tensor.evaluate([words, positions])
  }

  /// Returns the mean of the last states of each text's tokens, [texts, D].
  /// - Precondition: no text is empty or longer than ``longestText`` tokens.
  func means(_ texts: [[Int32]]) throws -> Tensor {
    precondition(
      texts.allSatisfy { (1...SentenceModel.longestText).contains($0.count) }, "texts fit")
    var start = 0
    let ranges = texts.map { text in
      defer { start += text.count }
      return start..<start + text.count
    }
    var states = try inputNorm(
      words.rows(texts.flatMap { $0 })
        + positions.rows(texts.flatMap { $0.indices.map(Int32.init) }))
    for layer in layers {
      states = try layer.attentionNorm(states + attention(states, layer, ranges))
      states = try layer.outputNorm(states + layer.down(layer.up(states).gelu()))
    }
    return try Tensor.concatenated(
      ranges.map { range in
        try (states.slice(axis: 0, range).sum(axis: 0) * (1 / Float(range.count)))
          .reshaped([1, width])
      }, axis: 0)
  }

  private func attention(
    _ states: Tensor, _ layer: Layer, _ ranges: [Range<Int>]
  ) throws -> Tensor {
    let headCount = width / SentenceModel.headWidth
    let (queries, keys, values) = (
      try layer.query(states), try layer.key(states), try layer.value(states)
    )
    func heads(_ all: Tensor, _ range: Range<Int>) throws -> Tensor {
      try all.slice(axis: 0, range)
        .reshaped([1, range.count, headCount, SentenceModel.headWidth]).permuted([0, 2, 1, 3])
    }
    let mixed = try ranges.map { range in
      try Tensor.attention(
        queries: heads(queries, range), keys: heads(keys, range), values: heads(values, range),
        scale: 1 / Float(SentenceModel.headWidth).squareRoot()
      ).permuted([0, 2, 1, 3]).reshaped([range.count, width])
    }
    return try layer.output(Tensor.concatenated(mixed, axis: 0))
  }
}
