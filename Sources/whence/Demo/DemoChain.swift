import AttributionRules
import ClientAPI
import Cryptography
import Datanets
import Ledger
import Primitives

/// The people of the story, and what they do on the ledger.
struct DemoChain {
  static let operatorName = "operator"
  static let builderName = "builder"
  static let serverName = "server"
  static let customerName = "customer"

  let client: any LedgerClient
  let keys: [String: SigningKey]

  /// A billion tokens, most with the operator; windows short enough to watch, and long enough to
  /// audit every answer by hand.
  static func genesis(keys: [String: SigningKey], time: BlockTime) -> Genesis {
    let supply = Amount.tokens(1_000_000_000)
    let purse = Amount.tokens(10_000)
    let rest = Amount(baseUnits: supply.baseUnits - purse.baseUnits * UInt128(keys.count - 1))
    return Genesis(
      name: "whence-demo", symbol: "WHN", time: time,
      allocations: keys.map { name, key in
        Allocation(publicKey: key.publicKey, amount: name == operatorName ? rest : purse)
      }.sorted { $0.publicKey < $1.publicKey },
      parameters: LedgerParameters(
        models: ModelParameters(minimumRunBond: Amount.tokens(100)),
        channels: ChannelParameters(closingWindow: Window(milliseconds: 500, blocks: 2)),
        receipts: ReceiptParameters(
          platformFee: Amount.milliTokens(2), split: .standard,
          challengeWindow: Window(milliseconds: 20_000, blocks: 5), auditRate: .whole)))
  }

  func account(_ name: String) throws -> Identifier<Account> {
    Identifier(try key(name).publicKey)
  }

  func key(_ name: String) throws -> SigningKey {
    guard let key = keys[name] else {
      throw CommandFailure(.keyUnknown, "nobody is called \(name)")
    }
    return key
  }

  /// Sends a message and returns the identifier of what it made.
  @discardableResult
  func send<Subject: CreatedSubject>(
    _ message: Message, as name: String, making: Subject.Type
  ) async throws -> Identifier<Subject> {
    let sequence = try await client.nextSequence(of: account(name))
    try await send(message, as: name)
    return Identifier(creator: try account(name), sequence: sequence)
  }

  @discardableResult
  func send(_ message: Message, as name: String) async throws -> TransactionOutcome {
    let outcome = try await client.send(message, by: key(name))
    if let rejection = outcome.rejection {
      throw CommandFailure(
        .messageRejected, "the ledger refused a message of \(name): \(rejection)")
    }
    return outcome
  }

  // MARK: - Contributing

  /// A contribution of the story on its way into the Datanet.
  struct Contributed {
    let name: String
    let bundle: ContributionBundle
    let id: Identifier<Contribution>
  }

  func commit(
    _ contributor: StoryFiles.Contributor, to datanet: Identifier<Datanet>
  ) async throws -> Contributed {
    let bundle = try ContributionBundle(records: contributor.records, secret: Entropy.digest())
    let commitment = CommitContribution.commitment(
      contributor: try account(contributor.name), salt: bundle.commitmentSalt,
      recordsRoot: bundle.recordsRoot)
    let id = try await send(
      .commitContribution(CommitContribution(datanet: datanet, commitment: commitment)),
      as: contributor.name, making: Contribution.self)
    return Contributed(name: contributor.name, bundle: bundle, id: id)
  }

  func reveal(_ contributed: Contributed) async throws {
    let bundle = contributed.bundle
    try await send(
      .revealContribution(
        RevealContribution(
          contribution: contributed.id, salt: bundle.commitmentSalt,
          recordsRoot: bundle.recordsRoot, recordCount: UInt32(bundle.records.count),
          blob: bundle.blobDigest)), as: contributed.name)
  }

  /// Accepts what was contributed and publishes the datanet's first version, as its one operator.
  /// - Returns: the block in which it is published.
  func publish(_ draft: DraftVersion) async throws -> Height {
    let version = VersionName(datanet: draft.datanet, number: 1)
    let messages: [Message] = [
      .judgeContributions(
        JudgeContributions(
          datanet: draft.datanet, accepted: draft.contributions, rejected: [])),
      .draftVersion(draft), .acceptVersion(AcceptVersion(version: version)),
    ]
    for message in messages { try await send(message, as: Self.operatorName) }
    return try await send(
      .publishVersion(PublishVersion(version: version)), as: Self.operatorName
    ).height
  }

  /// The digest of a block's header.
  func headerDigest(at height: Height) async throws -> Digest {
    guard let block = try await client.block(at: height) else {
      throw CommandFailure(.recordMissing, "there is no block at height \(height.number) yet")
    }
    return block.header.digest
  }
}
