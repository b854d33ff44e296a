internal import Ledger
internal import Primitives

/// What the ledger's standard terms make of a fee.
enum AttackMoney {
  static let contributorsShare =
    Double(FeeSplit.standard.contributors.partsPerBillion)
    / Double(Share.whole.partsPerBillion)
}
