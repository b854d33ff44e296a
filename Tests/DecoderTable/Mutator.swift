internal import Primitives

/// Changes bytes as a broken disk, a broken network or an attacker would.
public struct Mutator: Sendable {
  private var generator: SeededGenerator

  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// Returns the bytes with one to four changes.
  /// - Parameter other: where splices come from.
  public mutating func mutated(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...draw(below: 3) { change(&bytes, with: other) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8], with other: [UInt8]) {
    switch draw(below: 7) {
    case 0:
      guard !bytes.isEmpty else { return }
      bytes[draw(below: bytes.count)] ^= 1 << UInt8(draw(below: 8))
    case 1:
      guard !bytes.isEmpty else { return }
      bytes[draw(below: bytes.count)] = UInt8(draw(below: 256))
    case 2: bytes.removeLast(draw(below: bytes.count + 1))
    case 3:
      // A length that no input is long enough for, of any width and byte order.
      let width = [1, 2, 4, 8][draw(below: 4)]
      let huge: [UInt8] = [[255], [127], [0, 255], [128, 0]][draw(below: 4)]
      let start = draw(below: bytes.count + 1)
      for offset in 0..<width where start + offset < bytes.count {
        bytes[start + offset] = huge[offset % huge.count]
      }
    case 4:
      let piece = range(in: other)
      bytes.replaceSubrange(range(in: bytes), with: other[piece])
    case 5:
      let piece = bytes[range(in: bytes)]
      bytes.insert(contentsOf: piece, at: draw(below: bytes.count + 1))
    default: bytes.removeSubrange(range(in: bytes))
    }
  }

  private mutating func range(in bytes: [UInt8]) -> Range<Int> {
    let start = draw(below: bytes.count + 1)
    return start..<start + draw(below: min(64, bytes.count - start) + 1)
  }

  private mutating func draw(below bound: Int) -> Int { Int(generator.next(below: UInt64(bound))) }
}
