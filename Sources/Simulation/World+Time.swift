internal import Ledger
internal import Primitives

extension World {
  /// The next block's time: mostly soon, at times after a window, seldom after all of them.
  mutating func nextTime() -> BlockTime {
    let step: (least: UInt64, most: UInt64) =
      switch below(1000) {
      case 0..<600: (200, 1_500)
      case 600..<900: (1_500, 5_000)
      case 900..<980: (10_000, 60_000)
      case 980..<998: (120_000, 600_000)
      default: (3_600_000, 21_600_000)
      }
    let milliseconds = step.least + random.next(below: step.most - step.least)
    return BlockTime(milliseconds: chain.time.milliseconds + milliseconds)
  }

  mutating func beginBlock(at time: BlockTime) { now = time }

  /// How many transactions are tried in the next block; now and then more than it has room for.
  mutating func attemptCount() -> Int {
    isCrowded = chance(1, in: 500)
    return isCrowded ? 36 : chance(1, in: 8) ? 0 : 1 + below(12)
  }
}
