public import CanonicalCoding
public import Primitives

/// What others may do with a work.
public enum Licence: Hashable, Sendable {
  public static let identifierMaximum = 64

  /// An SPDX identifier, such as `CC-BY-4.0`, or a reference such as `LicenseRef-Mixed`.
  case spdx(String)
  /// SHA-256 of the terms' own text.
  case custom(Digest)

  /// Whether an SPDX identifier is made of what SPDX makes them: ASCII letters and digits, `.`, `-`
  /// and `+`, with a letter or digit first.
  public var isWellFormed: Bool {
    guard case .spdx(let name) = self else { return true }
    func isWord(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
    let marks = Array(".-+".utf8)
    guard let first = name.utf8.first, isWord(first) else { return false }
    return name.utf8.allSatisfy { isWord($0) || marks.contains($0) }
  }
}

extension Licence: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "spdx", "custom",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .spdx(let name):
      encoder.encode(tag: 1)
      encoder.encode(text: name)
    case .custom(let terms):
      encoder.encode(tag: 2)
      encoder.encode(terms)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .spdx(try decoder.text(atMost: Licence.identifierMaximum))
    case 2: self = .custom(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

extension Licence: CustomStringConvertible {
  public var description: String {
    switch self {
    case .spdx(let name): name
    case .custom(let terms): "custom terms \(terms)"
    }
  }
}
