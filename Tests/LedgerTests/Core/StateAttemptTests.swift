import Cryptography
import Primitives
import Testing

@testable import Ledger

/// The overlay beside a dictionary that is copied whole where the overlay keeps a journal.
@Suite struct StateAttemptTests {
  @Test(arguments: UInt64(0)..<60)
  func `what an undone attempt wrote was never there, nested attempts included`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var base = InMemoryState()
    var expected: [[UInt8]: [UInt8]] = [:]
    for _ in 0..<200 {
      let (key, value) = (Self.key(&generator), [UInt8(1)])
      base.apply([StateWrite(key: key, value: value)])
      expected[key] = value
    }
    var overlay = StateOverlay(over: base)
    var open: [(mark: Int, before: [[UInt8]: [UInt8]])] = []
    for step in 0..<2000 {
      switch generator.next(below: 12) {
      case 0 where open.count < 3: open.append((overlay.beginAttempt(), expected))
      case 1:
        if open.popLast() != nil { overlay.keepAttempt() }
      case 2:
        if let last = open.popLast() {
          overlay.undoAttempt(since: last.mark)
          expected = last.before
        }
      default:
        let key = Self.key(&generator)
        let value = generator.next(below: 3) == 0 ? nil : [UInt8(generator.next(below: 250))]
        overlay.set(value, at: key)
        expected[key] = value
      }
      if step.isMultiple(of: 50) { compare(overlay, to: expected, seed: seed) }
    }
    compare(overlay, to: expected, seed: seed)
  }

  /// Of an ordered table and of one that is not, long and short, with common beginnings.
  private static func key(_ generator: inout SeededGenerator) -> [UInt8] {
    let table = generator.next(below: 2) == 0 ? StateTable.purses : .deadlines
    let name = generator.next(below: 1500)
    return [table.rawValue, 0, 0, 0, 0, 0, 0, 0, UInt8(name >> 8), UInt8(name & 255)]
      .dropLast(Int(generator.next(below: 2)))
  }

  private func compare(_ overlay: StateOverlay, to expected: [[UInt8]: [UInt8]], seed: UInt64) {
    let sorted = expected.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { StateEntry(key: $0.key, value: $0.value) }
    #expect(overlay.entries(withPrefix: [], after: nil, limit: .max) == sorted, "seed \(seed)")
    for table in [StateTable.purses, .deadlines] {
      let within = sorted.filter { $0.key[0] == table.rawValue }
      let middle = within[within.count / 2].key
      #expect(
        overlay.entries(withPrefix: [table.rawValue], after: middle, limit: 20)
          == Array(within[(within.count / 2 + 1)...].prefix(20)), "seed \(seed)")
    }
    for (key, value) in expected { #expect(overlay.value(at: key) == value, "seed \(seed)") }
    #expect(
      overlay.writes.map(\.key)
        == overlay.writes.map(\.key).sorted { $0.lexicographicallyPrecedes($1) })
  }
}
