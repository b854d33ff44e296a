internal import Ledger
internal import Storage
internal import Synchronization

/// The ledger's state at one moment of the store.
///
/// The rules can't handle a failing disk, so a failed read answers that nothing is there and is
/// remembered; no block comes of a state that is no longer intact.
final class StoredState: StateReader {
  private let reader: any KeyValueReader
  private let firstFailure = Mutex<StorageFailure?>(nil)

  init(_ reader: any KeyValueReader) { self.reader = reader }

  var failure: StorageFailure? { firstFailure.withLock { $0 } }

  var isIntact: Bool { failure == nil }

  /// Throws the failure of a read, if one has failed.
  func check() throws(NodeFailure) {
    if let failure { throw NodeFailure(failure) }
  }

  func value(at key: [UInt8]) -> [UInt8]? {
    do throws(StorageFailure) {
      return try reader.value(for: key, in: .state)
    } catch {
      remember(error)
      return nil
    }
  }

  func entries(withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int) -> [StateEntry] {
    do throws(StorageFailure) {
      return try reader.stateEntries(withPrefix: prefix, after: key, limit: limit)
    } catch {
      remember(error)
      return []
    }
  }

  private func remember(_ failure: StorageFailure) {
    firstFailure.withLock { $0 = $0 ?? failure }
  }
}

extension KeyValueReader {
  /// At most `limit` entries of state with `prefix`, in key order, after `key` if given.
  func stateEntries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) throws(StorageFailure) -> [StateEntry] {
    // The key with a zero byte behind it is the very next one in the order of bytes.
    try entries(in: .state, prefix: prefix, from: key.map { $0 + [0] }, limit: limit)
      .map { StateEntry(key: $0.key, value: $0.value) }
  }
}
