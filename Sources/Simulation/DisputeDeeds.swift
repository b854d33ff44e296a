internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let disputeDeeds: [Deed] = [
    Deed(10) { $0.openDispute() },
    Deed(14) { $0.answerDispute() },
    Deed(26) { $0.commitVerdict() },
    Deed(26) { $0.revealVerdict() },
    Deed(5) { $0.registerVerifier() },
    Deed(2) { $0.retireVerifier() },
  ]
}

// MARK: - Opening and answering
extension World {
  fileprivate mutating func openDispute() -> Intent? {
    guard mayMake(.openDispute, every: 40), let claim = claim() else { return nil }
    return Intent(anyone(), .openDispute(OpenDispute(claim: claim, grounds: digest())))
  }

  private mutating func claim() -> DisputeClaim? {
    let (state, time, height) = (state, now, Height(chain.height + 1))
    switch below(4) {
    case 0, 1:
      guard let known = pick(batches, where: { state.batch($0.id)?.status == .open }) else {
        return nil
      }
      let place = below(known.contents.receipts.count)
      guard chance(1, in: 2), let receipt = known.receipt(ofLeaf: place),
        let right = otherPayouts(than: receipt)
      else {
        let before = state.batch(known.id).flatMap { known.contents.before(leaf: place, in: $0) }
        return .answer(batch: name(known.id), opened: known.opened(place), before: before)
      }
      return .query(
        batch: name(known.id), opened: known.opened(place), receipt: receipt, right: right)
    case 2:
      let isOpen: (KnownRun) -> Bool = { run in
        guard let record = state.run(run.id), state.standing(of: run.id)?.settles == true else {
          return false
        }
        return !record.challengeEnds.hasCome(at: time, height: height)
      }
      guard let run = pick(runs, where: isOpen) else { return nil }
      let pieces: [RunPiece] = [
        .row(UInt32(below(run.rows.count + (isCareless ? 9 : 0)))),
        .decoyRow(UInt32(below(run.decoys.count))), .replay, .uplift,
      ]
      let contributors = state.run(run.id)?.claim.uplift.map(\.contributor) ?? []
      let shares = Set(contributors).sorted().prefix(below(4)).map {
        PayShare(account: $0, weight: UInt64(below(9)) + (isCareless ? 0 : 1))
      }
      return pick(pieces).map {
        .run(run: name(run.id), piece: $0, right: PayShares(shares: shares))
      }
    default:
      guard
        let known = pick(
          actions,
          where: { known in
            state.agentRun(known.name).map {
              !$0.isVoid && !$0.oversightEnds.hasCome(at: time, height: height)
            } ?? false
          })
      else { return nil }
      return .action(
        AgentActionName(run: known.name, index: UInt32(below(known.contents.count))))
    }
  }

  /// Payouts that a challenger would have of a receipt: the same sum, dealt to those whom the run may
  /// pay.
  private mutating func otherPayouts(than receipt: Receipt) -> RightPayouts? {
    guard let run = state.run(receipt.run) else { return nil }
    let all = receipt.payouts.reduce(receipt.refund) { $0.plus($1.amount) }
    var payees: [Identifier<Account>] = []
    for entry in run.claim.uplift where entry.uplift > 0 && !payees.contains(entry.contributor) {
      payees.append(entry.contributor)
    }
    if isCareless, chance(1, in: 4) { payees.append(anyone()) }
    var rest = all
    var payouts: [Payout] = []
    for payee in payees.sorted() {
      let amount = Amount(baseUnits: rest.baseUnits * UInt128(below(100)) / 100)
      guard amount > .zero else { continue }
      payouts.append(Payout(account: payee, amount: amount))
      rest = rest.less(amount)
    }
    return RightPayouts(payouts: payouts, refund: rest)
  }

  fileprivate mutating func answerDispute() -> Intent? {
    let state = state
    let isWaiting: (Identifier<Dispute>) -> Bool = { id in
      guard case .answering = state.dispute(id)?.phase else { return false }
      return true
    }
    guard let id = pick(disputes, where: isWaiting), let dispute = state.dispute(id) else {
      return nil
    }
    // Some never answer: the dispute's name decides.
    guard id.digest.bytes[0] % 5 > 0 || isCareless else { return nil }
    let message = AnswerDispute(
      dispute: name(id), concedes: chance(1, in: 6), grounds: digest())
    return Intent(signer(dispute.accused), .answerDispute(message))
  }
}

// MARK: - Verdicts
extension World {
  private mutating func votedDispute() -> (id: Identifier<Dispute>, record: DisputeRecord)? {
    let state = state
    let isVoting: (Identifier<Dispute>) -> Bool = { id in
      guard case .voting = state.dispute(id)?.phase else { return false }
      return true
    }
    guard let id = pick(disputes, where: isVoting), let record = state.dispute(id) else {
      return nil
    }
    return (id, record)
  }

  fileprivate mutating func commitVerdict() -> Intent? {
    guard let (id, dispute) = votedDispute() else { return nil }
    let seats = dispute.panel.filter { isCareless || $0.commitment == nil }
    guard let verifier = pick(seats)?.verifier else { return nil }
    // Most agree with what the dispute's name says; some are lazy or bought.
    let truth: Verdict = id.digest.bytes[1] % 2 == 0 ? .sound : .faulty
    let verdict = chance(1, in: 5) ? pick(Verdict.allCases) ?? truth : truth
    let known = KnownVerdict(dispute: id, verifier: verifier, verdict: verdict, salt: digest())
    let message = CommitVerdict(
      dispute: name(id), commitment: known.reveal.commitment(verifier: verifier))
    return Intent(signer(verifier), .commitVerdict(message), .verdict(known))
  }

  fileprivate mutating func revealVerdict() -> Intent? {
    let (state, time, height) = (state, now, Height(chain.height + 1))
    let isDue: (KnownVerdict) -> Bool = { known in
      guard let dispute = state.dispute(known.dispute),
        case .voting(let commitUntil, _) = dispute.phase,
        dispute.panel.contains(where: { $0.verifier == known.verifier && $0.verdict == nil })
      else { return false }
      // One in eight never shows what it committed to.
      return commitUntil.hasCome(at: time, height: height) && known.salt.bytes[0] % 8 > 0
    }
    guard let known = pick(verdicts, where: isDue) else { return nil }
    var message = known.reveal
    if isCareless, chance(1, in: 3) { message.salt = digest() }
    return Intent(signer(known.verifier), .revealVerdict(message))
  }

  fileprivate mutating func registerVerifier() -> Intent? {
    let account = actors[24 + below(10)].account
    let record = state.verifier(account)
    let bond = state.balance(of: .verifierBond(account))
    guard record == nil || bond < Amount(thousandths: 15_000) || isCareless else { return nil }
    return Intent(
      account,
      .registerVerifier(RegisterVerifier(bond: amount(isCareless ? 0 : 10_000, 30_000))))
  }

  fileprivate mutating func retireVerifier() -> Intent? {
    guard let account = pick(state.verifiers())?.account, chance(1, in: 3) || isCareless else {
      return nil
    }
    return Intent(signer(account), .retireVerifier(RetireVerifier()))
  }
}

extension KnownVerdict {
  var reveal: RevealVerdict {
    RevealVerdict(dispute: dispute, verdict: verdict, salt: salt)
  }
}
