/// A key of state as a run of bytes, to be hashed and compared a word at a time.
package struct KeyBytes: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package func hash(into hasher: inout Hasher) {
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  package static func == (lhs: KeyBytes, rhs: KeyBytes) -> Bool {
    lhs.bytes.count == rhs.bytes.count && lhs.bytes.order(to: rhs.bytes) == 0
  }
}

extension [UInt8] {
  /// Whether this comes before `other` in the order of bytes.
  func precedes(_ other: [UInt8]) -> Bool { order(to: other) < 0 }

  /// Below zero if this comes before `other`, above if behind, zero if they are equal.
  fileprivate func order(to other: [UInt8]) -> Int {
    unsafe withUnsafeBytes { mine in
      unsafe other.withUnsafeBytes { theirs in
        let shared = Swift.min(mine.count, theirs.count)
        var offset = 0
        while offset + 8 <= shared {
          let left = unsafe mine.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          let right = unsafe theirs.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          if left != right { return left.bigEndian < right.bigEndian ? -1 : 1 }
          offset += 8
        }
        while offset < shared {
          let (left, right) = unsafe (mine[offset], theirs[offset])
          if left != right { return left < right ? -1 : 1 }
          offset += 1
        }
        return mine.count - theirs.count
      }
    }
  }
}
