internal import ClientAPI
internal import Datanets
internal import Primitives

/// What attackers make of text: it all comes from a seed.
enum AttackText {
  /// Bytes of a document that are the question; the rest is its answer.
  static let questionLength = 16

  /// A document of the kept task as a record.
  static func record(_ document: String) throws -> InstructionRecord {
    let bytes = Array(document.utf8)
    return try InstructionRecord(
      term: "excerpt", question: text(bytes.prefix(questionLength)),
      answer: text(bytes.dropFirst(questionLength)))
  }

  /// Question and answer behind one another.
  static func document(_ record: InstructionRecord) -> String { record.question + record.answer }

  /// Changes this share of the bytes, each to another printable one.
  static func changingBytes(
    of document: String, percent: Int, by random: inout SeededGenerator
  ) -> String {
    var bytes = Array(document.utf8)
    let places = random.shuffled(Array(bytes.indices)).prefix((bytes.count * percent + 50) / 100)
    for place in places {
      let before = bytes[place]
      repeat { bytes[place] = printable(by: &random) } while bytes[place] == before
    }
    return text(bytes)
  }

  /// Changes this share of the words, at least one, each to another word of as many letters.
  static func changingWords(
    of document: String, percent: Int, by random: inout SeededGenerator
  ) -> String {
    var bytes = Array(document.utf8)
    var words: [Range<Int>] = []
    var start: Int?
    for place in 0...bytes.count {
      let isLetter = place < bytes.count && isWordByte(bytes[place])
      if isLetter, start == nil { start = place }
      if !isLetter, let first = start {
        words.append(first..<place)
        start = nil
      }
    }
    let count = max(1, (words.count * percent + 50) / 100)
    for word in random.shuffled(words).prefix(count) {
      for place in word { bytes[place] = UInt8(ascii: "a") + UInt8(random.next(below: 26)) }
    }
    return text(bytes)
  }

  /// The same bytes in a drawn order.
  static func shuffled(_ document: String, by random: inout SeededGenerator) -> String {
    text(random.shuffled(Array(document.utf8)))
  }

  /// Printable bytes without sense.
  static func random(length: Int, by random: inout SeededGenerator) -> String {
    text((0..<length).map { _ in printable(by: &random) })
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }

  private static func printable(by random: inout SeededGenerator) -> UInt8 {
    32 + UInt8(random.next(below: 95))
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}
