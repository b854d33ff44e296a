public import LanguageModels
internal import Tensors

/// Examples that are read when their turn comes, so that no more than a piece is ever held.
public struct ExampleSource: Sendable {
  public let count: Int
  /// The examples of a range of places below ``count``, the same each time.
  public let read: @Sendable (Range<Int>) throws -> [TrainingExample]

  public init(count: Int, read: @escaping @Sendable (Range<Int>) throws -> [TrainingExample]) {
    self.count = count
    self.read = read
  }

  /// Examples that are in memory anyway.
  public init(_ examples: [TrainingExample]) {
    self.init(count: examples.count) { Array(examples[$0]) }
  }

  /// Calls `body` with pieces of at most `size` examples, in order.
  func inPieces(of size: Int, _ body: ([TrainingExample]) async throws -> Void) async throws {
    for start in stride(from: 0, to: count, by: size) {
      try await body(try read(start..<min(start + size, count)))
    }
  }
}

/// Where the passes of a fit leave what they made, and look for it: bytes by name, of one engine, adapter
/// and list of examples.
public struct FitPieces: Sendable {
  public let piece: @Sendable (String) throws -> [UInt8]?
  public let keep: @Sendable ([UInt8], String) throws -> Void

  public init(
    piece: @escaping @Sendable (String) throws -> [UInt8]?,
    keep: @escaping @Sendable ([UInt8], String) throws -> Void
  ) {
    self.piece = piece
    self.keep = keep
  }
}

/// Fits a run's curvature at its adapter, in passes over the training examples.
///
/// One pass sums the second moments of every matrix, more if they don't fit the memory given; one
/// sums the squares of the gradients along their eigenvectors. Each costs about a training epoch.
public struct CurvatureFit: Sendable {
  public let engine: LanguageEngine
  public let adapter: AdapterHandle
  public let limits: CurvatureLimits
  /// Nil to begin anew each time.
  public let kept: FitPieces?

  public init(
    engine: LanguageEngine, adapter: AdapterHandle, limits: CurvatureLimits = .committed,
    kept: FitPieces? = nil
  ) {
    self.engine = engine
    self.adapter = adapter
    self.limits = limits
    self.kept = kept
  }

  /// The whole fit.
  /// - Parameter progress: told after each pass that is made how many of how many are done.
  /// - Throws: ``AttributionFailure`` with `noGradients` or `notFinite`; `ModelFailure`; what
  ///   reading the examples throws, or ``kept``.
  public func curvature(
    of examples: ExampleSource, progress: (Int, Int) -> Void = { _, _ in }
  ) async throws -> AdapterCurvature {
    guard examples.count > 0 else { throw AttributionFailure(.noGradients) }
    let (basis, passes) = try await basis(of: examples) { progress($0, $1 + 1) }
    let energies = try await energies(of: examples, along: basis)
    progress(passes + 1, passes + 1)
    return try AdapterCurvature(
      basis: basis, energies: energies, exampleCount: examples.count, dimension: limits.dimension)
  }

  /// The squares of the examples' gradients along a basis, summed.
  package func energies(
    of examples: ExampleSource, along basis: AdapterBasis
  ) async throws -> [Double] {
    var energies = [Double](repeating: 0, count: basis.coordinateCount)
    let size = max(1, limits.memory / (4 * basis.coordinateCount))
    try await examples.inPieces(of: min(size, 4096)) { piece in
      let gradients = try await engine.adapterGradients(of: piece, adapter: adapter, along: basis)
      for gradient in gradients {
        for index in energies.indices {
          energies[index] += Double(gradient[index]) * Double(gradient[index])
        }
      }
    }
    return energies
  }

  // MARK: - Directions

  /// The eigenvectors of both sides of each matrix, and how many passes they took.
  package func basis(
    of examples: ExampleSource, progress: (Int, Int) -> Void = { _, _ in }
  ) async throws -> (basis: AdapterBasis, passes: Int) {
    let rank = try await engine.rank(of: adapter)
    let matrices = AdapterMatrix.all(engine.configuration)
    let wideDirections = wideDirections(of: matrices, rank: rank)
    var inputs: [Int: Directions] = [:]
    var pairs: [AdapterBasis.Pair] = []
    let pieces = pieces(of: matrices, rank: rank)
    for (pass, range) in pieces.enumerated() {
      let name = "directions-\(range.lowerBound)-\(range.upperBound)-\(wideDirections)"
      if let known = try keptPairs(name), known.count == range.count {
        for (matrix, pair) in zip(matrices[range], known) { inputs[matrix.index] = pair.input }
        pairs += known
        continue
      }
      let made = try await makePairs(
        Array(matrices[range]), of: examples, rank: rank, wide: wideDirections, inputs: &inputs)
      pairs += made
      try kept?.keep(AdapterCurvature(unfitted: AdapterBasis(pairs: made)).bytes, name)
      progress(pass + 1, pieces.count)
    }
    return (AdapterBasis(pairs: pairs), pieces.count)
  }

  /// What a pass that was cut off later had made; nil if it has to be made.
  private func keptPairs(_ name: String) throws -> [AdapterBasis.Pair]? {
    guard let bytes = try kept?.piece(name) else { return nil }
    return (try? AdapterCurvature(bytes: bytes))?.basis.pairs
  }

  /// One pass, over the moments of some matrices.
  /// - Parameter inputs: by matrix, the directions of inputs that are known so far.
  private func makePairs(
    _ matrices: [AdapterMatrix], of examples: ExampleSource, rank: Int, wide: Int,
    inputs: inout [Int: Directions]
  ) async throws -> [AdapterBasis.Pair] {
    guard let first = matrices.first else { return [] }
    let range = first.index..<first.index + matrices.count
    var sums: [MatrixMoments] = []
    try await examples.inPieces(of: 4096) { piece in
      sums = try await engine.moments(
        of: piece, adapter: adapter, matrices: range, addedTo: sums)
    }
    var pairs: [AdapterBasis.Pair] = []
    for (matrix, moments) in zip(matrices, sums) {
      let widths = (
        matrix.inputWidth(engine.configuration, rank: rank),
        matrix.outputWidth(engine.configuration, rank: rank)
      )
      if let input = moments.input {
        inputs[matrix.index] = try directions(
          input, width: widths.0, most: matrix.side == .down ? wide : rank)
      }
      // Matrices that read the same state stand behind the one whose moments were summed.
      guard let input = inputs[matrix.inputSource.index] else {
        throw AttributionFailure(.noGradients)
      }
      pairs.append(
        AdapterBasis.Pair(
          input: input,
          output: try directions(
            moments.output, width: widths.1, most: matrix.side == .up ? wide : rank)))
    }
    return pairs
  }

  /// The limit, doubled until all coordinates together fill the dimension: of a small adapter the
  /// best are chosen among more.
  private func wideDirections(of matrices: [AdapterMatrix], rank: Int) -> Int {
    let widths = matrices.map { matrix in
      matrix.side == .down
        ? matrix.inputWidth(engine.configuration, rank: rank)
        : matrix.outputWidth(engine.configuration, rank: rank)
    }
    let widest = widths.max() ?? 0
    var count = min(limits.wideDirections, widest)
    while count < widest, widths.reduce(0, { $0 + rank * min($1, count) }) < limits.dimension {
      count *= 2
    }
    return count
  }

  /// Runs of matrices whose moments fit the memory together.
  private func pieces(of matrices: [AdapterMatrix], rank: Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var bytes = 0
    for (index, matrix) in matrices.enumerated() {
      let input = matrix.inputWidth(engine.configuration, rank: rank)
      let output = matrix.outputWidth(engine.configuration, rank: rank)
      let own = 4 * ((matrix.inputSource == matrix ? input * input : 0) + output * output)
      if let last = pieces.last, bytes + own <= limits.memory {
        pieces[pieces.count - 1] = last.lowerBound..<index + 1
        bytes += own
      } else {
        pieces.append(index..<index + 1)
        bytes = own
      }
    }
    return pieces
  }

  /// The eigenvectors of a second moment, at most so many, those of the largest eigenvalues.
  private func directions(_ moment: [Float], width: Int, most: Int) throws -> Directions {
    guard moment.allSatisfy(\.isFinite) else { throw AttributionFailure(.notFinite) }
    let count = min(width, most)
    let eigen = try SymmetricEigen(of: moment, width: width, count: count)
    var values = [Float](repeating: 0, count: width * count)
    for (column, vector) in eigen.vectors.enumerated() {
      for row in 0..<width { values[row * count + column] = vector[row] }
    }
    return Directions(width: width, count: count, values: values)
  }
}
