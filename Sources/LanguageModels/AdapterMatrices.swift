/// One of the two matrices by which an adapter changes a linear map, seen as a small linear map of
/// its own: A takes the map's input to `rank` numbers, B takes these to the map's output.
public struct AdapterMatrix: Hashable, Sendable {
  public enum Side: Int, CaseIterable, Sendable {
    /// A: many inputs, `rank` outputs.
    case down
    /// B: `rank` inputs, many outputs.
    case up
  }

  public let position: LinearPosition
  public let side: Side

  /// Its place in per-matrix arrays: position after position, A before B.
  public var index: Int { 2 * position.index + side.rawValue }

  /// All matrices of an adapter by index.
  public static func all(_ configuration: LlamaConfiguration) -> [AdapterMatrix] {
    LinearPosition.all(configuration).flatMap { position in
      Side.allCases.map { AdapterMatrix(position: position, side: $0) }
    }
  }

  /// The matrix whose inputs are the same at every token: query, key and value read one state, gate
  /// and up another.
  public var inputSource: AdapterMatrix {
    guard side == .down else { return self }
    let kind: LinearKind =
      switch position.kind {
      case .query, .key, .value: .query
      case .gate, .up: .gate
      case .output, .down: position.kind
      }
    return AdapterMatrix(position: LinearPosition(layer: position.layer, kind: kind), side: .down)
  }

  public func inputWidth(_ configuration: LlamaConfiguration, rank: Int) -> Int {
    side == .down ? position.kind.inputWidth(configuration) : rank
  }

  public func outputWidth(_ configuration: LlamaConfiguration, rank: Int) -> Int {
    side == .down ? rank : position.kind.outputWidth(configuration)
  }
}

/// Directions that span part of a space, one a column.
public struct Directions: Hashable, Sendable {
  /// The space's dimension.
  public let width: Int
  public let count: Int
  /// [width, count], row by row.
  public let values: [Float]

  /// - Precondition: `width · count` values.
  public init(width: Int, count: Int, values: [Float]) {
    precondition(values.count == width * count, "values and shape differ in count")
    self.width = width
    self.count = count
    self.values = values
  }

  /// The first of them.
  /// - Precondition: at most ``count``.
  public func prefix(_ most: Int) -> Directions {
    precondition(most <= count, "more directions than there are")
    guard most < count else { return self }
    let kept = (0..<width).flatMap { values[$0 * count..<$0 * count + most] }
    return Directions(width: width, count: most, values: kept)
  }

  /// All of the space, along its own coordinates.
  public static func whole(_ width: Int) -> Directions {
    var values = [Float](repeating: 0, count: width * width)
    for index in 0..<width { values[index * width + index] = 1 }
    return Directions(width: width, count: width, values: values)
  }
}

/// The directions in which gradients of an adapter's matrices are measured, one pair a matrix.
public struct AdapterBasis: Hashable, Sendable {
  public struct Pair: Hashable, Sendable {
    public let input: Directions
    public let output: Directions

    public init(input: Directions, output: Directions) {
      self.input = input
      self.output = output
    }

    /// How many numbers a gradient has along these: outputs times inputs.
    public var coordinateCount: Int { input.count * output.count }
  }

  /// By ``AdapterMatrix/index``.
  public let pairs: [Pair]

  public init(pairs: [Pair]) { self.pairs = pairs }

  /// The numbers of one example's gradient: a row-major [outputs, inputs] matrix after another.
  public var coordinateCount: Int { pairs.reduce(0) { $0 + $1.coordinateCount } }

  /// Whether it was made for an adapter of these sizes.
  public func fits(_ configuration: LlamaConfiguration, rank: Int) -> Bool {
    let matrices = AdapterMatrix.all(configuration)
    return matrices.count == pairs.count
      && zip(matrices, pairs).allSatisfy { matrix, pair in
        matrix.inputWidth(configuration, rank: rank) == pair.input.width
          && matrix.outputWidth(configuration, rank: rank) == pair.output.width
      }
  }

  /// The matrices' own coordinates: gradients along these are the plain ones.
  public static func plain(_ configuration: LlamaConfiguration, rank: Int) -> AdapterBasis {
    AdapterBasis(
      pairs: AdapterMatrix.all(configuration).map { matrix in
        Pair(
          input: .whole(matrix.inputWidth(configuration, rank: rank)),
          output: .whole(matrix.outputWidth(configuration, rank: rank)))
      })
  }
}

/// Second moments of what a matrix reads and of the loss gradients of what it writes, summed over
/// tokens.
public struct MatrixMoments: Hashable, Sendable {
  /// Σ a aᵀ, [inputs, inputs]; nil if the ``AdapterMatrix/inputSource`` has it.
  public let input: [Float]?
  /// Σ b bᵀ, [outputs, outputs].
  public let output: [Float]
}
