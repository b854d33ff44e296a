internal import LanguageModels

/// The rows of some answers with one adapter, for a decoder on one thread.
struct AnswerRows {
  private let decoder: Decoder
  private let pages: KeyValuePages
  private let adapter: DecoderAdapter
  private let rows: Int
  private let pagesEach: Int

  init(_ model: DecoderModel, adapter: LoRAAdapter, rows: Int, positions: Int) throws {
    decoder = try Decoder(model, rowLimit: 128, threads: 1)
    self.adapter = try DecoderAdapter(adapter, for: model)
    self.rows = rows
    pagesEach = KeyValuePages.pageCount(positions: positions)
    pages = KeyValuePages(for: model, count: rows * pagesEach)
  }

  private func table(_ row: Int) -> [Int32] {
    (row * pagesEach..<(row + 1) * pagesEach).map(Int32.init)
  }

  /// Reads a prompt but for its beginning.
  func read(_ count: Int, from known: Int, row: Int) throws {
    var step = DecoderStep()
    step.pageTables = [table(row)]
    step.adapters = [adapter]
    step.append(
      (known..<count).map { Int32(100 + $0 * 7 % 1000) }, from: known, sequence: 0, adapter: 0,
      wantsLastLogits: true)
    try decoder.run(step, pages: pages)
    _ = decoder.likeliestToken(0)
  }

  /// Writes a token of every answer.
  func write(at position: Int) throws {
    var step = DecoderStep()
    step.pageTables = (0..<rows).map(table)
    step.adapters = [adapter]
    step.rows = (0..<rows).map {
      .init(
        token: Int32(200 + $0), position: position, sequence: $0, adapter: 0, wantsLogits: true)
    }
    try decoder.run(step, pages: pages)
    for row in 0..<rows { _ = decoder.likeliestToken(row) }
  }
}
