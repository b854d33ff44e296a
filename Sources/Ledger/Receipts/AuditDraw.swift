internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// Which receipts of a batch are audited, and by whom: drawn by a header that came after the batch,
/// so that its server can't know beforehand (DESIGN section 3).
public struct AuditDraw: Hashable, Sendable {
  /// The auditors of one audited receipt.
  public static let auditorsEach = 3

  let batch: Identifier<Batch>
  let seed: Digest
  /// The part of receipts that is audited.
  let rate: Share
  /// Verifiers who may audit, sorted.
  let eligible: [Identifier<Account>]

  /// The auditors of the receipt at an index, sorted; none if it is not audited.
  ///
  /// Cost: one hash, and for an audited receipt one more for each verifier.
  public func auditors(ofReceipt index: UInt32) -> [Identifier<Account>] {
    guard isAudited(index) else { return [] }
    let ranked = eligible.map { account in
      (account: account, rank: digest("whence/auditor", index, account))
    }
    return ranked.sorted { $0.rank < $1.rank }.prefix(Self.auditorsEach).map(\.account).sorted()
  }

  /// The number that the hash begins with lies in the rate's part of all numbers.
  private func isAudited(_ index: UInt32) -> Bool {
    let drawn = digest("whence/audit", index, nil).bytes.prefix(8).reduce(UInt128(0)) {
      $0 << 8 | UInt128($1)
    }
    return drawn * UInt128(Share.whole.partsPerBillion)
      < UInt128(rate.partsPerBillion) << 64
  }

  private func digest(
    _ domain: String, _ index: UInt32, _ account: Identifier<Account>?
  ) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(seed)
    encoder.encode(batch)
    encoder.encode(index)
    if let account { encoder.encode(account) }
    return Digest(domain: domain, hashing: encoder.bytes)
  }
}

extension StateReader {
  /// The draw of an open batch's auditors; nil before it is drawn, and once the batch has ended.
  ///
  /// Who may audit: verifiers registered before the batch, not retiring, with a whole bond, and
  /// neither its server nor a payer of it.
  public func auditDraw(of batch: Identifier<Batch>) -> AuditDraw? {
    guard let settled = self.batch(batch), settled.status == .open, let seed = settled.auditSeed,
      let parameters = record(.parameters)
    else { return nil }
    var parties: Set = [settled.server]
    for draw in settled.draws.map(\.draw) {
      if let channel = channel(draw.channel) { parties.insert(channel.payer) }
    }
    let eligible = verifiers().filter { account, verifier in
      verifier.registeredAt < settled.settledAt && verifier.retires == nil
        && balance(of: .verifierBond(account)) >= parameters.disputes.verifierBond
        && !parties.contains(account)
    }
    return AuditDraw(
      batch: batch, seed: seed, rate: parameters.receipts.auditRate,
      eligible: eligible.map(\.account))
  }
}

extension LedgerState {
  /// Keeps the header's digest by which an open batch's auditors are drawn.
  mutating func drawAuditors(of id: Identifier<Batch>) {
    guard var batch = batch(id), batch.status == .open else { return }
    batch.auditSeed = lottery
    set(.batch(id), to: batch)
    emit(.auditorsDrawn, id.digest)
  }

  /// Whether somebody may demand a receipt of an open batch in the open: anybody a public one; a
  /// private one its payer, who must not lose it, and its auditors.
  func mayDemand(
    receipt index: UInt32, of batch: Identifier<Batch>, showing order: OpenedOrder?,
    _ account: Identifier<Account>
  ) -> Bool {
    guard let record = self.batch(batch) else { return false }
    if let order, order.opened.proof.leafIndex == UInt64(index), order.order.order.isPublic {
      return order.opened.stands(in: record) && order.opened.leaf.order == order.order.digest
    }
    if let draw = record.draw(ofLeaf: UInt64(index))?.record.draw,
      channel(draw.channel)?.payer == account
    {
      return true
    }
    return auditDraw(of: batch)?.auditors(ofReceipt: index).contains(account) ?? false
  }
}
