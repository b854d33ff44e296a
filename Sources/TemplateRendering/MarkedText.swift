/// Text as UTF-8 that remembers which of its bytes came from outside the template.
///
/// Whatever is cut out of it or joined to it keeps the marks. So whoever turns a rendering into
/// tokens can tell `<|im_end|>` of the template from the same characters in somebody's message.
struct MarkedText: Sendable {
  private(set) var bytes: [UInt8]
  /// Not empty, in order, no two touching.
  private(set) var input: [Range<Int>]
  /// Whether it went through `safe` or `escape`: what is added to it by `+` is escaped, as there.
  var isSafe = false

  init(_ bytes: some Sequence<UInt8>, isInput: Bool = false) {
    self.bytes = Array(bytes)
    input = isInput && !self.bytes.isEmpty ? [0..<self.bytes.count] : []
  }

  init(_ string: String = "", isInput: Bool = false) { self.init(string.utf8, isInput: isInput) }

  var count: Int { bytes.count }
  var isEmpty: Bool { bytes.isEmpty }
  var string: String { String(decoding: bytes, as: UTF8.self) }
  var hasInput: Bool { !input.isEmpty }

  /// - Complexity: O(n) in the bytes and marks of `other`.
  mutating func append(_ other: MarkedText) {
    let offset = bytes.count
    bytes += other.bytes
    for range in other.input {
      let moved = (range.lowerBound + offset)..<(range.upperBound + offset)
      if let last = input.last, last.upperBound == moved.lowerBound {
        input[input.count - 1] = last.lowerBound..<moved.upperBound
      } else {
        input.append(moved)
      }
    }
  }

  mutating func append(_ string: String) { bytes += string.utf8 }

  static func + (lhs: MarkedText, rhs: MarkedText) -> MarkedText {
    var sum = lhs
    sum.append(rhs)
    return sum
  }

  /// - Precondition: the range lies inside the bytes.
  subscript(range: Range<Int>) -> MarkedText {
    var part = MarkedText(bytes[range])
    for mark in input where mark.overlaps(range) {
      let clipped = mark.clamped(to: range)
      part.input.append(
        (clipped.lowerBound - range.lowerBound)..<(clipped.upperBound - range.lowerBound))
    }
    return part
  }

  /// The same marks kind, other bytes: wholly input if any of it was.
  func replaced(by string: String) -> MarkedText { MarkedText(string, isInput: hasInput) }
}

extension MarkedText: Hashable {
  static func == (lhs: MarkedText, rhs: MarkedText) -> Bool { lhs.bytes == rhs.bytes }
  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

// Characters are Unicode scalars, as Python counts them.
extension MarkedText {
  /// - Complexity: O(n).
  var scalarCount: Int { bytes.reduce(0) { $1 & 0xc0 == 0x80 ? $0 : $0 + 1 } }

  /// Where each scalar begins, and the end.
  var scalarBounds: [Int] {
    bytes.indices.filter { bytes[$0] & 0xc0 != 0x80 } + [bytes.count]
  }

  var scalars: [MarkedText] {
    let bounds = scalarBounds
    return zip(bounds, bounds.dropFirst()).map { self[$0..<$1] }
  }

  /// Where a needle begins, at or after an offset in bytes; an empty needle is found at once.
  func offset(of needle: MarkedText, from start: Int = 0) -> Int? {
    guard start + needle.count <= count else { return nil }
    guard let first = needle.bytes.first else { return start }
    var offset = start
    while offset + needle.count <= count {
      if bytes[offset] == first,
        bytes[offset..<(offset + needle.count)].elementsEqual(needle.bytes)
      {
        return offset
      }
      offset += 1
    }
    return nil
  }

  func lastOffset(of needle: MarkedText) -> Int? {
    var last: Int?
    var start = 0
    while let offset = offset(of: needle, from: start) {
      last = offset
      start = offset + 1
      if needle.isEmpty { return count }
    }
    return last
  }

  func hasPrefix(_ prefix: MarkedText) -> Bool { bytes.starts(with: prefix.bytes) }

  func hasSuffix(_ suffix: MarkedText) -> Bool {
    bytes.count >= suffix.count && bytes.suffix(suffix.count).elementsEqual(suffix.bytes)
  }

  /// Without the scalars at either end that are asked for.
  func trimmed(
    start: Bool = true, end: Bool = true, of isTrimmed: (Unicode.Scalar) -> Bool
  ) -> MarkedText {
    let view = string.unicodeScalars
    guard view.contains(where: { !isTrimmed($0) }) else { return self[0..<0] }
    var lower = 0
    var upper = count
    if start {
      lower = view.prefix { isTrimmed($0) }.reduce(0) { $0 + $1.utf8.count }
    }
    if end {
      upper -= view.reversed().prefix { isTrimmed($0) }.reduce(0) { $0 + $1.utf8.count }
    }
    return self[lower..<upper]
  }
}

extension Unicode.Scalar {
  /// What Python's `str.isspace` takes, and `\s` in its patterns.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0d, 0x1c...0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f,
      0x205f, 0x3000:
      true
    default: false
    }
  }
}
