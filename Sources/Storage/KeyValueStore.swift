import Synchronization

/// An ordered store of bytes on disk that keeps what it acknowledged.
///
/// A write returns once its bytes are synced, and survives a crash of the process or the machine.
/// Any number of tasks may read while one writes. One process holds a store at a time.
public final class KeyValueStore: KeyValueReader, Sendable {
  private let database: Mutex<RocksDatabase?>
  private let path: String
  private let reserveInBytes: UInt64

  /// Opens the store in the folder `path`, making it and its parents if they are missing.
  ///
  /// - Parameter reserveInBytes: what must stay free on the disk after a write. The store sorts
  ///   and merges files in the background, and needs room for it that a write can't foresee.
  /// - Throws: `locked` if another process or owner has it open, `corrupt` if acknowledged bytes
  ///   are damaged, `incompatible` if another program's keyspaces are in it, or what the operating
  ///   system reports.
  public init(at path: String, reserveInBytes: UInt64 = 64 << 20) throws(StorageFailure) {
    try FileSystem.makeFolder(path)
    self.path = path
    self.reserveInBytes = reserveInBytes
    database = Mutex(try RocksDatabase(path: path))
  }

  public func value(for key: [UInt8], in keyspace: Keyspace) throws(StorageFailure) -> [UInt8]? {
    try opened().value(for: key, in: keyspace, at: nil)
  }

  public func scan(
    _ keyspace: Keyspace, prefix: [UInt8], from start: [UInt8]?,
    _ visit: (KeyValueEntry) -> ScanStep
  ) throws(StorageFailure) {
    try opened().scan(keyspace, prefix: prefix, from: start, at: nil, visit)
  }

  /// Applies every change of the batch, or none, and syncs it to disk before returning.
  ///
  /// If this throws, no reader sees any of it now; after a crash at that very moment the batch is
  /// either whole or absent. Too little free space is found out before anything is touched, and
  /// the store goes on when there is space again. If the disk fails in the middle nevertheless,
  /// the store refuses further writes until its process has ended and a new one reads it anew.
  /// - Throws: `disk_full`, or what else the operating system reports.
  public func write(_ batch: WriteBatch) throws(StorageFailure) {
    let database = try opened()
    let free = try FileSystem.freeBytes(at: path)
    guard free >= reserveInBytes + UInt64(batch.sizeInBytes) else {
      throw StorageFailure(
        code: .diskFull,
        message: "\(free) bytes are free at \(path), and \(reserveInBytes) must stay free "
          + "after a write; free some space and try again")
    }
    try database.write(batch)
  }

  /// Fixes this moment for reading; later writes do not show in it.
  ///
  /// Old values stay on disk while it lives, so keep it no longer than the reading takes.
  public func snapshot() throws(StorageFailure) -> KeyValueSnapshot {
    KeyValueSnapshot(of: try opened())
  }

  /// Ends the store's use; later calls throw `closed`.
  ///
  /// Files and lock are released when the last running call and the last snapshot are done.
  public func close() {
    database.withLock { $0 = nil }
  }

  private func opened() throws(StorageFailure) -> RocksDatabase {
    guard let database = database.withLock({ $0 }) else {
      throw StorageFailure(code: .closed, message: "the store was closed")
    }
    return database
  }
}

/// One moment of a store, for reads that must agree with each other.
public final class KeyValueSnapshot: KeyValueReader {
  private let moment: RocksSnapshot

  init(of database: RocksDatabase) { moment = RocksSnapshot(of: database) }

  public func value(for key: [UInt8], in keyspace: Keyspace) throws(StorageFailure) -> [UInt8]? {
    try moment.database.value(for: key, in: keyspace, at: moment)
  }

  public func scan(
    _ keyspace: Keyspace, prefix: [UInt8], from start: [UInt8]?,
    _ visit: (KeyValueEntry) -> ScanStep
  ) throws(StorageFailure) {
    try moment.database.scan(keyspace, prefix: prefix, from: start, at: moment, visit)
  }
}
