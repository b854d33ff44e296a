import CRocksDB
import Glibc
import Synchronization

/// The owner of one open RocksDB database; the only file that sees RocksDB's pointers.
///
/// `@unchecked Sendable`: RocksDB allows calls from many threads at once on one database, the
/// pointers never change after `init`, and `deinit` runs when no call can be running. A class
/// rather than a `~Copyable` struct because a snapshot and a running call keep it alive.
@safe final class RocksDatabase: @unchecked Sendable {
  private let database: OpaquePointer
  private let families: [OpaquePointer]
  private let reading: OpaquePointer
  private let writing: OpaquePointer
  /// Whether a write met a full or broken disk in its middle.
  private let hasFailed = Atomic(false)

  init(path: String) throws(StorageFailure) {
    let options = unsafe RocksDatabase.options()
    defer { unsafe rocksdb_options_destroy(options) }

    // RocksDB insists on a family called "default"; ours come before it.
    let names = unsafe (Keyspace.allCases.map(\.rawValue) + ["default"]).map { unsafe strdup($0) }
    defer { unsafe names.forEach { unsafe free($0) } }
    let cNames = unsafe names.map { unsafe UnsafePointer($0) }
    let everyOptions = unsafe [OpaquePointer?](repeating: options, count: names.count)
    var handles = unsafe [OpaquePointer?](repeating: nil, count: names.count)

    // Null when opening fails, so the result must stay optional until the error was looked at.
    let opened: OpaquePointer? = unsafe try attempt("opening the store at \(path)") { error in
      unsafe rocksdb_open_column_families(
        options, path, Int32(names.count), cNames, everyOptions, &handles, error)
    }
    guard let opened = unsafe opened else {
      throw StorageFailure(code: .inputOutput, message: "opening the store at \(path) gave nothing")
    }
    unsafe database = opened
    unsafe families = handles.compactMap { unsafe $0 }
    unsafe reading = rocksdb_readoptions_create()
    unsafe writing = rocksdb_writeoptions_create()
    unsafe rocksdb_writeoptions_set_sync(writing, 1)
  }

  deinit {
    // Debian's RocksDB keeps its assertions, and closing a log whose last append failed trips one.
    // Such a database is left open, files and lock included, until the process ends.
    guard !hasFailed.load(ordering: .relaxed) else { return }
    unsafe rocksdb_readoptions_destroy(reading)
    unsafe rocksdb_writeoptions_destroy(writing)
    unsafe families.forEach { unsafe rocksdb_column_family_handle_destroy($0) }
    unsafe rocksdb_close(database)
  }

  private static func options() -> OpaquePointer {
    let options: OpaquePointer = unsafe rocksdb_options_create()
    unsafe rocksdb_options_set_create_if_missing(options, 1)
    unsafe rocksdb_options_set_create_missing_column_families(options, 1)
    // Forgives only the torn last record of a log. The default would roll silently back to the
    // point of damage; a ledger must hear about it.
    unsafe rocksdb_options_set_wal_recovery_mode(
      options, Int32(rocksdb_tolerate_corrupted_tail_records_recovery))
    unsafe rocksdb_options_set_write_buffer_size(options, 16 << 20)
    // Nearly all that is stored are hashes and signatures, which nothing compresses.
    unsafe rocksdb_options_set_compression(options, Int32(rocksdb_no_compression))
    unsafe rocksdb_options_set_max_background_jobs(options, 2)
    unsafe rocksdb_options_set_max_open_files(options, 256)
    unsafe rocksdb_options_set_keep_log_file_num(options, 2)
    unsafe rocksdb_options_set_info_log_level(options, 2)  // warnings and worse
    // Most reads are of single keys, many of them absent: filters spare the disk nearly all of
    // those, and one cache serves every family.
    let tables: OpaquePointer = unsafe rocksdb_block_based_options_create()
    defer { unsafe rocksdb_block_based_options_destroy(tables) }
    unsafe rocksdb_block_based_options_set_filter_policy(
      tables, rocksdb_filterpolicy_create_bloom_full(10))
    let cache: OpaquePointer = unsafe rocksdb_cache_create_lru(64 << 20)
    defer { unsafe rocksdb_cache_destroy(cache) }
    unsafe rocksdb_block_based_options_set_block_cache(tables, cache)
    unsafe rocksdb_options_set_block_based_table_factory(options, tables)
    return unsafe options
  }

  /// Returns the key's value at `moment`, or now if that is nil.
  func value(
    for key: [UInt8], in keyspace: Keyspace, at moment: RocksSnapshot?
  ) throws(StorageFailure) -> [UInt8]? {
    var count = 0
    let options = unsafe moment?.reading ?? reading
    let found: UnsafeMutablePointer<CChar>? = unsafe try attempt("reading a key of \(keyspace)") {
      error in
      unsafe withCharacters(of: key) { start, length in
        unsafe rocksdb_get_cf(database, options, family(keyspace), start, length, &count, error)
      }
    }
    guard let found = unsafe found else { return nil }
    defer { unsafe rocksdb_free(found) }
    return unsafe bytes(at: found, count: count)
  }

  /// Visits the entries under `prefix` at `moment`, or now if that is nil, in key order.
  func scan(
    _ keyspace: Keyspace, prefix: [UInt8], from start: [UInt8]?, at moment: RocksSnapshot?,
    _ visit: (KeyValueEntry) -> ScanStep
  ) throws(StorageFailure) {
    let options = unsafe moment?.reading ?? reading
    let iterator: OpaquePointer = unsafe rocksdb_create_iterator_cf(
      database, options, family(keyspace))
    defer { unsafe rocksdb_iter_destroy(iterator) }

    let first = start.map { $0.lexicographicallyPrecedes(prefix) ? prefix : $0 } ?? prefix
    unsafe withCharacters(of: first) { unsafe rocksdb_iter_seek(iterator, $0, $1) }
    while unsafe rocksdb_iter_valid(iterator) != 0 {
      var count = 0
      let keyStart = unsafe rocksdb_iter_key(iterator, &count)
      let key = unsafe bytes(at: keyStart, count: count)
      guard key.starts(with: prefix) else { break }
      let valueStart = unsafe rocksdb_iter_value(iterator, &count)
      let value = unsafe bytes(at: valueStart, count: count)
      guard visit(KeyValueEntry(key: key, value: value)) == .next else { break }
      unsafe rocksdb_iter_next(iterator)
    }
    // An iterator that meets damage becomes invalid, as at the end; only this tells them apart.
    unsafe try attempt("scanning \(keyspace)") { unsafe rocksdb_iter_get_error(iterator, $0) }
  }

  /// Applies the operations as one synced batch.
  func write(_ changes: WriteBatch) throws(StorageFailure) {
    let batch: OpaquePointer = unsafe rocksdb_writebatch_create()
    defer { unsafe rocksdb_writebatch_destroy(batch) }
    unsafe withCharacters(of: changes.bytes) { start, _ in
      guard var place = unsafe start else { return }
      for operation in changes.operations {
        let key = unsafe place
        unsafe place += operation.keyCount
        if let valueCount = operation.valueCount {
          unsafe rocksdb_writebatch_put_cf(
            batch, family(operation.keyspace), key, operation.keyCount, place, valueCount)
          unsafe place += valueCount
        } else {
          unsafe rocksdb_writebatch_delete_cf(
            batch, family(operation.keyspace), key, operation.keyCount)
        }
      }
    }
    do {
      unsafe try attempt("writing \(changes.operations.count) changes") {
        unsafe rocksdb_write(database, writing, batch, $0)
      }
    } catch {
      hasFailed.store(true, ordering: .relaxed)
      throw error
    }
  }

  fileprivate func makeSnapshot() -> OpaquePointer { unsafe rocksdb_create_snapshot(database) }

  fileprivate func release(_ snapshot: OpaquePointer) {
    unsafe rocksdb_release_snapshot(database, snapshot)
  }

  private func family(_ keyspace: Keyspace) -> OpaquePointer {
    unsafe families[keyspace.index]
  }
}

/// One moment of a database, kept readable until this is let go.
///
/// `@unchecked Sendable` for the same reasons as ``RocksDatabase``.
@safe final class RocksSnapshot: @unchecked Sendable {
  let database: RocksDatabase
  fileprivate let reading: OpaquePointer
  private let snapshot: OpaquePointer

  init(of database: RocksDatabase) {
    self.database = database
    unsafe snapshot = database.makeSnapshot()
    unsafe reading = rocksdb_readoptions_create()
    unsafe rocksdb_readoptions_set_snapshot(reading, snapshot)
  }

  deinit {
    unsafe rocksdb_readoptions_destroy(reading)
    unsafe database.release(snapshot)
  }
}

/// RocksDB's out-parameter for an error: a text of its own allocation.
private typealias ErrorText = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// Runs one call of RocksDB and turns its error text into a failure.
@unsafe private func attempt<Result>(
  _ activity: @autoclosure () -> String, _ call: (ErrorText) -> Result
) throws(StorageFailure) -> Result {
  var text: UnsafeMutablePointer<CChar>?
  let result = unsafe call(&text)
  guard let text = unsafe text else { return result }
  defer { unsafe rocksdb_free(text) }
  throw StorageFailure(status: unsafe String(cString: text), while: activity())
}

@unsafe private func withCharacters<Result>(
  of bytes: [UInt8], _ body: (UnsafePointer<CChar>?, Int) -> Result
) -> Result {
  unsafe bytes.withUnsafeBytes {
    unsafe body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
  }
}

@unsafe private func bytes(at start: UnsafePointer<CChar>?, count: Int) -> [UInt8] {
  unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
}
