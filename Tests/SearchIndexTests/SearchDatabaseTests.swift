import Foundation
import SearchIndex
import Testing

@Suite struct SearchDatabaseTests {
  private let path = FileManager.default.temporaryDirectory
    .appending(path: "whence-\(UUID().uuidString).sqlite").path

  private func open(version: Int32 = 1) throws -> SearchDatabase {
    try SearchDatabase(
      path: path, version: version,
      schema: "CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER, content BLOB);")
  }

  private func insertion(of rows: [[SQLValue]]) -> SearchTransaction {
    var transaction = SearchTransaction()
    for row in rows { transaction.run("INSERT INTO things VALUES (?, ?, ?)", row) }
    return transaction
  }

  private func insertion(of names: String...) -> SearchTransaction {
    insertion(of: names.map { [.text($0), .null, .null] })
  }

  private func names(in database: SearchDatabase, limit: Int = .max) throws -> [String] {
    try database.rows("SELECT name FROM things ORDER BY name", limit: limit)
      .compactMap { $0.first?.text }
  }

  @Test func `what is written is read back, value by value`() throws {
    let database = try open()
    let rows: [[SQLValue]] = [
      ["", .null, .blob([])], ["naïve", -9_000_000_000, .blob([0, 255])],
    ]
    try database.write(insertion(of: rows))
    #expect(try database.rows("SELECT * FROM things ORDER BY name") == rows)
    let found = try database.rows("SELECT size FROM things WHERE content = ?", [rows[1][2]])
    #expect(found == [[rows[1][1]]])
  }

  @Test func `a text keeps its zero bytes`() throws {
    let database = try open()
    try database.write(insertion(of: "a\0b"))
    #expect(try names(in: database) == ["a\0b"])
  }

  @Test func `what was deleted and erased is in no file any more`() throws {
    let database = try open()
    try database.write(insertion(of: "kept", "unforgettable"))
    func holdsIt() -> Bool {
      [path, path + "-wal"].contains { name in
        guard let data = FileManager.default.contents(atPath: name) else { return false }
        return data.firstRange(of: Data("unforgettable".utf8)) != nil
      }
    }
    #expect(holdsIt())
    var deletion = SearchTransaction()
    deletion.run("DELETE FROM things WHERE name = ?", ["unforgettable"])
    try database.write(deletion)
    try database.eraseDeleted()
    #expect(!holdsIt())
    #expect(try names(in: database) == ["kept"])
  }

  @Test func `a file with a full-text table is emptied for another version too`() throws {
    let schema = "CREATE VIRTUAL TABLE texts USING fts5(text);"
    let first = try SearchDatabase(path: path, version: 1, schema: schema)
    var insertion = SearchTransaction()
    insertion.run("INSERT INTO texts VALUES (?)", ["word"])
    try first.write(insertion)
    let second = try SearchDatabase(path: path, version: 2, schema: schema)
    #expect(try second.rows("SELECT * FROM texts").isEmpty)
  }

  @Test func `a transaction that fails in its middle leaves nothing`() throws {
    let database = try open()
    #expect(throws: SearchFailure.self) { try database.write(insertion(of: "first", "first")) }
    #expect(try names(in: database).isEmpty)
    try database.write(insertion(of: "second"))
    #expect(try names(in: database) == ["second"])
  }

  @Test func `a query stops at its limit`() throws {
    let database = try open()
    try database.write(insertion(of: "a", "b", "c"))
    #expect(try names(in: database, limit: 2) == ["a", "b"])
    #expect(try names(in: database, limit: 0).isEmpty)
    #expect(try names(in: database) == ["a", "b", "c"])
  }

  @Test func `a file keeps what was written until its tables get another version`() throws {
    try open().write(insertion(of: "kept"))
    #expect(try names(in: try open()) == ["kept"])
    #expect(try names(in: try open(version: 2)).isEmpty)
  }

  @Test func `a file that is no index is told apart from one that can't be reached`() throws {
    try Data("this is no database, whatever its name says".utf8).write(to: URL(filePath: path))
    let failure = #expect(throws: SearchFailure.self) { _ = try open() }
    #expect(failure?.code == .corrupt)
    let nowhere = #expect(throws: SearchFailure.self) {
      _ = try SearchDatabase(path: "/nowhere/at/all.sqlite", version: 1, schema: "")
    }
    #expect(nowhere?.code == .permissionDenied)
  }
}
