/// Turns tokens into text as they come, holding back bytes until their character is whole.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private var pending: [UInt8] = []

  public init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// Returns the text that became certain with this token; often empty inside an emoji.
  public mutating func append(_ token: Int32) -> String {
    pending += tokenizer.bytes(of: token)
    let held = StreamingDecoder.incompleteSuffix(of: pending)
    defer { pending.removeFirst(pending.count - held) }
    return String(decoding: pending.dropLast(held), as: UTF8.self)
  }

  /// Returns what is left, with U+FFFD for a character that never became whole.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// The number of last bytes that begin a character without ending it: at most three.
  private static func incompleteSuffix(of bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let byte = bytes[bytes.count - length]
      if byte & 0b1100_0000 == 0b1000_0000 { continue }
      let needed =
        switch byte {
        case 0b1100_0000...0b1101_1111: 2
        case 0b1110_0000...0b1110_1111: 3
        case 0b1111_0000...0b1111_0111: 4
        default: 1
        }
      return needed > length ? length : 0
    }
    return 0
  }
}
