internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// A transaction on its way.
struct Sent: Sendable {
  var bytes: [UInt8]
  let intent: Intent
  /// Whether it is wrong in itself, so that no block may hold it.
  var isSpoiled = false
  /// Whether its bytes are not those that were signed.
  var isAltered = false
}

extension World {
  /// What somebody sends, one in sixteen spoiled on purpose; nil if nobody has anything to send.
  mutating func send() -> Sent? {
    guard let intent = decide(), let place = place(of: intent.signer) else { return nil }
    let content = content(of: intent, by: actors[place])
    guard chance(1, in: 16) else {
      return Sent(bytes: content.signed(by: actors[place].key).canonicalBytes, intent: intent)
    }
    return spoiled(content, of: intent, by: actors[place])
  }

  private mutating func content(of intent: Intent, by actor: Actor) -> TransactionContent {
    var ordering = TransactionOrdering.sequence(actor.sequence)
    if chance(1, in: 6) {
      let lifetime = chain.parameters.accounts.nonceLifetime
      let expiry = BlockTime(
        milliseconds: now.milliseconds + random.next(below: max(lifetime, 1)))
      ordering = .unordered(expiry: expiry, nonce: actor.nonce)
    }
    var message = intent.message
    if case .rotation(let key) = intent.secret {
      var acceptance = KeyAcceptance(chain: chain.id, account: actor.account, ordering: ordering)
      // Accepted for some other place in the order.
      if isCareless, chance(1, in: 2) { acceptance.ordering = .sequence(actor.sequence + 7) }
      message = .rotateKey(acceptance.rotation(to: key))
    }
    return TransactionContent(
      chain: chain.id, signer: actor.account, publicKey: actor.key.publicKey, ordering: ordering,
      fee: .zero, expiry: Height(chain.height + 1 + random.next(below: 5)), message: message
    ).payingLeast(under: chain.parameters)
  }

  /// The transaction with one thing wrong that keeps it out of every block.
  private mutating func spoiled(
    _ content: TransactionContent, of intent: Intent, by actor: Actor
  ) -> Sent {
    var content = content
    var sent = Sent(bytes: [], intent: intent, isSpoiled: true)
    var key = actor.key
    switch below(12) {
    case 0: content.chain = Identifier(digest())
    case 1: content.expiry = Height(chain.height)
    case 2: content.ordering = .sequence(actor.sequence + 1 + random.next(below: 3))
    case 3: content.fee = Amount(baseUnits: max(content.fee.baseUnits, 1) - 1)
    case 4: content.fee = Genesis.supplyMaximum
    case 5: content.signer = anyone(except: actor.account)
    case 6:
      key = self.key()
      content.publicKey = key.publicKey
    case 7:
      let lifetime = chain.parameters.accounts.nonceLifetime
      content.ordering = .unordered(
        expiry: BlockTime(milliseconds: now.milliseconds + lifetime + 1), nonce: actor.nonce)
    case 8:
      content.ordering = .unordered(
        expiry: BlockTime(milliseconds: now.milliseconds - 1), nonce: actor.nonce)
    case 9:
      guard let bytes = pick(replayable) else {
        content.expiry = Height(chain.height)
        break
      }
      sent.bytes = bytes
      return sent
    case 10:
      sent.bytes = altered(content.signed(by: key).canonicalBytes)
      sent.isAltered = true
      return sent
    default: key = self.key()
    }
    sent.bytes = content.signed(by: key).canonicalBytes
    return sent
  }

  private mutating func anyone(except account: Identifier<Account>) -> Identifier<Account> {
    let place = below(actors.count)
    let found = actors[place].account
    return found == account ? actors[(place + 1) % actors.count].account : found
  }

  /// Bytes that nobody signed: one bit turned, some cut off or added, or none of them.
  private mutating func altered(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    switch below(5) {
    case 0: bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
    case 1: bytes.removeLast(1 + below(bytes.count))
    case 2: bytes.append(UInt8(below(256)))
    case 3: bytes = (0..<below(400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    default: bytes += [UInt8](repeating: 0, count: Transaction.byteMaximum)
    }
    return bytes
  }
}

// MARK: - What is learned from a transaction that stands in a block
extension World {
  mutating func learn(from sent: Sent, _ content: TransactionContent, succeeded: Bool) {
    guard let place = place(of: content.signer) else { return }
    switch content.ordering {
    case .sequence(let number): actors[place].sequence = number + 1
    case .unordered: actors[place].nonce += 1
    }
    if chance(1, in: 8) { replayable.remember(sent.bytes, atMost: 4) }
    guard succeeded else { return }
    count(content.message.kind)
    switch sent.intent.secret {
    case .rotation(let key): actors[place].rotate(to: key)
    case .newcomer(let actor): if !has(actor.account) { add(actor) }
    default: break
    }
    learn(content.message, sent.intent.secret, by: content.signer, content.ordering)
  }
}
