/// A subject's reasons to reject a message; codes are never reused, ranges never overlap.
public protocol SubjectRejection: RawRepresentable<UInt32>, CaseIterable, Error, Sendable {
  /// Begins every name, as in `datanet_not_owner`.
  static var subject: String { get }
}

/// Why the rules say no: the same on every node, and part of the block's results.
public enum Rejection: Error, Hashable, Sendable {
  case transaction(TransactionRejection)
  case account(AccountRejection)
  case datanet(DatanetRejection)
  case model(ModelRejection)
  case channel(ChannelRejection)
  case receipt(ReceiptRejection)
  case staking(StakingRejection)
  case governance(GovernanceRejection)
  case liquidStake(LiquidStakeRejection)
  case agent(AgentRejection)
  case dispute(DisputeRejection)

  public static let all: [Rejection] =
    TransactionRejection.allCases.map(Rejection.transaction)
    + AccountRejection.allCases.map(Rejection.account)
    + DatanetRejection.allCases.map(Rejection.datanet)
    + ModelRejection.allCases.map(Rejection.model)
    + ChannelRejection.allCases.map(Rejection.channel)
    + ReceiptRejection.allCases.map(Rejection.receipt)
    + StakingRejection.allCases.map(Rejection.staking)
    + GovernanceRejection.allCases.map(Rejection.governance)
    + LiquidStakeRejection.allCases.map(Rejection.liquidStake)
    + AgentRejection.allCases.map(Rejection.agent)
    + DisputeRejection.allCases.map(Rejection.dispute)

  /// The number in a block's results; 0 means success and is no rejection's.
  public var code: UInt32 { reason.rawValue }

  /// The stable name for people and programs, such as `channel_not_open`.
  public var name: String { Self.name(of: reason) }

  /// Finds a rejection by its number.
  public init?(code: UInt32) {
    // Success, which is asked about most, is no rejection's.
    guard code != 0, let found = Rejection.byCode[code] else { return nil }
    self = found
  }

  private static let byCode = Dictionary(
    all.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })

  private var reason: any SubjectRejection {
    switch self {
    case .transaction(let reason): reason
    case .account(let reason): reason
    case .datanet(let reason): reason
    case .model(let reason): reason
    case .channel(let reason): reason
    case .receipt(let reason): reason
    case .staking(let reason): reason
    case .governance(let reason): reason
    case .liquidStake(let reason): reason
    case .agent(let reason): reason
    case .dispute(let reason): reason
    }
  }

  private static func name<Reason: SubjectRejection>(of reason: Reason) -> String {
    var name = Reason.subject + "_"
    for character in String(describing: reason) {
      name += character.isUppercase ? "_" + character.lowercased() : String(character)
    }
    return name
  }
}

extension Rejection: CustomStringConvertible {
  public var description: String { "\(name) (\(code))" }
}
