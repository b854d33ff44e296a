/// Why the ledger rejected a message about an agent.
public enum AgentRejection: UInt32, SubjectRejection {
  public static let subject = "agent"

  /// No agent has this identifier.
  case notFound = 801
  /// The signer does not own the agent.
  case notOwner = 802
  /// The signer is not the account of the agent's key.
  case notAgentKey = 803
  /// The agent is paused, retiring or retired.
  case notActive = 804
  /// The agent is retiring or retired.
  case retired = 805
  /// The bond is below the least that parameters ask for.
  case bondTooSmall = 806
  /// The budget window's cap does not cover the amount.
  case overBudget = 807
  /// The agent did not open this channel.
  case notAgentChannel = 808
  /// The agent has declared as many terms as can be numbered.
  case versionsFull = 809
  /// The receipt names another chain.
  case wrongChain = 810
  /// The agent has declared no terms of this version.
  case versionNotFound = 811
  /// The receipt is not of the current budget window, nor of the one before.
  case wrongWindow = 812
  /// The receipt is not signed by the agent's key of its version.
  case badSignature = 813
  /// The run's number is not higher than the last recorded one.
  case runUsed = 814
  /// A run has at least one action.
  case noActions = 815
  /// No run of this number is recorded.
  case runNotFound = 816
  /// The run can no longer be questioned.
  case oversightOver = 817
  /// The run is void already.
  case runVoid = 818
  /// The run has fewer actions.
  case actionNotFound = 819
  /// This action is demanded already.
  case alreadyDemanded = 820
  /// As many demands and disputes hold the bond as may at once.
  case holdsFull = 821
  /// Nobody demands this action, or the time to serve it is over.
  case demandNotFound = 822
  /// What is served is not the action that the run's root commits to.
  case wrongAction = 823
  /// The receipts are equal, or not of one run of one agent.
  case noContradiction = 824
  /// The receipts are not of one window by rising run, or their sum is within the cap.
  case noOverspending = 825
  /// The agent was punished for this before.
  case alreadyPunished = 826
}
