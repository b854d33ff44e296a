public import CanonicalCoding
internal import Cryptography
public import Primitives

/// A text with the salt that hides its digest: what an answer or a prompt is opened by.
public struct SaltedText: Hashable, CanonicalCodable {
  public var salt: Digest
  public var text: [UInt8]

  public init(salt: Digest, text: [UInt8]) {
    self.salt = salt
    self.text = text
  }

  /// What a receipt says of the text.
  public var digest: Digest { Digest(domain: "whence/text", hashing: salt.bytes + text) }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(salt)
    encoder.encode(bytes: text)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    salt = try decoder.decode()
    text = try decoder.bytes(atMost: SpanLimits.longestText)
  }
}

/// A Datanet's record with the salt that hides its digest.
public struct OpenedText: Hashable, CanonicalCodable {
  /// Bytes of UTF-8.
  public static let longestTerm = 128
  /// Bytes of UTF-8, of the question and of the answer.
  public static let longestText = 4096

  public var salt: Digest
  public var term: String
  public var question: String
  public var answer: String

  public init(salt: Digest, term: String, question: String, answer: String) {
    self.salt = salt
    self.term = term
    self.question = question
    self.answer = answer
  }

  /// What every index, receipt and statement calls the record.
  public var digest: Digest { Digest(domain: "whence/record", hashing: canonicalBytes) }

  /// What spans are looked for in: all of it, line by line.
  public var spanText: String { "\(term)\n\(question)\n\(answer)" }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(salt)
    encoder.encode(text: term)
    encoder.encode(text: question)
    encoder.encode(text: answer)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    salt = try decoder.decode()
    term = try decoder.text(atMost: Self.longestTerm)
    question = try decoder.text(atMost: Self.longestText)
    answer = try decoder.text(atMost: Self.longestText)
  }

  /// Compares bytes: two spellings that Unicode calls equivalent are two records.
  public static func == (lhs: OpenedText, rhs: OpenedText) -> Bool {
    lhs.canonicalBytes == rhs.canonicalBytes
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(canonicalBytes) }
}
