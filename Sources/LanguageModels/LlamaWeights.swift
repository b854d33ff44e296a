internal import Primitives
internal import Tensors

/// All weights of a Llama model whose head is its embedding, as tensors or as plain numbers.
struct LlamaWeights<Element> {
  var embedding: Element  // [V, D]
  var finalNorm: Element  // [D]
  var linears: [Element]  // by position index, [in, out]
  var attentionNorms: [Element]  // by layer, [D]
  var feedForwardNorms: [Element]

  /// In one fixed order: what optimisers and initialisers run over.
  var all: [Element] { [embedding, finalNorm] + linears + attentionNorms + feedForwardNorms }

  /// Takes ``all`` apart again.
  init(_ all: [Element], layerCount: Int) {
    let linearCount = layerCount * LinearKind.allCases.count
    precondition(all.count == 2 + linearCount + 2 * layerCount, "weights of another model")
    embedding = all[0]
    finalNorm = all[1]
    linears = Array(all[2..<2 + linearCount])
    attentionNorms = Array(all[2 + linearCount..<2 + linearCount + layerCount])
    feedForwardNorms = Array(all[(2 + linearCount + layerCount)...])
  }

  func map<Other>(_ transform: (Element) throws -> Other) rethrows -> LlamaWeights<Other> {
    LlamaWeights<Other>(try all.map(transform), layerCount: attentionNorms.count)
  }
}

extension LlamaWeights<Tensor> {
  /// Fresh weights: maps uniform with variance 1/inputs, the two that write to the stream less by
  /// √(2 · layers), the embedding with deviation 0.02, norms one.
  init(fresh configuration: LlamaConfiguration, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func drawn(_ shape: [Int], deviation: Float) throws -> Tensor {
      let bound = deviation * Float(3).squareRoot()
      return try Tensor(
        (0..<shape.reduce(1, *)).map { _ in bound * generator.nextSymmetric() }, shape: shape)
    }
    let width = configuration.width
    let one = [Float](repeating: 1, count: width)
    var all = [
      try drawn([configuration.vocabularySize, width], deviation: 0.02),
      try Tensor(one, shape: [width]),
    ]
    for position in LinearPosition.all(configuration) {
      let inputs = position.kind.inputWidth(configuration)
      let residual = position.kind == .output || position.kind == .down
      let shrink = residual ? Float(2 * configuration.layerCount).squareRoot() : 1
      all.append(
        try drawn(
          [inputs, position.kind.outputWidth(configuration)],
          deviation: 1 / Float(inputs).squareRoot() / shrink))
    }
    for _ in 0..<2 * configuration.layerCount { all.append(try Tensor(one, shape: [width])) }
    self.init(all, layerCount: configuration.layerCount)
  }
}
