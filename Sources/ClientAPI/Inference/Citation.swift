public import Primitives

/// A record that an answer names by its number.
public struct Citation: Hashable, Sendable {
  /// The record's place among those retrieved, from 0; in the answer it stands as `[index + 1]`.
  public let index: Int
  public let record: Digest

  public init(index: Int, record: Digest) {
    self.index = index
    self.record = record
  }

  /// The citations that stand in a text, in the order in which they first do, each once.
  ///
  /// A number without a passage is none.
  static func all(in text: String, of passages: [Passage]) -> [Citation] {
    var found: [Citation] = []
    for part in text.utf8.split(separator: UInt8(ascii: "["), omittingEmptySubsequences: false)
      .dropFirst()
    {
      let digits = part.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard digits.count <= 2, part.dropFirst(digits.count).first == UInt8(ascii: "]"),
        let number = Int(Substring(digits)), passages.indices.contains(number - 1)
      else { continue }
      let citation = Citation(index: number - 1, record: passages[number - 1].record)
      if !found.contains(citation) { found.append(citation) }
    }
    return found
  }
}
