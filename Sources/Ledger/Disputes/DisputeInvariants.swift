internal import CanonicalCoding
public import Primitives

extension Invariant {
  static let disputeInvariants = [
    Invariant("dispute bonds are those of open disputes") { $0.auditDisputeBonds() },
    Invariant("data deposits are those of open demands") { $0.auditDataDeposits() },
    Invariant("the dispute pot is empty between messages") {
      $0.balance(of: .disputePot) == .zero
    },
    Invariant("a verifier's open seats are those of panels that vote") { $0.auditSeats() },
  ]
}

extension StateReader {
  /// Every dispute, in the order of identifiers; cost: a full scan.
  public func allDisputes() -> [(id: Identifier<Dispute>, dispute: DisputeRecord)] {
    records(in: .disputes, named: Identifier<Dispute>.self, as: DisputeRecord.self)
      .map { ($0.name, $0.record) }
  }

  fileprivate func auditDisputeBonds() -> Bool {
    let open = allDisputes().filter { !$0.dispute.isClosed }
    let sum = open.reduce(UInt128(0)) { $0 + $1.dispute.bond.baseUnits }
    return sum == balance(of: .disputeBonds).baseUnits
      && open.allSatisfy { openDispute(about: $0.dispute.target) == $0.id }
  }

  fileprivate func auditDataDeposits() -> Bool {
    let demands = records(in: .dataDemands, named: DataPiece.self, as: DataDemandRecord.self)
    let sum = demands.reduce(UInt128(0)) { $0 + $1.record.deposit.baseUnits }
    return sum == balance(of: .dataDeposits).baseUnits
  }

  fileprivate func auditSeats() -> Bool {
    let voting = allDisputes().filter { $0.dispute.isVoting }.flatMap(\.dispute.panel)
    let verifiers = verifiers()
    return verifiers.reduce(0) { $0 + Int($1.record.openSeats) } == voting.count
      && verifiers.allSatisfy { account, record in
        Int(record.openSeats) == voting.count { $0.verifier == account }
      }
  }
}

extension DisputeRecord {
  public var isClosed: Bool { if case .closed = phase { true } else { false } }

  var isVoting: Bool { if case .voting = phase { true } else { false } }

  /// How it ended; nil while it is open.
  public var outcome: DisputeOutcome? {
    if case .closed(let outcome) = phase { outcome } else { nil }
  }
}
