/// Writes a GGUF file of version 3: metadata, then tensors in single or half precision.
public struct GGUFWriter: Sendable {
  private var entries: [UInt8] = []
  private var entryCount = 0
  private var infos: [UInt8] = []
  private var tensorCount = 0
  private var data: [UInt8] = []

  public init() {}

  // MARK: - Metadata

  public mutating func metadata(_ key: String, _ value: String) { add(key, type: 8, text(value)) }

  /// - Precondition: 32 bits without a sign hold the value.
  public mutating func metadata(_ key: String, _ value: Int) {
    add(key, type: 4, words(UInt32(value)))
  }

  public mutating func metadata(_ key: String, _ value: Float) {
    add(key, type: 6, words(value.bitPattern))
  }

  public mutating func metadata(_ key: String, _ values: [String]) {
    add(key, type: 9, words(UInt32(8)) + words(UInt64(values.count)) + values.flatMap(text))
  }

  /// - Precondition: 32 bits with a sign hold each value.
  public mutating func metadata(_ key: String, _ values: [Int]) {
    let items = values.flatMap { words(Int32($0)) }
    add(key, type: 9, words(UInt32(5)) + words(UInt64(values.count)) + items)
  }

  private mutating func add(_ key: String, type: UInt32, _ value: [UInt8]) {
    entries += text(key) + words(type) + value
    entryCount += 1
  }

  // MARK: - Tensors

  /// Adds values in single precision, row by row; the outermost extent comes first.
  /// - Precondition: the shape's product is the number of values.
  public mutating func tensor(_ name: String, _ shape: [Int], _ values: [Float]) {
    add(name, shape, type: 0, count: values.count, values.flatMap { words($0.bitPattern) })
  }

  /// Adds values rounded to half precision.
  /// - Precondition: the shape's product is the number of values.
  public mutating func halfTensor(_ name: String, _ shape: [Int], _ values: [Float]) {
    add(name, shape, type: 1, count: values.count, values.flatMap { words(Float16($0).bitPattern) })
  }

  private mutating func add(
    _ name: String, _ shape: [Int], type: UInt32, count: Int, _ bytes: [UInt8]
  ) {
    precondition(shape.reduce(1, *) == count, "values and shape differ in count")
    let extents = shape.reversed().flatMap { words(UInt64($0)) }
    infos += text(name) + words(UInt32(shape.count)) + extents + words(type)
    infos += words(UInt64(data.count))
    tensorCount += 1
    data += bytes
    pad(&data)
  }

  // MARK: - The file

  public var bytes: [UInt8] {
    var file = [UInt8]("GGUF".utf8) + words(UInt32(3)) + words(UInt64(tensorCount))
    file += words(UInt64(entryCount)) + entries + infos
    pad(&file)
    return file + data
  }

  private func pad(_ bytes: inout [UInt8]) {
    while !bytes.count.isMultiple(of: 32) { bytes.append(0) }
  }

  private func words<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func text(_ text: String) -> [UInt8] { words(UInt64(text.utf8.count)) + text.utf8 }
}

extension GGUFWriter {
  /// Adds a Llama's sizes, by the names under which a file's reader looks for them.
  public mutating func metadata(_ configuration: LlamaConfiguration) {
    for (key, value) in [
      ("block_count", configuration.layerCount), ("embedding_length", configuration.width),
      ("feed_forward_length", configuration.innerWidth),
      ("attention.head_count", configuration.headCount),
      ("attention.head_count_kv", configuration.keyHeadCount),
      ("vocab_size", configuration.vocabularySize),
      ("context_length", configuration.contextLength),
    ] { metadata("llama.\(key)", value) }
    metadata("llama.rope.freq_base", configuration.rotationBase)
    metadata("llama.attention.layer_norm_rms_epsilon", configuration.normEpsilon)
  }
}
