/// An adapter as decoders multiply it: sixteen bits a number, in the order in which a step reads them.
struct PackedAdapter: Hashable, Sendable {
  let layout: AdapterLayout
  /// By ``LinearPosition/index``: what each map's addition is multiplied by.
  let factors: [Float]
  /// As ``AdapterLayout`` places them.
  let halves: [UInt16]

  /// Rounds an adapter's weights to half precision; what adds nothing takes no room.
  /// - Throws: ``ModelFailure`` with `adapterUnsupported` for a weight that halves don't hold.
  init(_ adapter: LoRAAdapter) throws(ModelFailure) {
    let configuration = adapter.configuration
    let ranks = LinearPosition.all(configuration).map { Self.usedRank(of: adapter, at: $0) }
    layout = AdapterLayout(configuration, ranks: ranks)
    func down(_ index: Int) -> [Float] {
      let rows = adapter.down[index]
      return ranks[index] == adapter.rank
        ? rows : Array(rows.prefix(ranks[index] * (rows.count / adapter.rank)))
    }
    func up(_ index: Int) -> [Float] {
      let (values, rank, kept) = (adapter.up[index], adapter.rank, ranks[index])
      guard kept < rank else { return values }
      return stride(from: 0, to: values.count, by: rank).flatMap { values[$0..<$0 + kept] }
    }
    halves = layout.packed(
      configuration, down: ranks.indices.map(down), up: ranks.indices.map(up))
    factors = ranks.map { _ in adapter.alpha / Float(adapter.rank) }
    // All bits of the exponent: no number, or one beyond 65,504.
    guard halves.allSatisfy({ $0 & 0x7c00 != 0x7c00 }) else {
      throw ModelFailure(
        .adapterUnsupported, "a weight of the adapter is no number or beyond half precision")
    }
  }

  /// How many leading ranks of a map are kept: up to the last that adds anything.
  private static func usedRank(of adapter: LoRAAdapter, at position: LinearPosition) -> Int {
    let (down, up) = (adapter.down[position.index], adapter.up[position.index])
    let (rank, inputs) = (adapter.rank, down.count / adapter.rank)
    return (0..<rank).last { row in
      stride(from: row, to: up.count, by: rank).contains { up[$0] != 0 }
        && down[row * inputs..<(row + 1) * inputs].contains { $0 != 0 }
    }.map { $0 + 1 } ?? 0
  }
}
