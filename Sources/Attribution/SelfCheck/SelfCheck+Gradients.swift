internal import LanguageModels
internal import Primitives
internal import Tensors

extension SelfCheck {
  /// The shortest example behind each longer one's padding.
  func padding(_ alone: [[Float]]) async throws -> Finding {
    let order = examples.indices.sorted { examples[$0].tokenCount < examples[$1].tokenCount }
    let shortest = order[0]
    var worst = 0.0
    for longer in order.dropFirst() {
      let padded = try await paths.gradients([examples[shortest], examples[longer]], basis, true)
      worst = max(worst, deviation(of: padded[0], from: alone[shortest]))
    }
    let lengths = order.dropFirst().map {
      "\(examples[$0].tokenCount - examples[shortest].tokenCount)"
    }
    return Finding(
      name: .padding,
      compared: "a gradient behind \(lengths.joined(separator: ", ")) tokens of padding, and alone",
      deviation: worst, tolerance: Self.gradientTolerance)
  }

  /// Examples cut to one length, so that nothing is padded.
  func batching() async throws -> Finding {
    let length = examples.map(\.tokenCount).min() ?? 0
    let even = examples.map { example in
      // Of the longest answers, their beginning: a token of prompt has to stay.
      let answer = Array(example.answerTokens.prefix(length - 1))
      return TrainingExample(
        promptTokens: Array(example.promptTokens.suffix(length - answer.count)),
        answerTokens: answer)
    }
    let together = try await paths.gradients(even, basis, true)
    let alone = try await paths.gradients(even, basis, false)
    return Finding(
      name: .batching, compared: "gradients of \(even.count) examples in one batch, and each alone",
      deviation: zip(together, alone).map { deviation(of: $0, from: $1) }.max() ?? .infinity,
      tolerance: Self.gradientTolerance)
  }

  /// The gradients by the matrices, turned into the basis in double precision.
  func capture(_ alone: [[Float]]) async throws -> Finding {
    let matrices = try await engine.matrixGradients(of: examples[0], adapter: handle)
    let expected = zip(matrices, basis.pairs).flatMap { turned($0, along: $1) }
    return Finding(
      name: .capture,
      compared: "captured products and the loss differentiated by \(matrices.count) matrices",
      deviation: deviation(of: alone[0], from: expected), tolerance: Self.gradientTolerance)
  }

  /// Along directions that scale every matrix by a drawn factor.
  ///
  /// The basis being the matrices' own directions, a block's trace is the gradient's inner product with
  /// the matrix itself.
  func differences(_ alone: [[Float]]) async throws -> Finding {
    let traces = traces(of: alone[0])
    var generator = SeededGenerator(seed: 1)
    var worst = 0.0
    for _ in 0..<2 {
      let factors = traces.map { _ in Double(generator.next(below: 2_001)) / 1_000 - 1 }
      let terms = zip(factors, traces).map { $0 * $1 }
      // Five points: the error falls with the fourth power of the step.
      let step = 0.25
      func rise(_ by: Double) async throws -> Double {
        try await loss(factors, by) - loss(factors, -by)
      }
      let slope = try await (8 * rise(step) - rise(2 * step)) / (12 * step)
      let error = abs(slope - terms.reduce(0, +)) / terms.reduce(0) { $0 + abs($1) }
      worst = error.isFinite ? max(worst, error) : .infinity
    }
    return Finding(
      name: .differences, compared: "gradients and differences of the loss along 2 directions",
      deviation: worst, tolerance: 1e-3)
  }

  /// The library's exponential is less exact than ours, by some 10⁻⁶ that thirty layers multiply: hence
  /// another tolerance.
  func kernels(_ alone: [[Float]]) async throws -> Finding {
    let plain = try await engine.gradientWithoutKernels(
      of: examples[0], adapter: handle, along: basis)
    return Finding(
      name: .kernels, compared: "a gradient by our kernels and by the library's operations",
      deviation: deviation(of: alone[0], from: plain), tolerance: 1e-3)
  }

  /// Of the first map and of the last one's second matrix.
  func moments() async throws -> Finding {
    let last = AdapterMatrix.all(engine.configuration).count - 1
    var worst = 0.0
    for range in [0..<2, last..<last + 1] {
      let together = try await paths.moments(examples, range)
      var sums: [[Float]] = []
      for example in examples {
        let own = try await engine.moments(of: [example], adapter: handle, matrices: range)
          .flatMap { [$0.input, $0.output].compactMap { $0 } }
        sums = sums.isEmpty ? own : zip(sums, own).map { zip($0, $1).map { $0 + $1 } }
      }
      for (one, other) in zip(together.flatMap { [$0.input, $0.output].compactMap { $0 } }, sums) {
        worst = max(worst, deviation(of: one, from: other))
      }
    }
    return Finding(
      name: .moments, compared: "second moments of 3 matrices over a padded batch, and one by one",
      deviation: worst, tolerance: Self.gradientTolerance)
  }

  /// The deviation from right angles and unit lengths, or of the energy along the directions from the
  /// largest eigenvalues' sum.
  func directions() async throws -> Finding {
    let width = basis.pairs[0].input.width
    let count = min(64, width / 3)
    let moment = try await engine.moments(of: examples, adapter: handle, matrices: 0..<1)[0]
    guard let matrix = moment.input else { throw AttributionFailure(.noGradients) }
    let vectors = try paths.directions(matrix, width, count)
    let largest = try SymmetricEigen(of: matrix, width: width).values.prefix(count)
      .reduce(0.0) { $0 + Double($1) }
    var energy = 0.0
    var worst = 0.0
    for (place, vector) in vectors.enumerated() {
      for other in vectors[...place] {
        worst = max(worst, abs(dot(vector, other) - (other == vector ? 1 : 0)))
      }
      energy += (0..<width).reduce(0.0) { sum, row in
        sum + Double(vector[row]) * dot(Array(matrix[row * width..<(row + 1) * width]), vector)
      }
    }
    return Finding(
      name: .directions, compared: "\(count) of \(width) directions and a whole decomposition",
      deviation: max(worst, abs(energy / largest - 1)), tolerance: 1e-3)
  }

  // MARK: - Helpers

  /// Σ over a block's diagonal, matrix after matrix.
  private func traces(of gradient: [Float]) -> [Double] {
    var start = 0
    return basis.pairs.map { pair in
      defer { start += pair.coordinateCount }
      return (0..<pair.input.count).reduce(0.0) {
        $0 + Double(gradient[start + $1 * pair.input.count + $1])
      }
    }
  }

  /// The first example's loss where every matrix is longer by `by` times its factor.
  private func loss(_ factors: [Double], _ by: Double) async throws -> Double {
    func scaled(_ matrices: [[Float]], _ side: AdapterMatrix.Side) -> [[Float]] {
      matrices.enumerated().map { place, matrix in
        let factor = Float(1 + by * factors[2 * place + side.rawValue])
        return matrix.map { $0 * factor }
      }
    }
    let moved = try await engine.load(
      LoRAAdapter(
        configuration: adapter.configuration, rank: adapter.rank, alpha: adapter.alpha,
        down: scaled(adapter.down, .down), up: scaled(adapter.up, .up)))
    let score = try await engine.evaluate([examples[0]], adapter: moved)[0]
    await engine.unload(moved)
    return Double(score.loss)
  }

  /// Q_outᵀ G Q_in of a matrix G, row-major [outputs, inputs].
  private func turned(_ matrix: [Float], along pair: AdapterBasis.Pair) -> [Float] {
    let (input, output) = (pair.input, pair.output)
    var narrow = [Double](repeating: 0, count: output.width * input.count)
    for row in 0..<output.width {
      for column in 0..<input.width {
        let value = Double(matrix[row * input.width + column])
        for place in 0..<input.count {
          narrow[row * input.count + place] +=
            value * Double(input.values[column * input.count + place])
        }
      }
    }
    var turned = [Double](repeating: 0, count: output.count * input.count)
    for row in 0..<output.width {
      for place in 0..<output.count {
        let value = Double(output.values[row * output.count + place])
        for column in 0..<input.count {
          turned[place * input.count + column] += value * narrow[row * input.count + column]
        }
      }
    }
    return turned.map(Float.init)
  }
}

/// The largest difference over the largest expected magnitude; infinite for another count, for what is
/// not finite, and where all that is expected is zero.
func deviation(of values: [Float], from expected: [Float]) -> Double {
  guard values.count == expected.count else { return .infinity }
  var largest: Float = 0
  var worst: Float = 0
  for (value, other) in zip(values, expected) {
    let difference = abs(value - other)
    guard difference.isFinite else { return .infinity }
    worst = max(worst, difference)
    largest = max(largest, abs(other))
  }
  return largest > 0 ? Double(worst / largest) : .infinity
}

private func dot(_ one: [Float], _ other: [Float]) -> Double {
  zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

extension AdapterBasis {
  /// Directions of an adapter's own matrices: each side of the rank along its coordinates, each wide
  /// side along what the matrix has there.
  init(along adapter: LoRAAdapter) {
    let rank = adapter.rank
    let whole = Directions.whole(rank)
    self.init(
      pairs: zip(adapter.down, adapter.up).flatMap { down, up in
        let inputs = down.count / rank
        let turned = (0..<inputs).flatMap { input in (0..<rank).map { down[$0 * inputs + input] } }
        return [
          Pair(input: Directions(width: inputs, count: rank, values: turned), output: whole),
          Pair(
            input: whole, output: Directions(width: up.count / rank, count: rank, values: up)),
        ]
      })
  }
}

extension TracedPaths {
  /// As indexes and receipts are computed.
  init(engine: LanguageEngine, adapter: AdapterHandle) {
    gradients = { examples, basis, batched in
      try await engine.adapterGradients(
        of: examples, adapter: adapter, along: basis, batched: batched)
    }
    moments = { try await engine.moments(of: $0, adapter: adapter, matrices: $1) }
    directions = { try SymmetricEigen(of: $0, width: $1, count: $2).vectors }
    vector = { try $0.vector(of: $1) }
    row = { .init(rounding: $0) }
    query = { .init(quantising: $0) }
    scores = { $0.scores($1) }
    useThreads = { TensorRuntime.setBLASThreads($0) }
  }
}
