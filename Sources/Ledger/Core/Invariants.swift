/// A promise of the state that a full scan can check.
public struct Invariant: Sendable {
  /// Says what holds, as in `balances sum to the supply`.
  public let name: String
  let holds: @Sendable (any StateReader) -> Bool

  init(_ name: String, _ holds: @escaping @Sendable (any StateReader) -> Bool) {
    self.name = name
    self.holds = holds
  }

  /// Every subject's, in the order of the subjects.
  public static let all: [Invariant] = [
    accountInvariants, datanetInvariants, modelInvariants, channelInvariants, receiptInvariants,
    stakingInvariants, governanceInvariants, agentInvariants, disputeInvariants, subsidyInvariants,
  ].flatMap { $0 }
}

extension StateReader {
  /// The names of the invariants that this state breaks; empty for every state the rules made.
  ///
  /// Cost: several full scans; for tests, simulation and audits.
  public func brokenInvariants() -> [String] {
    Invariant.all.filter { !$0.holds(self) }.map(\.name)
  }
}
