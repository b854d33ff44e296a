internal import Cryptography
public import Primitives

/// Several adapters that answer together, each with a part of the whole by its weight.
///
/// Every map of the base model is changed by Σ wᵢ/W · factorᵢ · Bᵢ Aᵢ. The ranks stand side by side, so
/// that decoders gather an ensemble like one adapter; nothing is merged into anything.
public struct AdapterEnsemble: Hashable, Sendable {
  public struct Part: Hashable, Sendable {
    public let adapter: Digest
    public let weight: UInt32

    public init(adapter: Digest, weight: UInt32) {
      self.adapter = adapter
      self.weight = weight
    }
  }

  public static let mostParts = 8

  /// By rising digest: however they are listed, the same ensemble has the same bits.
  public let parts: [Part]

  /// - Throws: ``ModelFailure`` with `inputInvalid` for none or too many, a weight of zero, or one
  ///   adapter twice.
  public init(_ parts: [Part]) throws(ModelFailure) {
    guard (1...Self.mostParts).contains(parts.count), parts.allSatisfy({ $0.weight > 0 }),
      Set(parts.map(\.adapter)).count == parts.count
    else {
      throw ModelFailure(
        .inputInvalid,
        "an ensemble has 1 to \(Self.mostParts) different adapters with weights above zero")
    }
    self.parts = parts.sorted { $0.adapter < $1.adapter }
  }

  /// The content's digest, as of any adapter.
  public var name: Digest {
    Digest(
      domain: "whence.ensemble",
      hashing: parts.flatMap { part in
        part.adapter.bytes + (0..<4).map { UInt8(truncatingIfNeeded: part.weight >> (8 * $0)) }
      })
  }
}

extension LoRAAdapter {
  /// Adapters as one, with their ranks side by side.
  ///
  /// The largest factor stays a factor and the others go into B, so that rounding to halves loses
  /// little.
  /// - Throws: ``ModelFailure`` with `adapterMismatch` if they are of different models, or
  ///   `adapterUnsupported` if their ranks together are more than an adapter may have.
  public init(
    ensemble parts: [(adapter: LoRAAdapter, weight: UInt32)]
  ) throws(ModelFailure) {
    guard let configuration = parts.first?.adapter.configuration,
      parts.allSatisfy({ $0.adapter.configuration == configuration })
    else { throw ModelFailure(.adapterMismatch, "an ensemble of different models' adapters") }
    let rank = parts.reduce(0) { $0 + $1.adapter.rank }
    guard rank <= Settings.rankLimit else {
      throw ModelFailure(
        .adapterUnsupported, "the ensemble's ranks sum to \(rank), above \(Settings.rankLimit)")
    }
    let whole = parts.reduce(0) { $0 + UInt64($1.weight) }
    let factors = parts.map {
      $0.adapter.alpha / Float($0.adapter.rank) * (Float($0.weight) / Float(whole))
    }
    let largest = factors.map(abs).max() ?? 0
    let common = largest > 0 ? largest : 1
    var (down, up): ([[Float]], [[Float]]) = ([], [])
    for index in 0..<configuration.linearCount {
      down.append(parts.flatMap { $0.adapter.down[index] })
      var rows: [Float] = []
      let outputs = parts[0].adapter.up[index].count / parts[0].adapter.rank
      rows.reserveCapacity(outputs * rank)
      for output in 0..<outputs {
        for (part, factor) in zip(parts, factors) {
          let own = part.adapter.rank
          let row = part.adapter.up[index][output * own..<(output + 1) * own]
          for value in row { rows.append(value * (factor / common)) }
        }
      }
      up.append(rows)
    }
    try self.init(
      configuration: configuration, rank: rank, alpha: common * Float(rank), down: down, up: up)
  }
}
