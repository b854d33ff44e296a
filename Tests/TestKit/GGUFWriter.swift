internal import Primitives

/// Writes GGUF version 3 with fp32 tensors of drawn numbers.
struct GGUFWriter {
  private var entries: [[UInt8]] = []
  private var infos: [[UInt8]] = []
  private var data: [UInt8] = []
  private var generator = SeededGenerator(seed: 11)

  private func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func text(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + text.utf8 }

  private mutating func entry(_ key: String, type: UInt32, _ value: [UInt8]) {
    entries.append(text(key) + bytes(type) + value)
  }

  mutating func metadata(_ key: String, _ value: String) { entry(key, type: 8, text(value)) }
  mutating func metadata(_ key: String, _ value: Int) {
    entry(key, type: 4, bytes(UInt32(value)))
  }
  mutating func metadata(_ key: String, _ value: Float) {
    entry(key, type: 6, bytes(value.bitPattern))
  }
  mutating func metadata(_ key: String, _ values: [String]) {
    entry(key, type: 9, bytes(UInt32(8)) + bytes(UInt64(values.count)) + values.flatMap(text))
  }
  mutating func metadata(_ key: String, _ values: [Int]) {
    let items = values.flatMap { bytes(Int32($0)) }
    entry(key, type: 9, bytes(UInt32(5)) + bytes(UInt64(values.count)) + items)
  }

  mutating func tensor(_ name: String, _ shape: [Int]) {
    let extents = shape.reversed().flatMap { bytes(UInt64($0)) }
    infos.append(
      text(name) + bytes(UInt32(shape.count)) + extents + bytes(UInt32(0))
        + bytes(UInt64(data.count)))
    // Norms around one, maps of about unit gain.
    let scale = shape.count == 1 ? 0.1 : 1.7 / Float(shape[1]).squareRoot()
    for _ in 0..<shape.reduce(1, *) {
      let drawn =
        (shape.count == 1 ? 1 : 0) + scale
        * (Float(generator.next(below: 1 << 24)) / Float(1 << 23) - 1)
      data += bytes(drawn.bitPattern)
    }
    while !data.count.isMultiple(of: 32) { data.append(0) }
  }

  func file() -> [UInt8] {
    var file = [UInt8]("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(infos.count))
    file += bytes(UInt64(entries.count)) + entries.joined() + infos.joined()
    while !file.count.isMultiple(of: 32) { file.append(0) }
    return file + data
  }
}
