internal import Foundation
internal import Primitives

/// Public text to look for spans in: the glosses of WordNet, in records as long as a Datanet's.
struct SpanCorpus {
  let texts: [String]

  /// Bytes of a record's text.
  private static let longest = 4_096

  /// Reads `data.noun` and its sisters.
  /// - Parameters:
  ///   - folder: where they lie.
  ///   - most: bytes of text to stop at.
  init(wordNet folder: String, atMost most: Int) throws {
    var texts: [String] = []
    var text = ""
    var size = 0
    for part in ["noun", "verb", "adj", "adv"] where size < most {
      let file = try String(contentsOfFile: "\(folder)/data.\(part)", encoding: .utf8)
      for line in file.split(separator: "\n") where size < most {
        guard let bar = line.firstRange(of: " | ") else { continue }
        let gloss = line[bar.upperBound...].trimmingCharacters(in: .whitespaces)
        if text.utf8.count + gloss.utf8.count >= Self.longest {
          texts.append(text)
          size += text.utf8.count
          text = ""
        }
        text += text.isEmpty ? gloss : "\n" + gloss
      }
    }
    self.init(texts: texts)
  }

  init(texts: [String]) { self.texts = texts }

  var byteCount: Int { texts.reduce(0) { $0 + $1.utf8.count } }

  /// The same with copies of drawn texts put in, until a fifth of all are copies.
  func withCopies(_ generator: inout SeededGenerator) -> SpanCorpus {
    let copies = (0..<texts.count / 4).map { _ in
      texts[Int(generator.next(below: UInt64(texts.count)))]
    }
    return SpanCorpus(texts: generator.shuffled(texts + copies))
  }

  /// An answer of about `length` bytes: passages of 60 to 200 bytes, and words of other places
  /// between them.
  func answer(ofBytes length: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    var answer: [UInt8] = []
    while answer.count < length {
      let passage = 60 + Int(generator.next(below: 140))
      answer += piece(of: passage, &generator)
      let end = answer.count + passage
      while answer.count < end {
        let words = piece(of: 24, &generator).split(separator: UInt8(ascii: " "))
        answer += (words.dropFirst().first ?? []) + [UInt8(ascii: " ")]
      }
    }
    return Array(answer.prefix(length))
  }

  private func piece(of length: Int, _ generator: inout SeededGenerator) -> ArraySlice<UInt8> {
    let text = Array(texts[Int(generator.next(below: UInt64(texts.count)))].utf8)
    let start = Int(generator.next(below: UInt64(max(1, text.count - length))))
    return text[start..<min(text.count, start + length)]
  }
}
