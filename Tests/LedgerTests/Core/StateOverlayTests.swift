import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct StateOverlayTests {
  @Test(arguments: UInt64(0)..<100)
  func `overlays on overlays read as one map`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var expected: [[UInt8]: [UInt8]] = [:]
    func write(_ set: ([UInt8]?, [UInt8]) -> Void) {
      for _ in 0..<generator.next(below: 30) {
        let key = [UInt8(generator.next(below: 3)), UInt8(generator.next(below: 12))]
        let value = generator.next(below: 3) == 0 ? nil : [UInt8(generator.next(below: 250))]
        expected[key] = value
        set(value, key)
      }
    }
    var base = InMemoryState()
    write { base.apply([StateWrite(key: $1, value: $0)]) }
    var lower = StateOverlay(over: base)
    write { lower.set($0, at: $1) }
    var upper = StateOverlay(over: lower)
    write { upper.set($0, at: $1) }

    for limit in [0, 1, 3, .max] {
      for after: [UInt8]? in [nil, [1], [1, 5], [2]] {
        let wanted = expected.filter { $0.key[0] == 1 }
          .filter { after == nil || after.map($0.key.lexicographicallyPrecedes) == false }
          .filter { $0.key != after }
          .sorted { $0.key.lexicographicallyPrecedes($1.key) }
          .map { StateEntry(key: $0.key, value: $0.value) }
        #expect(
          upper.entries(withPrefix: [1], after: after, limit: limit)
            == Array(wanted.prefix(limit)), "seed \(seed)")
      }
    }
    for key in expected.keys { #expect(upper.value(at: key) == expected[key]) }
    base.apply(lower.writes)
    base.apply(upper.writes)
    #expect(
      base.entries(withPrefix: [], after: nil, limit: .max).count == expected.count)
  }
}
