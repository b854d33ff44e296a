internal import CSQLite
internal import Synchronization

/// A SQLite file of tables that can be made again from what they index: one writer, one reader,
/// which see whole transactions only.
///
/// Writes are not synced one by one: after a power cut the last ones may be missing, never half
/// there, and whoever fills the tables goes on from what they hold.
public final class SearchDatabase: Sendable {
  private let writer: Mutex<SQLiteConnection>
  private let reader: Mutex<SQLiteConnection>

  /// Opens the file at `path`, or makes it, with the tables of `schema`.
  ///
  /// A file made for another version of the schema is emptied: its tables are derived data.
  /// - Parameters:
  ///   - version: any number above 0 that changes whenever `schema` does.
  ///   - schema: statements that make the tables and their indices.
  public init(path: String, version: Int32, schema: String) throws(SearchFailure) {
    let writing = try SearchDatabase.prepareWriter(path: path, version: version, schema: schema)
    writer = Mutex(writing)
    reader = Mutex(try SQLiteConnection(path: path, isWritable: false))
  }

  private static func prepareWriter(
    path: String, version: Int32, schema: String
  ) throws(SearchFailure) -> SQLiteConnection {
    var connection = try SQLiteConnection(path: path, isWritable: true)
    try connection.runScript(
      """
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      """)
    let found = try connection.run("PRAGMA user_version", []).first?.first?.integer
    guard found != Int64(version) else { return connection }
    // A virtual table takes along those it is made of, which can't be dropped by themselves.
    let tables = try connection.run(
      """
      SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
      ORDER BY sql LIKE 'CREATE VIRTUAL TABLE%' DESC
      """, [])
    let drops = tables.compactMap(\.first?.text)
      .map { "DROP TABLE IF EXISTS \"\($0)\";" }.joined()
    try connection.runScript(
      "BEGIN IMMEDIATE; \(drops) \(schema); PRAGMA user_version = \(version); COMMIT;")
    return connection
  }

  /// Makes all of a transaction's changes visible at once, or none if one fails.
  public func write(_ transaction: SearchTransaction) throws(SearchFailure) {
    let outcome: Result<Void, SearchFailure> = writer.withLock { connection in
      do throws(SearchFailure) {
        try connection.runScript("BEGIN IMMEDIATE")
        for (statement, values) in transaction.statements {
          _ = try connection.run(statement, values)
        }
        try connection.runScript("COMMIT")
        return .success(())
      } catch {
        // A failed BEGIN leaves nothing to take back; then this fails too, and says nothing new.
        do { try connection.runScript("ROLLBACK") } catch {}
        return .failure(error)
      }
    }
    try outcome.get()
  }

  /// Brings deletions into the file: what was deleted is zeros there when this returns, and no log
  /// of older pages is left.
  public func eraseDeleted() throws(SearchFailure) {
    let outcome: Result<Void, SearchFailure> = writer.withLock { connection in
      do throws(SearchFailure) {
        let rows = try connection.run("PRAGMA wal_checkpoint(TRUNCATE)", [])
        guard rows.first?.first?.integer == 0 else {
          throw SearchFailure(code: .locked, message: "a reader holds on to deleted rows")
        }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  /// Returns the rows of a query, each a list of its columns.
  ///
  /// - Parameter limit: where to stop; a query for people has one.
  public func rows(
    _ query: String, _ values: [SQLValue] = [], limit: Int = .max
  ) throws(SearchFailure) -> [[SQLValue]] {
    let outcome: Result<[[SQLValue]], SearchFailure> = reader.withLock { connection in
      do throws(SearchFailure) {
        return .success(try connection.run(query, values, limit: limit))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// SQLite's version, as it runs.
  public static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }
}

/// The changes of one transaction, in order.
public struct SearchTransaction: Sendable {
  public init() {}

  fileprivate var statements: [(String, [SQLValue])] = []

  /// Adds a statement whose question marks stand for `values`.
  public mutating func run(_ statement: String, _ values: [SQLValue] = []) {
    statements.append((statement, values))
  }
}
