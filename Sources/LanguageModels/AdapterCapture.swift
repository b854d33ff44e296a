internal import Tensors

/// Takes down, for each matrix of an adapter, its inputs a and the place to differentiate by for
/// the gradients b of its outputs.
///
/// A matrix's gradient is Σ b aᵀ over tokens; with a and b at hand it is never formed (DESIGN 4.1
/// step 1). B's a carries the adapter's scale.
final class AdapterCapture {
  // By position index; zeros, added to what A and B write.
  private let narrowZeros: [Tensor]  // [B, T, rank]
  private let wideZeros: [Tensor]  // [B, T, out]
  private var wideInputs: [Tensor?]
  private var narrowInputs: [Tensor?]

  init(narrowZeros: [Tensor], wideZeros: [Tensor]) {
    self.narrowZeros = narrowZeros
    self.wideZeros = wideZeros
    wideInputs = Array(repeating: nil, count: wideZeros.count)
    narrowInputs = wideInputs
  }

  /// What the adapter adds at a position, as ``AdapterTensors/output(of:at:)`` computes it.
  func output(of input: Tensor, through adapter: AdapterTensors, at index: Int) throws -> Tensor {
    let narrow = try input.matmul(adapter.down[index].transposed()) + narrowZeros[index]
    let scaled = try narrow * adapter.scale
    wideInputs[index] = input
    narrowInputs[index] = scaled
    return try scaled.matmul(adapter.up[index].transposed()) + wideZeros[index]
  }

  /// The inputs of all matrices, by ``AdapterMatrix/index``.
  var inputs: [Tensor] {
    zip(wideInputs, narrowInputs).flatMap { [$0, $1].compactMap { $0 } }
  }
}

/// Inputs and output gradients of all matrices over one padded batch.
struct CapturedBatch {
  let inputs: [Tensor]  // by matrix index, [B, T, in]
  let outputGradients: [Tensor]  // by matrix index, [B, T, out]; zero at padding
  /// One for each place that holds a token, zero for padding: [B, T, 1].
  let isToken: Tensor
  let exampleCount: Int
}

extension LlamaModel {
  /// One forward pass and one backward through the activations, for each example's mean answer loss.
  func captured(
    _ examples: [TrainingExample], adapter: AdapterTensors, kernels: KernelPath = .fastest
  ) throws -> CapturedBatch {
    let batch = try AnswerBatch(examples)
    let (count, length) = (batch.tokens.count, batch.tokens.length)
    let rank = adapter.down[0].shape[0]
    let zeros = try AdapterMatrix.all(configuration).map { matrix in
      try Tensor.zeros(
        shape: [count, length, matrix.outputWidth(configuration, rank: rank)])
    }
    // The mean of each example, summed: no example's weight depends on its neighbours.
    let weights = try Tensor(
      batch.answerCounts.flatMap { [Float](repeating: 1 / Float($0), count: $0) },
      shape: [batch.targets.count])
    let result = try Tensor.valueAndGradient(of: zeros, outputs: 1 + zeros.count) { zeros in
      let pairs = stride(from: 0, to: zeros.count, by: 2)
      let capture = AdapterCapture(
        narrowZeros: pairs.map { zeros[$0] }, wideZeros: pairs.map { zeros[$0 + 1] })
      let states = try self.states(
        batch.tokens, adding: Additions(adapter: adapter, capture: capture, kernels: kernels))
      let losses = try self.logits(states, rows: batch.rows)
        .crossEntropy(targets: batch.targets, path: kernels)
      return [try (losses * weights).sum()] + capture.inputs
    }
    let isToken = examples.flatMap { example in
      let read = example.tokenCount - 1
      return [Float](repeating: 1, count: read) + [Float](repeating: 0, count: length - read)
    }
    return CapturedBatch(
      inputs: Array(result.values.dropFirst()), outputGradients: result.gradients,
      isToken: try Tensor(isToken, shape: [count, length, 1]), exampleCount: count)
  }
}

extension CapturedBatch {
  /// Σ over tokens of the outer products of a with itself, and of b, for one matrix.
  func moments(_ matrix: AdapterMatrix) throws -> (input: Tensor?, output: Tensor) {
    let input =
      matrix.inputSource == matrix
      ? try CapturedBatch.outerSum(try inputs[matrix.index] * isToken) : nil
    return (input, try CapturedBatch.outerSum(outputGradients[matrix.index]))
  }

  private static func outerSum(_ rows: Tensor) throws -> Tensor {
    let width = rows.shape[2]
    let flat = try rows.reshaped([rows.elementCount / width, width])
    return try flat.transposed().matmul(flat)
  }

  /// Each example's Σ (Q_outᵀ b)(Q_inᵀ a)ᵀ over its tokens, all matrices one after another:
  /// [examples, coordinates].
  func gradients(along basis: AdapterBasisTensors) throws -> Tensor {
    let parts = try basis.pairs.indices.map { index in
      let pair = basis.pairs[index]
      let input = try pair.input.map { try inputs[index].matmul($0) } ?? inputs[index]
      let output =
        try pair.output.map { try outputGradients[index].matmul($0) } ?? outputGradients[index]
      let gradient = try output.transposed().matmul(input)
      return try gradient.reshaped([exampleCount, gradient.elementCount / exampleCount])
    }
    return try Tensor.concatenated(parts, axis: 1)
  }
}

/// A basis as tensors; nil stands for a side's own coordinates.
final class AdapterBasisTensors {
  struct Pair {
    let input: Tensor?
    let output: Tensor?
  }

  let basis: AdapterBasis
  let pairs: [Pair]

  init(_ basis: AdapterBasis) throws {
    self.basis = basis
    func tensor(_ directions: Directions) throws -> Tensor? {
      guard directions != .whole(directions.width) else { return nil }
      return try Tensor(directions.values, shape: [directions.width, directions.count])
    }
    pairs = try basis.pairs.map {
      Pair(input: try tensor($0.input), output: try tensor($0.output))
    }
  }
}
