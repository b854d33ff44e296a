internal import CDecoder

/// Where the matrices of an adapter lie in its packed form, sixteen bits a number.
///
/// Layer after layer; of the maps that share an input first all A, row by row, then each B in panels
/// of eight outputs: what a step reads, it reads from front to back.
public struct AdapterLayout: Hashable, Sendable {
  struct Part: Hashable, Sendable {
    var rank: Int
    var down: Int
    var up: Int
  }

  private static let sharedInputs: [[LinearKind]] = [
    [.query, .key, .value], [.output], [.gate, .up], [.down],
  ]

  /// By ``LinearPosition/index``.
  let parts: [Part]
  /// How many 16-bit numbers the packed form has.
  public let count: Int

  /// - Parameter ranks: by ``LinearPosition/index``; zero where a map isn't adapted.
  /// - Precondition: one rank, not negative, a map.
  public init(_ configuration: LlamaConfiguration, ranks: [Int]) {
    precondition(ranks.count == configuration.linearCount && ranks.allSatisfy { $0 >= 0 })
    var parts = ranks.map { Part(rank: $0, down: 0, up: 0) }
    var count = 0
    for layer in 0..<configuration.layerCount {
      for group in Self.sharedInputs {
        let positions = group.map { LinearPosition(layer: layer, kind: $0) }
        for position in positions {
          parts[position.index].down = count
          count += ranks[position.index] * position.kind.inputWidth(configuration)
        }
        for position in positions {
          parts[position.index].up = count
          count += cdecoder_adapter_up_count(
            position.kind.outputWidth(configuration), ranks[position.index])
        }
      }
    }
    self.parts = parts
    self.count = count
  }

  /// The packed form of matrices in single precision, by ``LinearPosition/index``.
  /// - Precondition: each has its position's size.
  public func packed(
    _ configuration: LlamaConfiguration, down: [[Float]], up: [[Float]]
  ) -> [UInt16] {
    unsafe [UInt16](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = count
      guard let start = buffer.baseAddress else { return }
      for position in LinearPosition.all(configuration) {
        let part = parts[position.index]
        let (a, b) = (down[position.index], up[position.index])
        let outputs = position.kind.outputWidth(configuration)
        precondition(a.count == part.rank * position.kind.inputWidth(configuration))
        precondition(b.count == part.rank * outputs)
        unsafe cdecoder_adapter_pack_down(a, a.count, start + part.down)
        unsafe cdecoder_adapter_pack_up(b, outputs, part.rank, start + part.up)
      }
    }
  }
}

/// Packed weights that stay where they are: an array's, or part of a mapped file.
///
/// `@unchecked Sendable`: the numbers never change, and the owner only keeps them alive.
@safe public final class PackedWeights: @unchecked Sendable {
  let start: UnsafePointer<UInt16>
  let count: Int
  private let release: () -> Void

  /// Copies.
  public init(_ values: [UInt16]) {
    let memory = UnsafeMutablePointer<UInt16>.allocate(capacity: max(values.count, 1))
    unsafe memory.update(from: values, count: values.count)
    unsafe start = UnsafePointer(memory)
    count = values.count
    release = { unsafe memory.deallocate() }
  }

  /// Borrows memory until `release` is called, when nothing uses it any more.
  @unsafe public init(
    start: UnsafePointer<UInt16>, count: Int, release: @escaping @Sendable () -> Void
  ) {
    unsafe self.start = start
    self.count = count
    self.release = release
  }

  deinit { release() }
}

/// An adapter as decoders read it; mapped or copied once, used by any count of rows.
///
/// `@unchecked Sendable`: nothing changes after `init`.
@safe public final class DecoderAdapter: @unchecked Sendable {
  /// In bytes, of its weights.
  public let byteCount: Int
  let handle: OpaquePointer
  private let weights: PackedWeights

  /// - Parameter factors: by ``LinearPosition/index``, what each map's addition is multiplied by.
  /// - Throws: ``ModelFailure`` with `adapterMismatch` if layout or weights are another model's.
  public init(
    _ layout: AdapterLayout, factors: [Float], weights: PackedWeights, for model: DecoderModel
  ) throws(ModelFailure) {
    guard layout.parts.count == model.configuration.linearCount,
      factors.count == layout.parts.count
    else { throw ModelFailure(.adapterMismatch, "the adapter was made for another model") }
    let parts = zip(layout.parts, factors).map { part, factor in
      cdecoder_adapter_part(
        rank: Int32(part.rank), factor: factor, a: part.down, b: part.up)
    }
    unsafe handle = try Decoding.newHandle(or: .adapterMismatch) { slot in
      unsafe cdecoder_adapter_create(slot, model.handle, parts, weights.start, weights.count)
    }
    self.weights = weights
    byteCount = 2 * layout.count
  }

  /// Packs an adapter, rounding its weights to half precision.
  /// - Throws: ``ModelFailure`` with `adapterMismatch` if it was made for another model's sizes, or
  ///   `adapterUnsupported` for a weight that halves don't hold.
  public convenience init(
    _ adapter: LoRAAdapter, for model: DecoderModel
  ) throws(ModelFailure) {
    guard adapter.configuration == model.configuration else {
      throw ModelFailure(.adapterMismatch, "the adapter was made for another model")
    }
    let packed = try PackedAdapter(adapter)
    try self.init(
      packed.layout, factors: packed.factors, weights: PackedWeights(packed.halves), for: model)
  }

  deinit { unsafe cdecoder_adapter_destroy(handle) }
}
