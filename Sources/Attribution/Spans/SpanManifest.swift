public import CanonicalCoding
public import Primitives

/// Which shards make an index, oldest first: the one file of a ``SpanFolder`` that is replaced.
public struct SpanManifest: Hashable, Sendable {
  public let shards: [Digest]

  public init(shards: [Digest]) { self.shards = shards }

  /// The form's name, first in the file.
  static let form = "whence-spans-1"
  static let mostShards = 1 << 16
}

extension SpanManifest: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: Self.form)
    encoder.encode(list: shards)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    guard try decoder.text(atMost: Self.form.utf8.count) == Self.form else { throw .invalidValue }
    let shards = try decoder.list(of: Digest.self, atMost: Self.mostShards)
    guard Set(shards).count == shards.count else { throw .invalidValue }
    self.init(shards: shards)
  }
}
