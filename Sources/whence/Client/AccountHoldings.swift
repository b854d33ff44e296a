import CanonicalCoding
import ClientAPI
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

/// What an account has beside its balance: bound somewhere, on its way back, or waiting to be paid.
struct AccountHoldings {
  struct Holding {
    /// In lower case with underscores.
    let kind: String
    let amount: Amount
    /// What it stands with or behind; nil where the account itself says all.
    var subject: Digest?
    var note = ""
  }

  /// How many records of one table are looked at; for tables that are not sorted by account.
  static let searched = 1000

  private(set) var list: [Holding] = []
  /// Tables that have more records than were looked at.
  private(set) var unfinished: [StateTable] = []

  init() {}

  /// Cost: some twenty requests, one for each thing found, and \(searched) records of each table that has
  /// as many.
  init(of account: Identifier<Account>, on ledger: some LedgerClient) async throws {
    try await addStake(of: account, ledger)
    try await addPurses(of: account, ledger)
    try await addChannels(of: account, ledger)
    try await addDatanets(of: account, ledger)
    try await addRuns(of: account, ledger)
    try await addAgents(of: account, ledger)
    try await addDeposits(of: account, ledger)
  }

  private mutating func add(
    _ kind: String, _ amount: Amount, _ subject: Digest? = nil, _ note: String = ""
  ) { list.append(Holding(kind: kind, amount: amount, subject: subject, note: note)) }

  /// The first records of a table.
  private mutating func records<Name: CanonicalCodable, Record: CanonicalCodable>(
    of table: StateTable, _: Name.Type, _: Record.Type, _ ledger: some LedgerClient
  ) async throws -> [(Name, Record)] {
    let entries = try await ledger.entries(
      withPrefix: [table.rawValue], after: nil, limit: Self.searched + 1)
    if entries.count > Self.searched { unfinished.append(table) }
    return try entries.prefix(Self.searched).map { entry in
      guard let record = StateRecord(entry), let name = record.name as? Name,
        let value = record.record as? Record
      else {
        throw CommandFailure(
          .answerRefused, "the node sent a record that does not decode: \(entry.key.hex)")
      }
      return (name, value)
    }
  }
}

// MARK: - What is sorted by account
extension AccountHoldings {
  private mutating func addStake(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    let delegations = try await ledger.records(
      in: .delegations, prefix: account.canonicalBytes, named: DelegationName.self,
      as: DelegationRecord.self)
    for (name, record) in delegations {
      let validator = try await ledger.record(.validator(name.validator))
      add(
        "stake", validator?.worth(of: record.shares) ?? .zero, name.validator.digest,
        record.lock.map { "locked until \($0.time.spoken)" } ?? "")
    }
    let unbondings = try await ledger.records(
      in: .unbondings, prefix: account.canonicalBytes, named: DelegationName.self,
      as: UnbondingRecord.self)
    for (name, record) in unbondings {
      add(
        "unbonding", record.balance, name.validator.digest,
        "until \(record.completes.time.spoken)")
    }
  }

  private mutating func addPurses(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    let purses = [
      ("server_bond", Holder.serverBond(account)), ("verifier_bond", .verifierBond(account)),
    ]
    for (kind, purse) in purses {
      let amount = try await ledger.balance(of: purse)
      if amount > .zero { add(kind, amount) }
    }
    let key = StateTable.dust.rawValue
    if let bytes = try await ledger.value(at: [key] + account.canonicalBytes) {
      add("dust", try Amount(canonicalBytes: bytes))
    }
  }
}

// MARK: - What has to be searched for
extension AccountHoldings {
  private mutating func addChannels(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    let channels = try await records(
      of: .channels, Identifier<Channel>.self, ChannelRecord.self, ledger)
    for (id, record) in channels where record.status != .closed {
      guard record.payer == account || record.server == account else { continue }
      let note = record.status == .open ? "" : "closing"
      add(
        record.payer == account ? "channel_as_payer" : "channel_as_server",
        try await ledger.balance(of: .channelEscrow(id)), id.digest, note)
    }
  }

  private mutating func addDatanets(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    let datanets = try await records(
      of: .datanets, Identifier<Datanet>.self, DatanetRecord.self, ledger)
    for (id, record) in datanets where record.owner == account {
      add("datanet", record.bond, id.digest, record.name)
    }
    let members = try await records(of: .datanetMembers, MemberName.self, MemberRecord.self, ledger)
    for (name, record) in members where name.account == account {
      if record.bond > .zero { add("curator_bond", record.bond, name.datanet.digest) }
      if record.unbonding > .zero {
        add("curator_bond", record.unbonding, name.datanet.digest, "on its way back")
      }
    }
  }

  private mutating func addRuns(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    for (id, record) in try await records(of: .runs, Identifier<Run>.self, RunRecord.self, ledger)
    where record.owner == account {
      let key = [StateTable.runStandings.rawValue] + id.canonicalBytes
      guard let bytes = try await ledger.value(at: key) else { continue }
      let standing = try RunStanding(canonicalBytes: bytes)
      if standing.bond > .zero { add("run_bond", standing.bond, id.digest) }
    }
    for (name, stake) in try await records(of: .runStakes, StakeName.self, RunStake.self, ledger)
    where name.account == account {
      for (amount, note) in [(stake.active, ""), (stake.entering, "entering")] where amount > .zero
      {
        add("run_stake", amount, name.run.digest, note)
      }
      for part in stake.unbonding {
        add("run_stake", part.amount, name.run.digest, "until \(part.ends.time.spoken)")
      }
    }
  }

  private mutating func addAgents(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    let agents = try await records(of: .agents, Identifier<Agent>.self, AgentRecord.self, ledger)
    for (id, record) in agents where record.owner == account {
      add("agent_purse", try await ledger.balance(of: .agentPurse(id)), id.digest, record.name)
      add("agent_bond", try await ledger.balance(of: .agentBond(id)), id.digest, record.name)
    }
  }

  private mutating func addDeposits(
    of account: Identifier<Account>, _ ledger: some LedgerClient
  ) async throws {
    for (name, amount) in try await records(
      of: .proposalDeposits, BallotName.self, Amount.self, ledger)
    where name.account == account { add("proposal_deposit", amount, name.proposal.digest) }
    for (id, record) in try await records(
      of: .contributions, Identifier<Contribution>.self, ContributionRecord.self, ledger)
    where record.contributor == account && record.content == nil && record.deposit > .zero {
      add("contribution_deposit", record.deposit, id.digest, "until revealed")
    }
    for (id, record) in try await records(
      of: .disputes, Identifier<Dispute>.self, DisputeRecord.self, ledger)
    where record.opener == account {
      if case .closed = record.phase { continue }
      add("dispute_bond", record.bond, id.digest)
    }
    for (_, record) in try await records(
      of: .dataDemands, DataPiece.self, DataDemandRecord.self, ledger)
    where record.account == account {
      add("data_demand", record.deposit, nil, "until \(record.ends.time.spoken)")
    }
    for (_, record) in try await records(
      of: .agentDemands, AgentActionName.self, AgentDemandRecord.self, ledger)
    where record.account == account {
      add("agent_demand", record.deposit, nil, "until \(record.ends.time.spoken)")
    }
  }
}

// MARK: - What is said of it
extension AccountHoldings {
  /// Empty if there is nothing to say.
  func text(_ names: AccountNames, on terminal: Terminal) -> String {
    var text = ""
    if !list.isEmpty {
      text += terminal.title("Beside the balance, in WHN")
      text += terminal.table(
        ["what", "amount", "with", "note"],
        list.map { holding in
          [
            holding.kind.replacing("_", with: " "), holding.amount.tokens,
            holding.subject.map { "\($0)" } ?? "", holding.note,
          ]
        })
    }
    if !unfinished.isEmpty {
      text +=
        "there may be more: only \(Self.searched) records were looked at of each of "
        + unfinished.map(\.name).joined(separator: ", ") + "; `whence records TABLE` shows all\n"
    }
    return text
  }

  var json: [JSONObject.Member] {
    [
      .init(
        name: "holdings",
        value: .array(
          list.map { holding in
            [
              "kind": .string(holding.kind), "amount": .string("\(holding.amount)"),
              "subject": holding.subject.map { .string("\($0)") } ?? .null,
              "note": .string(holding.note),
            ]
          })),
      .init(name: "not_searched_whole", value: .array(unfinished.map { .string($0.name) })),
    ]
  }
}
