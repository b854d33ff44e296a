import Cryptography
import Primitives

/// The tree's definition as a program: entries by place, split bit by bit, nothing kept.
enum ReferenceTree {
  static func root(_ map: [[UInt8]: [UInt8]]) -> Digest {
    let entries = map.map { key, value in
      let place = SHA256.digest(of: key)
      let leaf = SHA256.digest(of: [0] + place.bytes + SHA256.digest(of: value).bytes)
      return (place: place, leaf: leaf)
    }.sorted { $0.place < $1.place }
    return root(entries[...], 0)
  }

  private static func root(
    _ entries: ArraySlice<(place: Digest, leaf: Digest)>, _ depth: Int
  ) -> Digest {
    guard let first = entries.first else { return .zero }
    guard entries.count > 1 else { return first.leaf }
    let zeros = entries.filter { $0.place.bytes[depth / 8] << (depth % 8) < 128 }
    let ones = entries.filter { $0.place.bytes[depth / 8] << (depth % 8) >= 128 }
    return SHA256.digest(
      of: [1] + root(zeros[...], depth + 1).bytes + root(ones[...], depth + 1).bytes)
  }
}
