internal import CSQLite

/// One open connection; the only file that sees SQLite's pointers.
///
/// Prepared statements are kept by their text, so a statement's text should be a literal with
/// question marks, never made of values.
@safe struct SQLiteConnection: ~Copyable {
  private let database: OpaquePointer
  private var statements: [String: OpaquePointer] = unsafe [:]

  /// Opens the file at `path`, making it if it is writable and missing.
  init(path: String, isWritable: Bool) throws(SearchFailure) {
    var opened: OpaquePointer?
    let access = isWritable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    // A connection is used by one task at a time: its owner holds a lock.
    let status = unsafe sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX, nil)
    guard let opened = unsafe opened else {
      throw SearchFailure(code: .failed, message: "no memory to open \(path)")
    }
    guard status == SQLITE_OK else {
      let failure = unsafe SearchFailure(of: opened, status: status, while: "opening \(path)")
      unsafe sqlite3_close(opened)
      throw failure
    }
    unsafe database = opened
    unsafe sqlite3_busy_timeout(opened, 5_000)
    unsafe sqlite3_extended_result_codes(opened, 1)
  }

  deinit {
    unsafe statements.values.forEach { unsafe sqlite3_finalize($0) }
    unsafe sqlite3_close(database)
  }

  /// Runs statements that take no values and give no rows.
  func runScript(_ script: String) throws(SearchFailure) {
    let status = unsafe sqlite3_exec(database, script, nil, nil, nil)
    guard status == SQLITE_OK else {
      throw unsafe SearchFailure(of: database, status: status, while: "running a script")
    }
  }

  /// Runs one statement and returns at most `limit` of its rows.
  mutating func run(
    _ text: String, _ values: [SQLValue], limit: Int = .max
  ) throws(SearchFailure) -> [[SQLValue]] {
    let statement = unsafe try prepared(text)
    defer {
      unsafe sqlite3_reset(statement)
      unsafe sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      let status = unsafe bind(value, at: Int32(index + 1), of: statement)
      guard status == SQLITE_OK else {
        throw unsafe SearchFailure(of: database, status: status, while: "binding a value")
      }
    }
    var rows: [[SQLValue]] = []
    while rows.count < limit {
      let status = unsafe sqlite3_step(statement)
      switch status {
      case SQLITE_ROW:
        let columns = unsafe sqlite3_column_count(statement)
        rows.append((0..<columns).map { unsafe value(inColumn: $0, of: statement) })
      case SQLITE_DONE: return rows
      default:
        throw unsafe SearchFailure(of: database, status: status, while: "running \(text)")
      }
    }
    return rows
  }

  private mutating func prepared(_ text: String) throws(SearchFailure) -> OpaquePointer {
    if let found = unsafe statements[text] { return unsafe found }
    var made: OpaquePointer?
    let status = unsafe sqlite3_prepare_v3(
      database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard status == SQLITE_OK, let made = unsafe made else {
      throw unsafe SearchFailure(of: database, status: status, while: "preparing \(text)")
    }
    unsafe statements[text] = made
    return unsafe made
  }

  private func bind(_ value: SQLValue, at index: Int32, of statement: OpaquePointer) -> Int32 {
    // SQLite copies what it is given before the call returns.
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    return switch value {
    case .null: unsafe sqlite3_bind_null(statement, index)
    case .integer(let value): unsafe sqlite3_bind_int64(statement, index, value)
    case .text(let value):
      unsafe sqlite3_bind_text(statement, index, value, Int32(value.utf8.count), copied)
    case .blob(let value):
      // An empty array has no address, and a null address would bind NULL.
      value.isEmpty
        ? unsafe sqlite3_bind_zeroblob(statement, index, 0)
        : unsafe sqlite3_bind_blob(statement, index, value, Int32(value.count), copied)
    }
  }

  private func value(inColumn index: Int32, of statement: OpaquePointer) -> SQLValue {
    switch unsafe sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, index))
    case SQLITE_TEXT:
      // Its length counts, for a text may hold a zero byte.
      let start = unsafe sqlite3_column_text(statement, index)
      let count = Int(unsafe sqlite3_column_bytes(statement, index))
      let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
      return .text(unsafe String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB:
      let count = Int(unsafe sqlite3_column_bytes(statement, index))
      let start = unsafe sqlite3_column_blob(statement, index)
      return .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
    default: return .null
    }
  }
}

extension SearchFailure {
  fileprivate init(of database: OpaquePointer, status: Int32, while activity: String) {
    let code: Code =
      switch status & 0xff {
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      case SQLITE_BUSY, SQLITE_LOCKED: .locked
      case SQLITE_FULL: .diskFull
      case SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_AUTH: .permissionDenied
      default: .failed
      }
    let words = unsafe String(cString: sqlite3_errmsg(database))
    self.init(code: code, message: "\(activity) failed: \(words)")
  }
}
