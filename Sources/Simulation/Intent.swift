internal import Cryptography
internal import Ledger
internal import Primitives

/// What somebody has decided to do.
struct Intent: Sendable {
  let signer: Identifier<Account>
  let message: Message
  var secret: Secret?

  init(_ signer: Identifier<Account>, _ message: Message, _ secret: Secret? = nil) {
    self.signer = signer
    self.message = message
    self.secret = secret
  }
}

/// What a message does not say, and its sender remembers if it succeeds.
enum Secret: Sendable {
  /// The key that the account changes to. Its message is written when its order is known.
  case rotation(SigningKey)
  /// Somebody new, whose account the message pays into.
  case newcomer(Actor)
  case contribution(salt: Digest, recordsRoot: Digest)
  case heldOut(salt: Digest, blob: Digest)
  case channel(SigningKey)
  case run(KnownRun)
  case batch(BatchContents, [Receipt], isSuspect: Bool)
  case actions(KnownActions)
  case verdict(KnownVerdict)
}

/// Something that somebody can do, and how often it is thought of.
struct Deed: Sendable {
  let weight: UInt64
  /// nil if there is nothing to be done of the kind.
  let decide: @Sendable (inout World) -> Intent?

  init(_ weight: UInt64, _ decide: @escaping @Sendable (inout World) -> Intent?) {
    self.weight = weight
    self.decide = decide
  }

  static let all: [Deed] = [
    accountDeeds, channelDeeds, stakingDeeds, governanceDeeds, datanetDeeds, contributionDeeds,
    modelDeeds, receiptDeeds, batchDeeds, faultDeeds, disputeDeeds, agentDeeds, oversightDeeds,
  ].flatMap { $0 }

  static let totalWeight = all.reduce(0) { $0 + $1.weight }
}

extension World {
  /// What somebody does next; nil if what came to mind was not possible a few times.
  mutating func decide() -> Intent? {
    // Once for all tries: the careful find nothing to do more often than the careless.
    isCareless = chance(1, in: 6)
    if isCrowded, let intent = crowdedVotes() { return intent }
    for _ in 0..<12 {
      var drawn = random.next(below: Deed.totalWeight)
      for deed in Deed.all {
        guard drawn >= deed.weight else {
          if let intent = deed.decide(&self), has(intent.signer) { return intent }
          break
        }
        drawn -= deed.weight
      }
    }
    return nil
  }
}
