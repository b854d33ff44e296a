internal import ClientAPI
internal import Ledger
internal import Primitives
internal import Synchronization

/// The mempool with whoever waits for its transactions; shared by all that submit and the producer.
///
/// One short lock, taken on whatever thread comes: a transaction costs no change of threads before
/// its block. Listeners are told outside the lock.
final class TransactionQueue: Sendable {
  typealias Listener = @Sendable (Waiting.Answer) -> Void

  fileprivate struct Content {
    var mempool = Mempool()
    var waiting: [Identifier<Transaction>: Waiting] = [:]
    var isStopped = false
    /// Answers to be given once the lock is free.
    var answers: [(listeners: [Listener], answer: Waiting.Answer)] = []

    mutating func resolve(_ id: Identifier<Transaction>, _ answer: Waiting.Answer) {
      guard let one = waiting.removeValue(forKey: id) else { return }
      answers.append((one.listeners, answer))
    }

    mutating func refuse(_ listener: @escaping Listener, _ failure: ClientFailure) {
      answers.append(([listener], .failure(failure)))
    }
  }

  private let content = Mutex(Content())

  var isEmpty: Bool { content.withLock { $0.mempool.isEmpty } }

  /// Takes a transaction in; the listener hears what becomes of it, perhaps at once.
  ///
  /// - Parameter sequence: the next one of its account, by the committed state.
  /// - Returns: whether there is something new for a block.
  func add(
    _ checked: CheckedTransaction, next sequence: UInt64, listener: @escaping Listener
  ) -> Bool {
    withContent { $0.add(checked, next: sequence, listener: listener) }
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
      for outcome in made.outcomes { content.resolve(outcome.id, .success(outcome)) }
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
      let value = body(&content)
      let answers = content.answers
      content.answers = []
      return (value, answers)
    }
    for (listeners, answer) in answers {
      for listener in listeners { listener(answer) }
    }
    return value
  }
}

extension TransactionQueue.Content {
  fileprivate mutating func add(
    _ checked: CheckedTransaction, next sequence: UInt64,
    listener: @escaping TransactionQueue.Listener
  ) -> Bool {
    guard !isStopped else {
      refuse(listener, ClientFailure(code: .stopped, message: "the node has stopped"))
      return false
    }
    switch mempool.add(MempoolEntry(checked), next: sequence) {
    case .waits(let evicted, let replaced):
      waiting[checked.id] = Waiting(checked: checked, listeners: [listener])
      if let replaced { resolve(replaced, .failure(ClientFailure(.transaction(.wrongSequence)))) }
      for id in evicted {
        resolve(
          id, .failure(ClientFailure(code: .busy, message: "better paying transactions came")))
      }
      return true
    case .waitsAlready:
      guard let count = waiting[checked.id]?.listeners.count, count < Waiting.listenerMaximum else {
        refuse(listener, .mempoolFull)
        return false
      }
      waiting[checked.id]?.listeners.append(listener)
    case .refused(.wrongSequence), .refused(.replacementTooCheap):
      refuse(listener, ClientFailure(.transaction(.wrongSequence)))
    case .refused(.full), .refused(.accountFull):
      refuse(listener, .mempoolFull)
    }
    return false
  }
}

extension ClientFailure {
  fileprivate static let mempoolFull = ClientFailure(
    code: .busy, message: "too many transactions are waiting; try again")
}
