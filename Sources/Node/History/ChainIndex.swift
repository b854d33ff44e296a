internal import CanonicalCoding
public import ClientAPI
public import Ledger
public import Primitives
public import SearchIndex

/// Tables of a chain's history: who signed what, which money moved, what happened to whom.
///
/// All of it follows from the stored blocks and their journals: a lost or damaged file is removed,
/// and filled anew by ``IndexFiller``.
public struct ChainIndex: Sendable {
  let database: SearchDatabase

  /// Opens the tables in the file at `path`, or makes them.
  public init(path: String) throws(SearchFailure) {
    database = try SearchDatabase(path: path, version: 2, schema: Self.schema)
  }

  /// Heights and places are SQLite's signed integers, amounts 16 bytes, big-endian.
  ///
  /// What happened at a block's beginning has place -1: it stands before the first transaction.
  private static let schema = """
    CREATE TABLE blocks (
      height INTEGER PRIMARY KEY, time INTEGER NOT NULL, chain BLOB NOT NULL);
    CREATE TABLE transactions (
      height INTEGER, place INTEGER, id BLOB NOT NULL, signer BLOB NOT NULL, kind INTEGER NOT NULL,
      fee BLOB NOT NULL, code INTEGER NOT NULL, PRIMARY KEY (height, place)) WITHOUT ROWID;
    CREATE INDEX transactions_by_signer ON transactions (signer, height, place);
    CREATE TABLE movements (
      holder BLOB, height INTEGER, place INTEGER, entry INTEGER, incoming INTEGER NOT NULL,
      other BLOB, cause INTEGER NOT NULL, amount BLOB NOT NULL, balance BLOB NOT NULL,
      PRIMARY KEY (holder, height, place, entry)) WITHOUT ROWID;
    CREATE TABLE events (
      subject BLOB, height INTEGER, place INTEGER, entry INTEGER, kind INTEGER NOT NULL,
      amount BLOB NOT NULL, PRIMARY KEY (subject, height, place, entry)) WITHOUT ROWID;
    CREATE TABLE holders (holder BLOB PRIMARY KEY, balance BLOB NOT NULL) WITHOUT ROWID;
    """

  /// How far the tables reach, and of which chain they are; nil if they are empty.
  func last() throws(SearchFailure) -> (height: Height, chain: Identifier<Chain>)? {
    let rows = try database.rows(
      "SELECT height, chain FROM blocks ORDER BY height DESC", limit: 1)
    guard let row = rows.first, let height = row[0].integer,
      let chain = row[1].value(of: Identifier<Chain>.self)
    else { return nil }
    return (Height(UInt64(height)), chain)
  }

  /// Empties the tables, to be filled anew.
  func clear() throws(SearchFailure) {
    var transaction = SearchTransaction()
    for table in ["blocks", "transactions", "movements", "events", "holders"] {
      transaction.run("DELETE FROM \(table)")
    }
    try database.write(transaction)
  }

  /// What a holder has after all that is in the tables.
  func balance(of holder: Holder) throws(SearchFailure) -> Amount {
    let rows = try database.rows(
      "SELECT balance FROM holders WHERE holder = ?", [.canonical(holder)], limit: 1)
    return rows.first?[0].value(of: Amount.self) ?? .zero
  }
}

extension ChainIndex: HistoryClient {
  public func statement(
    of holder: Holder, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<StatementLine> {
    let (reached, rows) = try answering { () throws(SearchFailure) in
      try page(
        """
        SELECT m.height, m.place, m.entry, b.time, m.incoming, m.other, m.cause, m.amount,
          m.balance, t.id, t.signer, t.kind, t.fee, t.code
        FROM movements m JOIN blocks b ON b.height = m.height
          LEFT JOIN transactions t ON t.height = m.height AND t.place = m.place
        WHERE m.holder = ? AND (m.height, m.place, m.entry) < (?, ?, ?)
        ORDER BY m.height DESC, m.place DESC, m.entry DESC
        """, [.canonical(holder)] + bounds(place), limit: limit)
    }
    let found = try rows.map { row throws(ClientFailure) in try line(row) }
    return HistoryPage(reached, found, limit: limit, place: \.place)
  }

  public func transactions(
    of account: Identifier<Account>, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<TransactionSummary> {
    let (reached, rows) = try answering { () throws(SearchFailure) in
      try page(
        """
        SELECT height, place, id, signer, kind, fee, code FROM transactions
        WHERE signer = ? AND (height, place) < (?, ?) ORDER BY height DESC, place DESC
        """, [.canonical(account)] + bounds(place).dropLast(), limit: limit)
    }
    let found = try rows.map { row throws(ClientFailure) in
      try sound(summary(row[2...], height: row[0], place: row[1]))
    }
    return HistoryPage(reached, found, limit: limit, place: \.place)
  }

  public func events(
    of subject: Digest, before place: HistoryPlace?, limit: Int
  ) async throws(ClientFailure) -> HistoryPage<PlacedEvent> {
    let (reached, rows) = try answering { () throws(SearchFailure) in
      try page(
        """
        SELECT height, place, entry, kind, amount FROM events
        WHERE subject = ? AND (height, place, entry) < (?, ?, ?)
        ORDER BY height DESC, place DESC, entry DESC
        """, [.canonical(subject)] + bounds(place), limit: limit)
    }
    let found = try rows.map { row throws(ClientFailure) in
      let kind = try sound(
        row[3].integer.flatMap { EventKind(rawValue: UInt16(truncatingIfNeeded: $0)) })
      let amount = try sound(row[4].value(of: Amount.self))
      return PlacedEvent(
        place: try sound(HistoryPlace(row[0...2])),
        event: Event(kind: kind, subject: subject, amount: amount))
    }
    return HistoryPage(reached, found, limit: limit, place: \.place)
  }

  private func line(_ row: [SQLValue]) throws(ClientFailure) -> StatementLine {
    let cause = try sound(row[6].integer)
    let time = try sound(row[3].integer)
    return StatementLine(
      place: try sound(HistoryPlace(row[0...2])),
      time: BlockTime(milliseconds: UInt64(time)),
      cause: cause == 0
        ? nil : try sound(MoveCause(rawValue: UInt16(truncatingIfNeeded: cause))),
      isIncoming: row[4].integer == 1,
      amount: try sound(row[7].value(of: Amount.self)),
      other: row[5] == .null ? nil : try sound(row[5].value(of: Holder.self)),
      balance: try sound(row[8].value(of: Amount.self)),
      transaction: row[9] == .null
        ? nil : try sound(summary(row[9...], height: row[0], place: row[1])))
  }

  /// Reads id, signer, kind, fee and code.
  private func summary(
    _ columns: ArraySlice<SQLValue>, height: SQLValue, place: SQLValue
  ) -> TransactionSummary? {
    let first = columns.startIndex
    guard let height = height.integer, let place = place.integer,
      let id = columns[first].value(of: Digest.self),
      let signer = columns[first + 1].value(of: Identifier<Account>.self),
      let kind = columns[first + 2].integer.flatMap({
        MessageKind(rawValue: UInt16(truncatingIfNeeded: $0))
      }),
      let fee = columns[first + 3].value(of: Amount.self), let code = columns[first + 4].integer
    else { return nil }
    return TransactionSummary(
      id: Identifier(id), height: Height(UInt64(height)), index: UInt32(place), signer: signer,
      kind: kind, fee: fee, code: UInt32(truncatingIfNeeded: code))
  }

  private func bounds(_ place: HistoryPlace?) -> [SQLValue] {
    guard let place else { return [.integer(.max), 0, 0] }
    return [
      .integer(Int64(clamping: place.height.number)), .place(place.index),
      .integer(Int64(place.entry)),
    ]
  }

  /// One row more than asked for, which says whether there are older ones.
  ///
  /// The height is read first: what comes in between shows, and is asked for again at worst.
  private func page(
    _ query: String, _ values: [SQLValue], limit: Int
  ) throws(SearchFailure) -> (Height, [[SQLValue]]) {
    let reached = try last()?.height ?? .genesis
    return (reached, try database.rows(query, values, limit: HistoryBounds.count(limit) + 1))
  }

  private func answering<Value>(
    _ body: () throws(SearchFailure) -> Value
  ) throws(ClientFailure) -> Value {
    do {
      return try body()
    } catch {
      throw ClientFailure(code: .storageFailed, message: "\(error)")
    }
  }

  /// The tables hold what the filler wrote; anything else is damage.
  private func sound<Value>(_ value: Value?) throws(ClientFailure) -> Value {
    guard let value else {
      throw ClientFailure(
        code: .storageFailed,
        message: "the index is damaged; remove its file and start the node again")
    }
    return value
  }
}

extension HistoryPlace {
  fileprivate init?(_ columns: ArraySlice<SQLValue>) {
    let numbers = columns.compactMap(\.integer)
    guard numbers.count == 3 else { return nil }
    self.init(
      height: Height(UInt64(numbers[0])), index: UInt32(exactly: numbers[1]),
      entry: UInt32(truncatingIfNeeded: numbers[2]))
  }
}

extension HistoryPage {
  /// Cuts what was found at what was asked for.
  fileprivate init(
    _ reached: Height, _ found: [Element], limit: Int, place: (Element) -> HistoryPlace
  ) {
    let kept = Array(found.prefix(HistoryBounds.count(limit)))
    self.init(
      indexedHeight: reached, elements: kept,
      next: kept.count < found.count ? kept.last.map(place) : nil)
  }
}

extension HistoryBounds {
  fileprivate static func count(_ limit: Int) -> Int { min(max(limit, 0), pageMaximum) }
}

extension SQLValue {
  /// Where in a block something stands; nil for its beginning.
  static func place(_ index: UInt32?) -> SQLValue { .integer(index.map(Int64.init) ?? -1) }

  static func canonical(_ value: some CanonicalCodable) -> SQLValue { .blob(value.canonicalBytes) }

  /// What was bound as ``canonical(_:)``.
  func value<Value: CanonicalCodable>(of: Value.Type) -> Value? {
    blob.flatMap { try? Value(canonicalBytes: $0) }
  }
}
