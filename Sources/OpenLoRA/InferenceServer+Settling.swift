internal import ClientAPI
internal import Ledger
internal import Primitives
internal import Storage

extension InferenceServer {
  /// Attributes and settles answers until the task is cancelled.
  ///
  /// Runs once. An answer that the ledger rejects, or that can't be attributed, stays on disk and
  /// is reported; while the ledger or the disk fails, all are tried again at intervals.
  public func run() async throws {
    let interval =
      batches.interval > .zero ? min(claimInterval, batches.interval) : claimInterval
    async let _: Void = Self.tick(doorbell.ring, every: interval)
    for await _ in doorbell.rings {
      let isFinishRetried = try await finishWaiting()
      let isBatchRetried = try await settleFinished()
      try await lookAround()
      guard isFinishRetried || isBatchRetried else { continue }
      try await Task.sleep(for: retryInterval)
      doorbell.ring.yield()
    }
  }

  private static func tick(
    _ ring: AsyncStream<Void>.Continuation, every interval: Duration
  ) async {
    while (try? await Task.sleep(for: interval)) != nil { ring.yield() }
  }

  /// Serves what is demanded, stands by what is disputed and has contributors paid; what fails is
  /// tried again with the next tick.
  private func lookAround() async throws {
    let now = ContinuousClock.now
    if let looked, now - looked < claimInterval { return }
    looked = now
    try await attempt("demands") { try await settlement.demands.serveDue() }
    try await attempt("disputes") { try await settlement.disputes.answerDue() }
    try await attempt("claims") { try await settlement.claims.claimDue() }
    try await attempt("openings") { try await closeOpenings() }
  }

  /// Does one of the server's other duties, or reports why not.
  private func attempt(_ duty: String, _ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch {
      try Task.checkCancellation()
      report(SettlementTrouble(document: duty, cause: error, isRetried: true))
    }
  }

  /// Makes the receipts of what waits, a channel's orders by rising number.
  ///
  /// - Returns: whether something is to be tried again.
  private func finishWaiting() async throws -> Bool {
    var isRetryDue = false
    for (name, order) in waitingByUrgency {
      guard !isBatchFull else {
        // What is left is attributed for the next batch.
        doorbell.ring.yield()
        break
      }
      // Of one channel, orders of other fee terms wait for the next batch: batches of different terms
      // leave in no order of their own.
      let together = finished.values.map(\.order).filter { $0.terms == order.terms }
      guard finished[name] == nil, desk.isNext(order, after: together) else { continue }
      try Task.checkCancellation()
      do {
        let answer = try Self.answer(name, in: unsettled)
        if try await settlement.isSettled(order) {
          try finish(name)
        } else {
          try await settlement.checkSettles(order, at: clock())
          let begun = ContinuousClock.now
          finished[name] = try await receipt(of: answer)
          let taken = ContinuousClock.now - begun
          attributionTime += taken
          attributionPace.record(taken)
          finishedSince = finishedSince ?? .now
        }
      } catch {
        if try isRetried(error, of: name) { isRetryDue = true }
      }
    }
    return isRetryDue
  }

  /// What expires first comes first; of a channel's what is not next is passed over.
  var waitingByUrgency: [(key: String, value: Order)] {
    waiting.sorted {
      ($0.value.expiry, $0.value.number, $0.key) < ($1.value.expiry, $1.value.number, $1.key)
    }
  }

  private func receipt(of answer: UnsettledAnswer) async throws -> PublishedReceipt {
    let order = answer.order.order
    guard let adapter = (adapters + leaving).first(where: { $0.id == order.adapter }) else {
      throw ServingFailure(.adapterUnknown, "an answer's adapter is no longer served")
    }
    return try await settlement.receipt(for: answer, from: adapter)
  }

  /// Whether the finished receipts leave before others that are on their way: there are enough of them,
  /// the first has waited enough, or an order would soon expire.
  private var isBatchFull: Bool {
    guard let finishedSince else { return false }
    guard finished.count < batches.receiptMaximum, .now - finishedSince < batches.patience else {
      return true
    }
    let needed = attributionPace.needed(behind: 0)
    let end = clock().milliseconds + UInt64(needed / .milliseconds(1))
    return finished.values.contains { $0.order.expiry.milliseconds < end }
  }

  /// Whether they leave when no other is on its way.
  private var isBatchDue: Bool {
    guard let finishedSince else { return false }
    return isBatchFull || .now - finishedSince >= batches.interval
  }

  /// Settles the finished receipts once there are enough of them or the first has waited enough.
  ///
  /// - Returns: whether something is to be tried again.
  private func settleFinished() async throws -> Bool {
    guard isBatchDue, let since = finishedSince else { return false }
    finishedSince = nil
    // One batch has one set of fee terms; they differ only while a vote's change is new.
    let names = finished.keys.sorted()
    var isRetryDue = false
    for terms in Set(finished.values.map(\.order.terms)).sorted() {
      let group = names.filter { finished[$0]?.order.terms == terms }
      if try await settle(group[...]) { isRetryDue = true }
    }
    if !finished.isEmpty { finishedSince = since }
    return isRetryDue
  }

  /// Settles receipts as one batch; one that the ledger rejects is halved until it is clear which
  /// receipts are to blame.
  private func settle(_ names: ArraySlice<String>) async throws -> Bool {
    let (names, isRetryDue) = try await settling(names)
    return try await settleTogether(names[...]) || isRetryDue
  }

  /// Those of some answers that settle still, which is asked anew: they may have waited long.
  private func settling(_ names: ArraySlice<String>) async throws -> (names: [String], Bool) {
    var settling: [String] = []
    var isRetryDue = false
    for name in names {
      guard let order = waiting[name] else { continue }
      do {
        try await settlement.checkSettles(order, at: clock())
        settling.append(name)
      } catch {
        if try isRetried(error, of: name) { isRetryDue = true }
      }
    }
    return (settling, isRetryDue)
  }

  private func settleTogether(_ names: ArraySlice<String>) async throws -> Bool {
    guard !names.isEmpty else { return false }
    do {
      try await settlement.settle(names.compactMap { finished[$0] })
      for name in names { try finish(name) }
      return false
    } catch let failure as ServingFailure
      where failure.isOfBatch && names.count > 1
    {
      let first = try await settleTogether(names.prefix(names.count / 2))
      let second = try await settleTogether(names.dropFirst(names.count / 2))
      return first || second
    } catch {
      var isRetryDue = false
      for name in names where waiting[name] != nil {
        if try isRetried(error, of: name) { isRetryDue = true }
      }
      return isRetryDue
    }
  }

  /// Reports why an answer is not settled, and says whether it will be tried again.
  private func isRetried(_ error: any Error, of name: String) throws -> Bool {
    // What a cancelled task's calls throw says nothing of the answer.
    try Task.checkCancellation()
    var cause = error
    if (error as? ServingFailure)?.code == .settlementImpossible {
      do { try setAside(name, because: error) } catch { cause = error }
    }
    troubleCount += 1
    let isRetried = cause is ClientFailure || cause is StorageFailure
    report(SettlementTrouble(document: name, cause: cause, isRetried: isRetried))
    if isRetried {
      // It may be on the ledger all the same: looked up again before the next try.
      finished[name] = nil
    } else {
      close(name)
    }
    return isRetried
  }

  /// Moves an answer that is never settled to where the next process does not try it again.
  private func setAside(_ name: String, because reason: any Error) throws {
    // On disk there before it is gone here.
    try setAside.put(Self.answer(name, in: unsettled), because: "\(reason)")
    try unsettled.remove(name)
  }

  /// Forgets an answer that is settled.
  private func finish(_ name: String) throws {
    try unsettled.remove(name)
    close(name)
  }

  private func close(_ name: String) {
    finished[name] = nil
    guard let order = waiting.removeValue(forKey: name) else { return }
    desk.release(order)
    dismissLeaving()
  }
}

extension ServingFailure {
  /// Whether the ledger refused a batch, for what may lie in any of its receipts.
  fileprivate var isOfBatch: Bool { code == .settlementRejected || code == .settlementImpossible }
}

extension PublishedReceipt {
  fileprivate var order: Order { receipt.order.order }
}
