import Primitives
import Tensors
import Testing

@Suite struct StoredFormatTests {
  private func decode(
    _ bytes: [UInt8], _ format: StoredFormat, columns: Int = 32
  ) throws -> [Float] {
    try Tensor(stored: unsafe bytes.span.bytes, as: format, rows: 1, columns: columns).floats()
  }

  /// One and a half as fp16.
  private let scale: [UInt8] = [0x00, 0x3e]
  /// Nibbles: byte i holds i low and 15 − i high.
  private let nibbles: [UInt8] = (0..<16).map { $0 | (15 - $0) << 4 }

  @Test func `four-bit values are scaled around eight`() throws {
    let low = (0..<16).map { 1.5 * (Float($0) - 8) }
    let high = (0..<16).map { 1.5 * (Float(15 - $0) - 8) }
    #expect(try decode(scale + nibbles, .q4_0) == low + high)
  }

  @Test func `four-bit values with a minimum start there`() throws {
    let minimum: [UInt8] = [0x00, 0xc0]  // −2
    let low = (0..<16).map { 1.5 * Float($0) - 2 }
    let high = (0..<16).map { 1.5 * Float(15 - $0) - 2 }
    #expect(try decode(scale + minimum + nibbles, .q4_1) == low + high)
  }

  @Test func `eight-bit values are signed`() throws {
    let bytes = (0..<32).map { UInt8(bitPattern: Int8($0 * 8 - 128)) }
    #expect(try decode(scale + bytes, .q8_0) == (0..<32).map { 1.5 * Float($0 * 8 - 128) })
  }

  @Test func `halves include zero, subnormals and infinity`() throws {
    let bytes: [UInt8] = [0x00, 0x80, 0x01, 0x00, 0xff, 0x03, 0x00, 0x7c, 0xff, 0x7b, 0x55, 0xb5]
    let values = try decode(bytes, .float16, columns: 6)
    let patterns: [UInt16] = [0x8000, 0x0001, 0x03ff, 0x7c00, 0x7bff, 0xb555]
    #expect(values == patterns.map { Float(Float16(bitPattern: $0)) })
    #expect(values[0].sign == .minus)
  }

  @Test func `bytes that aren't exactly the rows are refused`() {
    for count in [0, 17, 19, 36] {
      #expect(throws: TensorFailure.self) {
        try decode([UInt8](repeating: 0, count: count), .q4_0)
      }
    }
    #expect(StoredFormat.q4_0.rowByteCount(columns: 31) == nil)
    #expect(StoredFormat.float32.rowByteCount(columns: 31) == 124)
  }

  @Test(arguments: [StoredFormat.q4_0, .q4_1, .q8_0])
  func `a product with stored rows equals one with decoded rows`(format: StoredFormat) throws {
    let (rows, columns) = (5, 96)
    let rowBytes = try #require(format.rowByteCount(columns: columns))
    var generator = SeededGenerator(seed: 8)
    var bytes = (0..<rows * rowBytes).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let blockBytes = rowBytes / 3
    for block in 0..<3 * rows {  // scales and minima between 0.5 and 2, either sign
      for high in format == .q4_1 ? [1, 3] : [1] {
        bytes[block * blockBytes + high] = bytes[block * blockBytes + high] & 0x83 | 0x38
      }
    }
    let x = try Tensor.drawn([1, columns], seed: 9)
    let decoded = try Tensor(
      stored: unsafe bytes.span.bytes, as: format, rows: rows, columns: columns)
    // Without our kernels there is nothing to compare.
    guard TensorRuntime.hasOwnKernels else { return }
    let kept = try #require(
      try StoredMatrix(unsafe bytes.span.bytes, as: format, rows: rows, columns: columns))

    let expected = try x.matmul(decoded.transposed()).floats()
    expectClose(try kept.product(withRow: x).floats(), expected, within: 1e-5)
    let reordered = try kept.rows([4, 0]).product(withRow: x).floats()
    expectClose(reordered, [expected[4], expected[0]], within: 1e-5)
    #expect(throws: TensorFailure.self) { try kept.product(withRow: decoded) }
  }
}
