internal import Primitives
internal import Tensors

/// A low-rank adapter of all linear maps: each adds (alpha / rank) · B A x to its output.
///
/// Rows and columns are Hugging Face's, so that the PEFT library reads its files.
public struct LoRAAdapter: Hashable, Sendable {
  public let configuration: LlamaConfiguration
  public let rank: Int
  public let alpha: Float
  /// By ``LinearPosition/index``: [rank, in], row-major.
  public let down: [[Float]]
  /// By ``LinearPosition/index``: [out, rank], row-major.
  public let up: [[Float]]

  /// - Throws: ``ModelFailure`` with `adapterMismatch` if the sizes aren't the model's.
  public init(
    configuration: LlamaConfiguration, rank: Int, alpha: Float, down: [[Float]], up: [[Float]]
  ) throws(ModelFailure) {
    guard rank > 0, alpha.isFinite, down.count == configuration.linearCount,
      up.count == configuration.linearCount
    else { throw ModelFailure(.adapterMismatch, "the adapter does not cover the model") }
    for position in LinearPosition.all(configuration) {
      guard down[position.index].count == rank * position.kind.inputWidth(configuration),
        up[position.index].count == rank * position.kind.outputWidth(configuration)
      else { throw ModelFailure(.adapterMismatch, "layer \(position.layer) has other sizes") }
    }
    self.configuration = configuration
    self.rank = rank
    self.alpha = alpha
    self.down = down
    self.up = up
  }

  /// A fresh adapter, which changes nothing yet: A uniform in ±1/√in drawn from `seed`, B zero.
  public init(fresh configuration: LlamaConfiguration, rank: Int, alpha: Float, seed: UInt64) {
    precondition(rank > 0, "a rank of zero adapts nothing")
    var generator = SeededGenerator(seed: seed)
    var down: [[Float]] = []
    var up: [[Float]] = []
    for position in LinearPosition.all(configuration) {
      let inputs = position.kind.inputWidth(configuration)
      let bound = 1 / Float(inputs).squareRoot()
      down.append((0..<rank * inputs).map { _ in bound * generator.nextSymmetric() })
      up.append([Float](repeating: 0, count: rank * position.kind.outputWidth(configuration)))
    }
    self.configuration = configuration
    self.rank = rank
    self.alpha = alpha
    self.down = down
    self.up = up
  }

  public var parameterCount: Int { (down + up).reduce(0) { $0 + $1.count } }
}

extension SeededGenerator {
  /// A number in [−1, 1) with 24 random bits: exact in single precision on every machine.
  mutating func nextSymmetric() -> Float { Float(Int32(next() >> 40) - 1 << 23) / Float(1 << 23) }
}

/// An adapter as tensors.
struct AdapterTensors {
  let down: [Tensor]  // [rank, in]
  let up: [Tensor]  // [out, rank]
  let scale: Float

  init(down: [Tensor], up: [Tensor], scale: Float) {
    self.down = down
    self.up = up
    self.scale = scale
  }

  init(_ adapter: LoRAAdapter) throws {
    let positions = LinearPosition.all(adapter.configuration)
    down = try positions.map {
      try Tensor(
        adapter.down[$0.index],
        shape: [adapter.rank, $0.kind.inputWidth(adapter.configuration)])
    }
    up = try positions.map {
      try Tensor(
        adapter.up[$0.index],
        shape: [$0.kind.outputWidth(adapter.configuration), adapter.rank])
    }
    scale = adapter.alpha / Float(adapter.rank)
  }

  func output(of input: Tensor, at index: Int) throws -> Tensor {
    // Scaled while it is narrow.
    try (input.matmul(down[index].transposed()) * scale).matmul(up[index].transposed())
  }
}
