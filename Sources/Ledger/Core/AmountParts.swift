internal import Primitives

extension Amount {
  /// ⌊self · share⌋.
  /// - Precondition: the share is at most the whole.
  func part(_ share: Share) -> Amount {
    let whole = UInt128(Share.whole.partsPerBillion)
    guard
      let part = try? scaledRoundingDown(by: UInt128(share.partsPerBillion), over: whole)
    else { preconditionFailure("a part is no larger than the whole") }
    return part
  }

  /// The rest after a part was taken.
  /// - Precondition: `part` is at most this amount.
  func minus(_ part: Amount) -> Amount { Amount(baseUnits: baseUnits - part.baseUnits) }

  /// The sum of two parts of the supply, which genesis bounds far below the largest amount.
  func addingWithinSupply(_ other: Amount) -> Amount {
    guard let sum = try? adding(other) else {
      preconditionFailure("parts of the supply sum to at most the supply")
    }
    return sum
  }
}
