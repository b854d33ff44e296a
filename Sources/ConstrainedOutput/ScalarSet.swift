/// A set of Unicode scalars as ranges: sorted, apart, none of them surrogates.
struct ScalarSet: Hashable, Sendable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let all = ScalarSet([0...0xd7ff, 0xe000...0x10ffff])
  static let none = ScalarSet([])

  init(_ ranges: [ClosedRange<UInt32>]) {
    var joined: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
        joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    self.ranges = joined
  }

  init(_ scalars: Unicode.Scalar...) { self.init(scalars.map { $0.value...$0.value }) }

  var isEmpty: Bool { ranges.isEmpty }

  func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }

  func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

  func intersection(_ other: ScalarSet) -> ScalarSet {
    ScalarSet(
      ranges.flatMap { range in
        other.ranges.filter { $0.overlaps(range) }.map { $0.clamped(to: range) }
      })
  }

  var complement: ScalarSet {
    var gaps: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= 0x10ffff { gaps.append(next...0x10ffff) }
    return ScalarSet(gaps).intersection(.all)
  }

  func subtracting(_ other: ScalarSet) -> ScalarSet { intersection(other.complement) }
}

extension ScalarSet {
  /// The UTF-8 forms of the set's scalars, each as a range of values for every byte.
  var byteSequences: [[ClosedRange<UInt8>]] {
    ranges.flatMap { ScalarSet.byteSequences(of: $0) }
  }

  private static let lastOfLength: [UInt32] = [0x7f, 0x7ff, 0xffff]

  private static func byteSequences(of range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    for last in lastOfLength where range.lowerBound <= last && last < range.upperBound {
      return byteSequences(of: range.lowerBound...last)
        + byteSequences(of: (last + 1)...range.upperBound)
    }
    // Where a lower byte does not run through all of its values, the byte before it must be fixed.
    for length in 1..<4 where range.upperBound > 0x7f {
      let mask: UInt32 = (1 << (6 * UInt32(length))) - 1
      guard range.lowerBound & ~mask != range.upperBound & ~mask else { continue }
      if range.lowerBound & mask != 0 {
        return byteSequences(of: range.lowerBound...(range.lowerBound | mask))
          + byteSequences(of: ((range.lowerBound | mask) + 1)...range.upperBound)
      }
      if range.upperBound & mask != mask {
        return byteSequences(of: range.lowerBound...((range.upperBound & ~mask) - 1))
          + byteSequences(of: (range.upperBound & ~mask)...range.upperBound)
      }
    }
    return [zip(bytes(range.lowerBound), bytes(range.upperBound)).map { $0...$1 }]
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
  }
}
