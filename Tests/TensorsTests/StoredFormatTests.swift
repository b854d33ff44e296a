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
}
