internal import Tensors

// Other ways to the numbers of ``LanguageEngine/adapterGradients(of:adapter:along:batched:)``: slower,
// and with little in common with it, so that a fault in either shows.

extension LanguageEngine {
  /// One example's gradients of its mean answer loss by the adapter's matrices themselves, as
  /// training differentiates: no pair of inputs and output gradients is captured.
  ///
  /// - Returns: by ``AdapterMatrix/index``, row-major: A's [rank, in], B's [out, rank].
  /// - Throws: ``ModelFailure`` with `inputInvalid` or `adapterUnknown`.
  package func matrixGradients(
    of example: TrainingExample, adapter: AdapterHandle
  ) throws -> [[Float]] {
    let tensors = try adapterTensors(adapter)
    let batch = try AnswerBatch([example])
    let matrices = zip(tensors.down, tensors.up).flatMap { [$0, $1] }
    let result = try Tensor.valueAndGradient(of: matrices) { matrices in
      let pairs = stride(from: 0, to: matrices.count, by: 2)
      let moved = AdapterTensors(
        down: pairs.map { matrices[$0] }, up: pairs.map { matrices[$0 + 1] }, scale: tensors.scale)
      let states = try self.model.states(batch.tokens, adding: .init(adapter: moved))
      let losses = try self.model.logits(states, rows: batch.rows)
        .crossEntropy(targets: batch.targets)
      return [try losses.sum() * (1 / Float(batch.targets.count))]
    }
    return try result.gradients.map { try $0.floats() }
  }

  /// One example's gradient along a basis, alone and by the library's operations in the place of our
  /// kernels.
  ///
  /// - Throws: as ``adapterGradients(of:adapter:along:batched:)`` does.
  package func gradientWithoutKernels(
    of example: TrainingExample, adapter: AdapterHandle, along basis: AdapterBasis
  ) throws -> [Float] {
    let tensors = try adapterTensors(adapter)
    guard basis.fits(configuration, rank: tensors.down[0].shape[0]) else {
      throw ModelFailure(.adapterMismatch, "the basis is another adapter's")
    }
    return try model.captured([example], adapter: tensors, kernels: .operations)
      .gradients(along: basisTensors(basis)).floats()
  }
}
