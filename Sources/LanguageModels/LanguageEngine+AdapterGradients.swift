internal import Tensors

extension LanguageEngine {
  /// The rank of a loaded adapter.
  /// - Throws: ``ModelFailure`` with `adapterUnknown`.
  public func rank(of adapter: AdapterHandle) throws -> Int {
    try adapterTensors(adapter).down[0].shape[0]
  }

  /// Sums second moments of matrices' inputs and output gradients over all tokens that examples
  /// read, with each example's mean answer loss and its actual labels.
  ///
  /// Costs about a training step a batch, and memory for the moments of the matrices asked for.
  /// - Parameters:
  ///   - sums: what earlier calls returned for the same matrices; empty at first.
  /// - Returns: `sums` with these examples added, one an index of `matrices`.
  /// - Throws: ``ModelFailure`` with `inputInvalid` or `adapterUnknown`; `CancellationError`.
  public func moments(
    of examples: [TrainingExample], adapter: AdapterHandle, matrices: Range<Int>,
    addedTo sums: [MatrixMoments] = []
  ) async throws -> [MatrixMoments] {
    let tensors = try adapterTensors(adapter)
    let asked = AdapterMatrix.all(configuration)[matrices]
    let rank = tensors.down[0].shape[0]
    var running = try asked.enumerated().map { place, matrix in
      let widths = (
        matrix.inputWidth(configuration, rank: rank), matrix.outputWidth(configuration, rank: rank)
      )
      func start(_ values: [Float]?, _ width: Int) throws -> Tensor {
        try values.map { try Tensor($0, shape: [width, width]) }
          ?? Tensor.zeros(shape: [width, width])
      }
      let before = sums.isEmpty ? nil : sums[place]
      return (
        input: matrix.inputSource == matrix ? try start(before?.input, widths.0) : nil,
        output: try start(before?.output, widths.1)
      )
    }
    _ = try await inBatches(examples) { model, batch in
      let captured = try model.captured(batch, adapter: tensors)
      running = try zip(running, asked).map { sum, matrix in
        let more = try captured.moments(matrix)
        let input: Tensor? =
          if let before = sum.input, let added = more.input { try before + added } else { nil }
        return (input, try sum.output + more.output)
      }
      try Tensor.evaluate(running.flatMap { [$0.input, $0.output].compactMap { $0 } })
      return [Void](repeating: (), count: batch.count)
    }
    return try running.map {
      MatrixMoments(input: try $0.input?.floats(), output: try $0.output.floats())
    }
  }

  /// Returns, for each example in order, the gradient of its mean answer loss by the adapter's
  /// matrices along a basis: ``AdapterBasis/coordinateCount`` numbers.
  ///
  /// Costs about a training step a batch.
  /// - Parameter batched: false runs each example alone, unpadded, as a later check would; the two
  ///   differ by rounding.
  /// - Throws: ``ModelFailure`` with `inputInvalid`, `adapterUnknown`, or `adapterMismatch` for a
  ///   basis of other sizes; `CancellationError`.
  public func adapterGradients(
    of examples: [TrainingExample], adapter: AdapterHandle, along basis: AdapterBasis,
    batched: Bool = true
  ) async throws -> [[Float]] {
    let tensors = try adapterTensors(adapter)
    guard basis.fits(configuration, rank: tensors.down[0].shape[0]) else {
      throw ModelFailure(.adapterMismatch, "the basis is another adapter's")
    }
    let basisTensors = try basisTensors(basis)
    let width = basis.coordinateCount
    return try await inBatches(examples, size: batched ? 16 : 1) { model, batch in
      let values = try model.captured(batch, adapter: tensors).gradients(along: basisTensors)
        .floats()
      return batch.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
  }
}
