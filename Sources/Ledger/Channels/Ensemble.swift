public import CanonicalCoding
public import Primitives

/// One of several adapters that answer together, and its weight among them.
///
/// Of an answer's tokens each adapter is paid for a part, weight by the sum of weights, at its own rates
/// and by an order of its own; so is each one's influence measured, and divided among its own
/// contributors.
public struct EnsemblePart: Hashable, CanonicalCodable {
  /// How many may answer together.
  public static let mostParts = 8
  /// Of every encoding.
  static let byteCount = 36

  public var adapter: Identifier<Adapter>
  /// From 1; what counts is its part of the sum.
  public var weight: UInt32

  public init(adapter: Identifier<Adapter>, weight: UInt32) {
    self.adapter = adapter
    self.weight = weight
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(adapter)
    encoder.encode(weight)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
    weight = try decoder.integer()
  }
}

extension Order {
  /// The part of each token that this order pays for, as a fraction; `of` is zero if the ensemble is none:
  /// at least two adapters, strictly sorted, each with a weight, the order's own among them.
  public var share: (weight: UInt128, of: UInt128) {
    guard !ensemble.isEmpty else { return (1, 1) }
    guard ensemble.count > 1, ensemble.allSatisfy({ $0.weight > 0 }),
      ensemble.isStrictlySorted(by: \.adapter),
      let own = ensemble.first(where: { $0.adapter == adapter })
    else { return (0, 0) }
    return (UInt128(own.weight), ensemble.reduce(0) { $0 + UInt128($1.weight) })
  }
}

extension StateReader {
  /// Whether an order's adapter answers alone, or together with adapters of the same base model.
  func namesEnsemble(_ order: Order) -> Bool {
    guard order.share.of > 0 else { return false }
    let bases = order.ensemble.map { part in
      adapter(part.adapter).flatMap { run($0.offer.run) }?.claim.baseModel
    }
    return bases.allSatisfy { $0 != nil && $0 == bases[0] }
  }
}
