public import CanonicalCoding
public import Primitives

// A slashed run's batches follow from what was wrong: what they brought and nobody was paid yet is
// shared anew, as the panel that slashed it found right, or else by the run's uplift.

/// What one contributor gets of the money that a run's answers brought, in proportion.
public struct PayShare: Hashable, CanonicalCodable {
  public var account: Identifier<Account>
  public var weight: UInt64

  public init(account: Identifier<Account>, weight: UInt64) {
    self.account = account
    self.weight = weight
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(account)
    encoder.encode(weight)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    account = try decoder.decode()
    weight = try decoder.decode()
  }
}

/// How a slashed run's contributors share what its answers brought and nobody was paid yet.
public struct PayShares: Hashable, CanonicalCodable {
  /// Positive, strictly sorted by account; if there is none, the run's uplift decides.
  public var shares: [PayShare]

  public init(shares: [PayShare] = []) { self.shares = shares }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: shares) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    shares = try decoder.list(atMost: Receipt.payoutMaximum)
  }
}

extension LedgerState {
  /// Divides anew what a slashed run's contributors have coming: what its batches say of them follows
  /// from what was wrong.
  mutating func repairRun(_ id: Identifier<Run>, by shares: PayShares) throws(Rejection) {
    guard let run = run(id) else { throw .model(.runNotFound) }
    set(.runRepair(id), to: shares)
    let corrected = records(
      in: .claims, prefix: run.epoch.canonicalBytes + id.canonicalBytes, named: ClaimName.self,
      as: Amount.self)
    for claim in corrected { set(.claim(claim.name), to: nil) }
    try divide(balance(of: .contributorEscrow(id)), of: id, by: shares)
  }

  /// Credits contributors with money that is in the run's escrow; of a slashed run, as it is shared
  /// now.
  mutating func credit(_ payouts: [Payout], on id: Identifier<Run>) throws(Rejection) {
    guard let run = run(id) else { throw .model(.runNotFound) }
    guard let shares = runRepair(id) else { return addClaims(payouts, on: id, epoch: run.epoch) }
    let sum = payouts.reduce(UInt128(0)) { $0 + $1.amount.baseUnits }
    try divide(Amount(baseUnits: sum), of: id, by: shares, isMetered: true)
  }

  /// Credits contributors with what a final batch of a slashed run brought.
  mutating func divideIfRepaired(_ amount: Amount, of run: Identifier<Run>) throws(Rejection) {
    guard let shares = runRepair(run) else { return }
    try divide(amount, of: run, by: shares)
  }

  private mutating func divide(
    _ amount: Amount, of id: Identifier<Run>, by shares: PayShares, isMetered: Bool = false
  ) throws(Rejection) {
    guard let run = run(id), amount > .zero else { return }
    let payouts = run.payouts(of: amount, by: shares)
    for payout in payouts where !isMetered {
      try meter(payout.amount, own: .zero, of: payout.account)
    }
    addClaims(payouts, on: id, epoch: run.epoch)
    let paid = payouts.reduce(UInt128(0)) { $0 + $1.amount.baseUnits }
    // Nobody improved the run, by its own word.
    try move(
      amount.lowered(by: Amount(baseUnits: paid)), from: .contributorEscrow(id), to: .treasury,
      for: .claimLapse)
  }
}

extension RunRecord {
  fileprivate func payouts(of amount: Amount, by shares: PayShares) -> [Payout] {
    guard !shares.shares.isEmpty,
      let parts = try? splitByLargestRemainder(
        amount, weights: shares.shares.map { UInt128($0.weight) })
    else { return payoutsByUplift(of: amount).payouts }
    return zip(shares.shares, parts).filter { $1 > .zero }.map {
      Payout(account: $0.account, amount: $1)
    }
  }

}

extension StateReader {
  /// Whether shares are positive, sorted, and of contributors to the version that a run was trained
  /// on: a lying run may not speak of all of them.
  func allows(_ shares: PayShares, of run: RunRecord) -> Bool {
    let version = run.claim.version
    let contributions = self.version(version.number, of: version.datanet)?.contributions ?? []
    let contributors = Set(contributions.compactMap { contribution($0)?.contributor })
    return shares.shares.isStrictlySorted(by: { $0.account })
      && shares.shares.allSatisfy { $0.weight > 0 && contributors.contains($0.account) }
  }

  /// How a slashed run's contributors share its money; nil for every other run.
  public func runRepair(_ run: Identifier<Run>) -> PayShares? { record(.runRepair(run)) }

  /// Whether nothing is paid of a run's money because somebody disputes it.
  func isHeld(_ run: Identifier<Run>) -> Bool { standing(of: run)?.status == .disputed }
}

extension StateKey {
  public static func runRepair(_ run: Identifier<Run>) -> StateKey<PayShares> {
    .init(.runRepairs, run)
  }

  public static func disputedShares(_ id: Identifier<Dispute>) -> StateKey<PayShares> {
    .init(.disputedShares, id)
  }
}
