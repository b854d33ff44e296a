internal import CDecoder
internal import Foundation

/// A model's frozen weights in the order in which decoders multiply them; any count of decoders
/// shares them.
///
/// `@unchecked Sendable`: nothing writes to the weights once `init` has returned.
@safe public final class DecoderModel: @unchecked Sendable {
  public let configuration: LlamaConfiguration
  let handle: OpaquePointer  // unsafe by type; freed once, in deinit

  /// Reads a file's weights.
  ///
  /// Integers stay as they are stored, and so do their scales: nothing is rounded. Takes as many
  /// bytes as the file; formats whose scales have scales take 6 bits a weight for 4, else 10 or 12.
  /// - Throws: ``ModelFailure`` with `modelCorrupt`, `modelUnsupported` or `outOfMemory`.
  public init(_ file: GGUFFile) throws {
    let configuration = try LlamaConfiguration(file)
    self.configuration = configuration
    let shape = cdecoder_shape(
      layers: Int32(configuration.layerCount), width: Int32(configuration.width),
      inner_width: Int32(configuration.innerWidth), heads: Int32(configuration.headCount),
      key_heads: Int32(configuration.keyHeadCount), head_width: Int32(configuration.headWidth),
      vocabulary: Int32(configuration.vocabularySize), norm_epsilon: configuration.normEpsilon,
      rotates_neighbours: false)
    unsafe handle = try Decoding.newHandle { slot in
      unsafe withUnsafePointer(to: shape) { shape in
        unsafe cdecoder_model_create(slot, shape, configuration.rotationFrequencies)
      }
    }
    try load(file)
  }

  deinit { unsafe cdecoder_model_destroy(handle) }

  /// The bytes of all matrices.
  public var byteCount: Int { unsafe cdecoder_model_bytes(handle) }

  /// A number that any change of any weight changes.
  public var checksum: UInt64 { unsafe cdecoder_model_checksum(handle) }

  // MARK: - Loading

  private func load(_ file: GGUFFile) throws {
    let width = configuration.width
    try set(CDECODER_EMBEDDING, named: "token_embd.weight", of: file)
    if file.tensors["output.weight"] != nil {
      try set(CDECODER_HEAD, named: "output.weight", of: file)
    }
    try set(CDECODER_FINAL_NORM, named: "output_norm.weight", count: width, of: file)
    for layer in 0..<configuration.layerCount {
      for kind in LinearKind.allCases {
        // Rows as adapters of the PEFT library expect them, so halves form the pairs.
        try set(
          cdecoder_matrix(UInt32(kind.rawValue)), layer,
          named: "blk.\(layer).\(kind.storedName).weight",
          order: LlamaModel.restoredRows(kind, configuration), of: file)
      }
      try set(
        CDECODER_ATTENTION_NORM, layer, named: "blk.\(layer).attn_norm.weight", count: width,
        of: file)
      try set(
        CDECODER_FEED_FORWARD_NORM, layer, named: "blk.\(layer).ffn_norm.weight", count: width,
        of: file)
    }
  }

  private func set(
    _ matrix: cdecoder_matrix, _ layer: Int = 0, named name: String, order: [Int32]? = nil,
    of file: GGUFFile
  ) throws {
    guard let info = file.tensors[name], info.shape.count == 2 else {
      throw ModelFailure(.modelCorrupt, "no matrix \(name)")
    }
    guard order == nil || order?.count == info.shape[0] else {
      throw ModelFailure(.modelCorrupt, "\(name) has shape \(info.shape)")
    }
    let status = unsafe file.withStored(info) { bytes -> cdecoder_status in
      guard let start = bytes.baseAddress else { return CDECODER_BAD_ARGUMENT }
      func call(_ order: UnsafePointer<Int32>?) -> cdecoder_status {
        var stored = unsafe cdecoder_stored(
          format: info.type, bytes: start, byte_count: bytes.count, rows: Int32(info.shape[0]),
          columns: Int32(info.shape[1]), order: order)
        return unsafe cdecoder_model_set_matrix(handle, matrix, Int32(layer), &stored)
      }
      guard let order else { return call(nil) }
      return unsafe order.withUnsafeBufferPointer { unsafe call($0.baseAddress) }
    }
    try Decoding.check(status, .modelCorrupt)
  }

  private func set(
    _ vector: cdecoder_vector, _ layer: Int = 0, named name: String, count: Int, of file: GGUFFile
  ) throws {
    guard let values = try file.floats(name), values.count == count else {
      throw ModelFailure(.modelCorrupt, "no vector \(name) of \(count)")
    }
    try Decoding.check(
      unsafe cdecoder_model_set_vector(handle, vector, Int32(layer), values, values.count),
      .modelCorrupt)
  }
}

extension LlamaConfiguration {
  /// Radians a position, for each pair of dimensions of a head.
  var rotationFrequencies: [Float] {
    (0..<headWidth / 2).map { pair in
      Float(pow(Double(rotationBase), -2 * Double(pair) / Double(headWidth)))
    }
  }
}

/// What crossing the border takes.
enum Decoding {
  static func check(
    _ status: cdecoder_status, _ code: ModelFailure.Code
  ) throws(ModelFailure) {
    guard status != CDECODER_OK else { return }
    throw ModelFailure(
      status == CDECODER_OUT_OF_MEMORY ? .outOfMemory : code,
      unsafe String(cString: cdecoder_last_error()))
  }

  /// Runs a call that writes one new handle.
  static func newHandle(
    or code: ModelFailure.Code = .modelCorrupt,
    _ call: (UnsafeMutablePointer<OpaquePointer?>) -> cdecoder_status
  ) throws(ModelFailure) -> OpaquePointer {
    var handle: OpaquePointer?
    try check(unsafe call(&handle), code)
    guard let handle = unsafe handle else {
      throw ModelFailure(code, "the decoder returned no handle")
    }
    return unsafe handle
  }
}
