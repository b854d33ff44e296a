internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// A chain whose accounts all hold the same, and transfers between them that are signed already.
struct BenchmarkChain: Sendable {
  let genesis: Genesis
  let keys: [SigningKey]

  /// Cost: one key derivation an account, about 20 µs.
  init(accounts: Int) {
    let keys = inParallel(accounts) { index in
      SigningKey(seed: SHA256.digest(of: UInt64(index).canonicalBytes).bytes)
    }.compactMap { $0 }.sorted { $0.publicKey < $1.publicKey }
    let share = Amount(baseUnits: 1_000_000_000_000_000_000_000)
    genesis = Genesis(
      name: "benchmark", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
      allocations: keys.map { Allocation(publicKey: $0.publicKey, amount: share) },
      parameters: LedgerParameters())
    self.keys = keys
  }

  /// Transfers, each from another account to a third, in the order of their sequences.
  ///
  /// - Parameter start: how many were made before.
  func transfers(_ count: Int, after start: Int = 0) -> [Transaction] {
    let chain = genesis.chain
    // A transfer without a memo has about five thousand gas.
    let fee = Amount(baseUnits: genesis.parameters.accounts.minimumGasPrice.baseUnits * 10_000)
    return inParallel(count) { offset in
      let number = start + offset
      let key = keys[number % keys.count]
      // A step prime to any count of accounts pays all of them, in no order.
      let target = keys[(number &* 7_919 &+ 13) % keys.count]
      return TransactionContent(
        chain: chain, publicKey: key.publicKey, sequence: UInt64(number / keys.count),
        fee: fee, expiry: Height(1_000_000),
        message: .transfer(
          Transfer(to: Identifier(target.publicKey), amount: Amount(baseUnits: 1), memo: ""))
      ).signed(by: key)
    }
  }
}
