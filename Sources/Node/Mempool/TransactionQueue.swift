internal import ClientAPI
internal import Ledger
internal import Primitives
internal import Synchronization

/// The mempool with whoever waits for its transactions; shared by all that submit and the producer.
///
/// Taken in on whatever thread comes: a transaction costs no change of threads before its block, and
/// nobody waits while the producer chooses or settles a block, which takes milliseconds. Listeners
/// are told outside the locks.
final class TransactionQueue: Sendable {
  typealias Listener = @Sendable (Waiting.Answer) -> Void

  /// Somebody's transaction on its way into the mempool.
  fileprivate struct Arrival {
    let checked: CheckedTransaction
    let nextSequence: UInt64
    let listener: Listener
  }

  fileprivate typealias Answered = (listeners: [Listener], answer: Waiting.Answer)

  fileprivate struct Content {
    var mempool = Mempool()
    var waiting: [Identifier<Transaction>: Waiting] = [:]
    /// What the accounts of the last block must use next: arrivals were checked against the state
    /// before it.
    var nextSequences: [Identifier<Account>: UInt64] = [:]
    var isStopped = false
    /// Answers to be given once the lock is free.
    var answers: [Answered] = []

    mutating func takeAnswers() -> [Answered] {
      defer { answers = [] }
      return answers
    }

    mutating func resolve(_ id: Identifier<Transaction>, _ answer: Waiting.Answer) {
      guard let one = waiting.removeValue(forKey: id) else { return }
      answers.append((one.listeners, answer))
    }

    mutating func refuse(_ listener: @escaping Listener, _ failure: ClientFailure) {
      answers.append(([listener], .failure(failure)))
    }
  }

  /// Arrivals that may wait for the mempool to be free; more wait for it themselves.
  private static let arrivalMaximum = 4096

  private let arrivals = Mutex<[Arrival]>([])
  private let content = Mutex(Content())

  var isEmpty: Bool { withContent { $0.mempool.isEmpty } }

  /// Takes a transaction in; the listener hears what becomes of it, perhaps at once, and at the
  /// latest when the next block is chosen.
  ///
  /// - Parameter sequence: the next one of its account, by the committed state.
  func add(
    _ checked: CheckedTransaction, next sequence: UInt64, listener: @escaping Listener
  ) {
    let arrival = Arrival(checked: checked, nextSequence: sequence, listener: listener)
    let count = arrivals.withLock { arrivals in
      arrivals.append(arrival)
      return arrivals.count
    }
    if count > Self.arrivalMaximum {
      withContent { _ in }
    } else if let answers = content.withLockIfAvailable({ content in takeIn(&content) }) {
      Self.give(answers)
    }
  }

  /// Chooses what the next block may hold.
  func takeBlock(room: BlockRoom) -> [CheckedTransaction] {
    withContent { content in
      content.mempool.takeBlock(room: room).compactMap { content.waiting[$0.id]?.checked }
    }
  }

  /// Answers everyone whose transaction is in the block, or in none any more.
  func settle(_ made: MadeBlock) {
    withContent { content in
      let gone = content.mempool.endBlock(
        included: made.outcomes.map(\.id), refused: made.refused.map(\.id))
      content.nextSequences.removeAll(keepingCapacity: true)
      for outcome in made.outcomes {
        if let included = content.waiting[outcome.id]?.checked.transaction.content,
          let sequence = included.sequence
        {
          content.nextSequences[included.signer, default: 0] = max(
            content.nextSequences[included.signer, default: 0], sequence + 1)
        }
        content.resolve(outcome.id, .success(outcome))
      }
      for (id, rejection) in made.refused {
        content.resolve(id, .failure(ClientFailure(rejection)))
      }
      for id in gone {
        content.resolve(id, .failure(ClientFailure(.transaction(.wrongSequence))))
      }
      for id in content.mempool.expire(before: made.nextHeight, time: made.time) {
        content.resolve(id, .failure(ClientFailure(.transaction(.expired))))
      }
    }
  }

  /// Tells whoever waits for these that they are lost.
  func fail(_ offered: [CheckedTransaction], with failure: ClientFailure) {
    withContent { content in
      for checked in offered { content.resolve(checked.id, .failure(failure)) }
    }
  }

  /// Tells everyone that the node has stopped, and takes nothing more.
  func stop() {
    withContent { content in
      content.isStopped = true
      content.mempool.removeAll()
      let failure = ClientFailure(code: .stopped, message: "the node stopped before the block")
      for one in content.waiting.values {
        content.answers.append((one.listeners, .failure(failure)))
      }
      content.waiting = [:]
    }
  }

  private func withContent<Value: Sendable>(_ body: (inout Content) -> Value) -> Value {
    let (value, answers) = content.withLock { content in
      let early = takeIn(&content)
      let value = body(&content)
      return (value, early + content.takeAnswers())
    }
    Self.give(answers)
    return value
  }

  /// Lets what has arrived into the mempool.
  private func takeIn(_ content: inout Content) -> [Answered] {
    let arrived = arrivals.withLock { arrivals in
      let arrived = arrivals
      arrivals.removeAll(keepingCapacity: true)
      return arrived
    }
    for arrival in arrived { content.add(arrival) }
    return content.takeAnswers()
  }

  private static func give(_ answers: [Answered]) {
    for (listeners, answer) in answers {
      for listener in listeners { listener(answer) }
    }
  }
}

extension TransactionQueue.Content {
  fileprivate mutating func add(_ arrival: TransactionQueue.Arrival) {
    let (checked, listener) = (arrival.checked, arrival.listener)
    guard !isStopped else {
      return refuse(listener, ClientFailure(code: .stopped, message: "the node has stopped"))
    }
    let next = max(
      arrival.nextSequence, nextSequences[checked.transaction.content.signer, default: 0])
    switch mempool.add(MempoolEntry(checked), next: next) {
    case .waits(let evicted, let replaced):
      waiting[checked.id] = Waiting(checked: checked, listeners: [listener])
      if let replaced { resolve(replaced, .failure(ClientFailure(.transaction(.wrongSequence)))) }
      for id in evicted {
        resolve(
          id, .failure(ClientFailure(code: .busy, message: "better paying transactions came")))
      }
    case .waitsAlready:
      guard let count = waiting[checked.id]?.listeners.count, count < Waiting.listenerMaximum else {
        return refuse(listener, .mempoolFull)
      }
      waiting[checked.id]?.listeners.append(listener)
    case .refused(.wrongSequence), .refused(.replacementTooCheap):
      refuse(listener, ClientFailure(.transaction(.wrongSequence)))
    case .refused(.full), .refused(.accountFull):
      refuse(listener, .mempoolFull)
    }
  }
}

extension ClientFailure {
  fileprivate static let mempoolFull = ClientFailure(
    code: .busy, message: "too many transactions are waiting; try again")
}
