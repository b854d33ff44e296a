public import ClientAPI
public import LanguageModels
public import Primitives
internal import SearchIndex

extension SentenceEncoder: SentenceEncoding {}

/// Finds passages for a question, by their words and by their meaning.
///
/// Texts lie in a SQLite file, beside vectors of 388 bytes each (at 384 numbers) that are held in
/// memory too, or above 10⁵ passages in a graph of about three times that. The file can be made
/// again from the records. One owner at a time.
public actor PassageIndex {
  /// How many passages an answer may lean on.
  public static let mostResults = PassageContext.passageMaximum
  /// How many passages a file may hold.
  public static let standardCapacity = 1 << 20
  /// How many candidates words and meaning name each.
  private static let depth = 64
  /// So many are encoded and written at a time.
  private static let batchSize = 64

  private static let schema = """
    CREATE TABLE passage (id INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, \
    vector BLOB NOT NULL);
    CREATE VIRTUAL TABLE passage_text USING \
    fts5(text, tokenize = 'porter unicode61 remove_diacritics 2');
    """

  private let database: SearchDatabase
  private let encoder: any SentenceEncoding
  private let capacity: Int
  private var vectors: VectorIndex
  private var nextNumber: Int64 = 1

  /// Opens the index in the file at `path`, or makes it.
  ///
  /// Cost: one reading of all vectors; above 10⁵ passages they are linked again.
  /// - Throws: ``AttributionFailure`` with `passagesCorrupt` if the file was made by an encoder of
  ///   another dimension; ``SearchIndex/SearchFailure``.
  public init(
    path: String, encoder: any SentenceEncoding, capacity: Int = PassageIndex.standardCapacity
  ) throws {
    try self.init(
      path: path, encoder: encoder, capacity: capacity,
      exactLimit: VectorIndex.standardExactLimit)
  }

  init(path: String, encoder: any SentenceEncoding, capacity: Int, exactLimit: Int) throws {
    database = try SearchDatabase(path: path, version: 1, schema: Self.schema)
    self.encoder = encoder
    self.capacity = capacity
    var vectors = VectorIndex(dimension: encoder.dimension, exactLimit: exactLimit)
    var last: Int64 = 0
    while true {
      let rows = try database.rows(
        "SELECT id, vector FROM passage WHERE id > ? ORDER BY id LIMIT 4096", [.integer(last)])
      for row in rows {
        guard let number = row[0].integer, let bytes = row[1].blob,
          let vector = CoarseVector(bytes: bytes, dimension: encoder.dimension)
        else { throw AttributionFailure(.passagesCorrupt, detail: path) }
        try vectors.add(vector, label: number)
        last = number
      }
      if rows.count < 4096 { break }
    }
    nextNumber = last + 1
    self.vectors = vectors
  }

  public var count: Int { vectors.count }

  /// Adds passages whose records are not in yet.
  ///
  /// Batches of 64 are on disk one by one: what is interrupted goes on where it was when the same
  /// passages are added again. Cost: an encoding of each text.
  /// - Throws: ``AttributionFailure`` with `passagesTooMany` once the index is full;
  ///   ``SearchIndex/SearchFailure``; what the encoder throws.
  public func add(_ passages: [Passage]) async throws {
    for start in stride(from: 0, to: passages.count, by: Self.batchSize) {
      let batch = passages[start..<min(start + Self.batchSize, passages.count)]
      let vectors = try await encoder.vectors(for: batch.map(\.text)).map(CoarseVector.init)
      // Only now, because others may have added meanwhile.
      try write(zip(batch, vectors).map { ($0, $1) })
    }
  }

  private func write(_ batch: [(Passage, CoarseVector)]) throws {
    var transaction = SearchTransaction()
    var added: [(Int64, CoarseVector)] = []
    var seen: Set<Digest> = []
    for (passage, vector) in batch {
      let isNew = seen.insert(passage.record).inserted
      guard isNew, try number(of: passage.record) == nil else { continue }
      let number = nextNumber + Int64(added.count)
      transaction.run(
        "INSERT INTO passage (id, record, vector) VALUES (?, ?, ?)",
        [.integer(number), .blob(passage.record.bytes), .blob(vector.bytes)])
      transaction.run(
        "INSERT INTO passage_text (rowid, text) VALUES (?, ?)",
        [.integer(number), .text(passage.text)])
      added.append((number, vector))
    }
    guard vectors.count + added.count <= capacity else {
      throw AttributionFailure(.passagesTooMany, detail: "\(capacity) passages")
    }
    try database.write(transaction)
    nextNumber += Int64(added.count)
    for (number, vector) in added { try vectors.add(vector, label: number) }
  }

  /// Takes records' passages out; when it returns, the file holds nothing of their texts any more.
  ///
  /// Cost: one pass over the whole text index.
  public func withdraw(_ records: Set<Digest>) throws {
    let numbers = Set(try records.compactMap { try number(of: $0) })
    guard !numbers.isEmpty else { return }
    var transaction = SearchTransaction()
    for number in numbers.sorted() {
      transaction.run("DELETE FROM passage WHERE id = ?", [.integer(number)])
      transaction.run("DELETE FROM passage_text WHERE rowid = ?", [.integer(number)])
    }
    // Words of a deleted text stay in the text index until its parts are merged.
    transaction.run("INSERT INTO passage_text (passage_text) VALUES ('optimize')")
    try database.write(transaction)
    vectors.remove(numbers)
    try database.eraseDeleted()
  }

  /// Returns up to `count` passages, the most useful first.
  ///
  /// - Throws: what the encoder throws; ``SearchIndex/SearchFailure``. No question is a syntax
  ///   error; one without a word is searched by meaning alone.
  /// - Precondition: 1 to ``mostResults`` passages are asked for.
  public func search(_ question: String, count: Int) async throws -> [Passage] {
    precondition((1...Self.mostResults).contains(count), "at most 16 passages")
    guard vectors.count > 0, let vector = try await encoder.vectors(for: [question]).first
    else { return [] }
    let alike = try vectors.nearest(to: CoarseVector(vector), count: Self.depth)
    return try RankFusion.fused([alike, byWords(question)], count: count).compactMap(passage)
  }

  private func byWords(_ question: String) throws(SearchFailure) -> [Int64] {
    guard let query = FullTextQuery(anyWordOf: question) else { return [] }
    return try database.rows(
      "SELECT rowid FROM passage_text WHERE passage_text MATCH ? ORDER BY rank, rowid LIMIT ?",
      [.text(query.match), .integer(Int64(Self.depth))]
    ).compactMap(\.first?.integer)
  }

  private func number(of record: Digest) throws(SearchFailure) -> Int64? {
    try database.rows("SELECT id FROM passage WHERE record = ?", [.blob(record.bytes)])
      .first?.first?.integer
  }

  private func passage(_ number: Int64) throws -> Passage? {
    let found = try database.rows(
      """
      SELECT record, text FROM passage JOIN passage_text ON passage_text.rowid = passage.id
      WHERE id = ?
      """, [.integer(number)])
    guard let row = found.first else { return nil }
    guard let bytes = row[0].blob, let record = Digest(bytes: bytes), let text = row[1].text
    else { throw AttributionFailure(.passagesCorrupt) }
    return Passage(record: record, text: text)
  }
}
