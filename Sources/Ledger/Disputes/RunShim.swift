internal import Primitives

struct ShimStanding { let settles = true }
extension StateReader {
  func standing(of run: Identifier<Run>) -> ShimStanding? {
    self.run(run) == nil ? nil : ShimStanding()
  }
}
extension LedgerState {
  mutating func holdRun(_ run: Identifier<Run>) throws(Rejection) {}
  mutating func releaseRun(_ run: Identifier<Run>, at time: BlockTime, height: Height) {}
  mutating func slashRun(
    _ run: Identifier<Run>, by share: Share, to target: Holder
  ) throws(Rejection) {
    guard let record = self.run(run) else { throw .model(.runNotFound) }
    try move(min(balance(of: .runBonds), record.claim.bond.part(share)), from: .runBonds, to: target, for: .disputeSlash)
  }
}
