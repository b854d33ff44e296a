internal import Primitives
internal import Tensors

/// Fixed random projections that shrink each linear map's gradient to a small matrix (LoGra:
/// Choe and others, 2024).
///
/// The projected gradient of a map with inputs a and output gradients b over an answer's
/// positions is Σ (P_inᵀ a)(P_outᵀ b)ᵀ. Entries of P are ±1/√n, drawn from the seed: their columns
/// are of length one and nearly orthogonal, and every machine has the same.
public struct GradientProjection: Hashable, Sendable {
  public let inputRank: Int
  public let outputRank: Int
  public let seed: UInt64

  public init(inputRank: Int = 6, outputRank: Int = 6, seed: UInt64 = 0) {
    precondition(inputRank > 0 && outputRank > 0, "a rank of zero keeps nothing")
    self.inputRank = inputRank
    self.outputRank = outputRank
    self.seed = seed
  }

  /// The length of one example's gradient for a model.
  public func dimension(for configuration: LlamaConfiguration) -> Int {
    configuration.linearCount * inputRank * outputRank
  }

  /// A [rows, columns] matrix of ±1/√rows.
  static func signs(rows: Int, columns: Int, _ generator: inout SeededGenerator) -> [Float] {
    let magnitude = 1 / Float(rows).squareRoot()
    var bits: UInt64 = 0
    return (0..<rows * columns).map { index in
      if index % 64 == 0 { bits = generator.next() }
      defer { bits >>= 1 }
      return bits & 1 == 0 ? magnitude : -magnitude
    }
  }
}

/// A projection as tensors for one model.
final class ProjectionTensors {
  let projection: GradientProjection
  fileprivate let input: [Tensor]  // [in, r_in]
  fileprivate let output: [Tensor]  // [r_out, out]

  init(_ projection: GradientProjection, _ configuration: LlamaConfiguration) throws {
    var generator = SeededGenerator(seed: projection.seed)
    var input: [Tensor] = []
    var output: [Tensor] = []
    for position in LinearPosition.all(configuration) {
      let inputWidth = position.kind.inputWidth(configuration)
      let outputWidth = position.kind.outputWidth(configuration)
      let inputSigns = GradientProjection.signs(
        rows: inputWidth, columns: projection.inputRank, &generator)
      let outputSigns = GradientProjection.signs(
        rows: outputWidth, columns: projection.outputRank, &generator)
      input.append(try Tensor(inputSigns, shape: [inputWidth, projection.inputRank]))
      output.append(
        try Tensor(outputSigns, shape: [outputWidth, projection.outputRank]).transposed())
    }
    self.projection = projection
    self.input = input
    self.output = output
    try Tensor.evaluate(input + output)
  }
}

/// Adds x P_in Z P_outᵀ to every map, with Z zero: nothing changes but that the gradient by Z is
/// each example's own projected gradient.
struct GradientProbe {
  let projection: ProjectionTensors
  let bottlenecks: [Tensor]  // by position index, [B, r_in, r_out]

  func output(of input: Tensor, at index: Int) throws -> Tensor {
    // Z is zero, so nothing flows back through this branch; detaching saves computing that.
    try input.detached().matmul(projection.input[index]).matmul(bottlenecks[index])
      .matmul(projection.output[index])
  }
}

extension LlamaModel {
  /// Returns each example's projected gradient of its mean answer loss.
  func projectedGradients(
    of examples: [TrainingExample], adapter: AdapterTensors?, projection: ProjectionTensors
  ) throws -> [[Float]] {
    let batch = try AnswerBatch(examples)
    let ranks = projection.projection
    let shape = [examples.count, ranks.inputRank, ranks.outputRank]
    let bottlenecks = try (0..<configuration.linearCount).map { _ in
      try Tensor.zeros(shape: shape)
    }
    // The mean of each example, summed: no example's weight depends on its neighbours.
    let weights = try Tensor(
      batch.answerCounts.flatMap { [Float](repeating: 1 / Float($0), count: $0) },
      shape: [batch.targets.count])
    let result = try Tensor.valueAndGradient(of: bottlenecks) { bottlenecks in
      let probe = GradientProbe(projection: projection, bottlenecks: bottlenecks)
      let states = try self.states(
        batch.tokens, adding: Additions(adapter: adapter, probe: probe))
      let losses = try self.logits(states, rows: batch.rows).crossEntropy(targets: batch.targets)
      return [try (losses * weights).sum()]
    }
    // [210, B, r·r] → [B, 210, r·r]
    let flat = try result.gradients.map {
      try $0.reshaped([1, examples.count, shape[1] * shape[2]])
    }
    let values = try Tensor.concatenated(flat, axis: 0).permuted([1, 0, 2]).floats()
    let dimension = ranks.dimension(for: configuration)
    return examples.indices.map { Array(values[$0 * dimension..<($0 + 1) * dimension]) }
  }
}
