public import ClientAPI
public import Ledger
public import Primitives
internal import Storage

/// What is read needs no producer: every answer comes from the store's latest block.
extension LedgerNode {
  public func status() async throws(ClientFailure) -> LedgerStatus {
    try answering { () throws(NodeFailure) in
      let moment = try onDisk { () throws(StorageFailure) in try chain.store.snapshot() }
      let state = StoredState(moment)
      let found = (state.chainRecord, state.parameters, try moment.head())
      try state.check()
      guard case (let chain?, let parameters?, let header?) = found else {
        throw NodeFailure(code: .stateMismatch, message: "the store holds no chain")
      }
      return LedgerStatus(chain: chain, parameters: parameters, header: header)
    }
  }

  /// The state of the latest block, for rules and audits that read many records of one moment.
  ///
  /// Old values stay on disk while it lives. Look at ``StateReader/isIntact`` after reading.
  public func state() throws(NodeFailure) -> any StateReader {
    StoredState(try onDisk { () throws(StorageFailure) in try chain.store.snapshot() })
  }

  public func outcome(
    of id: Identifier<Transaction>
  ) async throws(ClientFailure) -> TransactionOutcome? {
    try answering { () throws(NodeFailure) in try chain.outcome(of: id) }
  }

  public func block(at height: Height) async throws(ClientFailure) -> Block? {
    try answering { () throws(NodeFailure) in try chain.block(at: height) }
  }

  public func value(at key: [UInt8]) async throws(ClientFailure) -> [UInt8]? {
    try answering { () throws(NodeFailure) in
      try onDisk { () throws(StorageFailure) in try chain.store.value(for: key, in: .state) }
    }
  }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) async throws(ClientFailure) -> [StateEntry] {
    try answering { () throws(NodeFailure) in
      try onDisk { () throws(StorageFailure) in
        try chain.store.stateEntries(
          withPrefix: prefix, after: key, limit: min(limit, LedgerPage.maximum))
      }
    }
  }

  private func answering<Value>(
    _ body: () throws(NodeFailure) -> Value
  ) throws(ClientFailure) -> Value {
    do {
      return try body()
    } catch {
      throw ClientFailure(error)
    }
  }
}

extension ClientFailure {
  init(_ failure: NodeFailure) {
    let code: Code =
      switch failure.code {
      case .heightNotKept: .heightNotKept
      case _ where failure.storage?.code == .closed: .stopped
      default: .storageFailed
      }
    self.init(code: code, message: failure.description)
  }

  init(_ failure: StorageFailure) { self.init(NodeFailure(failure)) }
}
