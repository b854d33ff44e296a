internal import CDecoder

/// What one step computes: tokens of any sequences, each with an adapter of its own or none.
///
/// A prompt is rows of rising positions; how it is cut into steps changes no bit of anything. Rows
/// of one adapter should stand together.
public struct DecoderStep {
  public struct Row: Hashable, Sendable {
    public var token: Int32
    /// From 0.
    public var position: Int
    /// In ``DecoderStep/pageTables``.
    public var sequence: Int
    /// In ``DecoderStep/adapters``.
    public var adapter: Int?
    public var wantsLogits: Bool

    public init(
      token: Int32, position: Int, sequence: Int, adapter: Int? = nil, wantsLogits: Bool
    ) {
      self.token = token
      self.position = position
      self.sequence = sequence
      self.adapter = adapter
      self.wantsLogits = wantsLogits
    }
  }

  public var rows: [Row] = []
  /// Of each sequence, the numbers of the pages that hold its positions, the last row's too.
  ///
  /// Sequences may share pages of which this step writes none.
  public var pageTables: [[Int32]] = []
  public var adapters: [DecoderAdapter] = []

  public init() {}

  /// Adds consecutive tokens of one sequence; only the last of them wants logits, if asked.
  public mutating func append(
    _ tokens: some Collection<Int32>, from position: Int, sequence: Int, adapter: Int? = nil,
    wantsLastLogits: Bool
  ) {
    for (index, token) in tokens.enumerated() {
      rows.append(
        Row(
          token: token, position: position + index, sequence: sequence, adapter: adapter,
          wantsLogits: wantsLastLogits && index == tokens.count - 1))
    }
  }
}

/// Runs steps of a model on threads that sleep in between; one step at a time.
///
/// Not `Sendable`: whoever schedules owns it.
@safe public final class Decoder {
  /// How kernels are computed; all ways give the same bits.
  public enum Path: UInt32, CaseIterable, Sendable {
    case fastest = 0
    case portable = 1
    case avx2 = 2

    /// Whether this processor runs it.
    public var isSupported: Bool { cdecoder_supports(cdecoder_path(rawValue)) }
  }

  public let model: DecoderModel
  /// The most rows of a step.
  public let rowLimit: Int
  /// How many rows of the last step have logits.
  public private(set) var logitCount = 0
  private let handle: OpaquePointer
  private let stride: Int
  private var logitValues: [Float] = []

  /// - Parameter threads: counts the caller's; results don't depend on it.
  /// - Throws: ``ModelFailure`` with `inputInvalid` for absurd sizes or a path this processor
  ///   doesn't run, or with `outOfMemory`.
  public init(
    _ model: DecoderModel, rowLimit: Int, threads: Int, path: Path = .fastest
  ) throws(ModelFailure) {
    guard let rows = Int32(exactly: rowLimit), let count = Int32(exactly: threads) else {
      throw ModelFailure(.inputInvalid, "absurdly many rows or threads")
    }
    self.model = model
    self.rowLimit = rowLimit
    stride = unsafe cdecoder_logits_stride(model.handle)
    unsafe handle = try Decoding.newHandle(or: .inputInvalid) { slot in
      unsafe cdecoder_engine_create(
        slot, model.handle, rows, count, cdecoder_path(path.rawValue))
    }
  }

  deinit { unsafe cdecoder_engine_destroy(handle) }

  /// Computes all rows, keeps their keys and values in `pages`, and the logits of those that want
  /// them, in the rows' order, until the next step.
  /// - Throws: ``ModelFailure`` with `inputInvalid`, and nothing was written.
  public func run(_ step: DecoderStep, pages: KeyValuePages) throws(ModelFailure) {
    logitCount = 0
    let limit = model.configuration.contextLength
    guard step.rows.allSatisfy({ step.pageTables.indices.contains($0.sequence) }),
      step.rows.allSatisfy({ (0..<limit).contains($0.position) }),
      step.rows.allSatisfy({ $0.adapter.map(step.adapters.indices.contains) ?? true })
    else { throw ModelFailure(.inputInvalid, "a row outside its pages, or the model's context") }
    let starts = step.pageTables.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    guard
      step.rows.allSatisfy({
        KeyValuePages.pageCount(positions: $0.position + 1) <= step.pageTables[$0.sequence].count
      }), unsafe cdecoder_page_bytes(model.handle, pages.precision == .half) == pages.bytesPerPage
    else { throw ModelFailure(.inputInvalid, "a position without a page, or another model's") }
    let rows = step.rows.map { row in
      cdecoder_row(
        token: row.token, position: Int32(row.position), first_page: Int32(starts[row.sequence]),
        adapter: Int32(row.adapter ?? -1), wants_logits: row.wantsLogits)
    }
    let wanted = step.rows.count { $0.wantsLogits }
    if logitValues.count < wanted * stride {
      logitValues = [Float](repeating: 0, count: wanted * stride)
    }
    try call(rows, step, pages)
    logitCount = wanted
  }

  private func call(
    _ rows: [cdecoder_row], _ step: DecoderStep, _ pages: KeyValuePages
  ) throws(ModelFailure) {
    let numbers = step.pageTables.flatMap { $0 }
    let adapters = unsafe step.adapters.map { unsafe $0.handle }
    var status = CDECODER_OK
    unsafe rows.withUnsafeBufferPointer { rows in
      unsafe numbers.withUnsafeBufferPointer { numbers in
        unsafe adapters.withUnsafeBufferPointer { adapters in
          unsafe logitValues.withUnsafeMutableBufferPointer { logits in
            guard let firstRow = rows.baseAddress, let firstNumber = numbers.baseAddress else {
              return status = CDECODER_BAD_ARGUMENT
            }
            var batch = unsafe cdecoder_batch(
              rows: firstRow, row_count: rows.count, pages: firstNumber,
              page_number_count: numbers.count, adapters: adapters.baseAddress,
              adapter_count: adapters.count, pool: pages.memory, pool_pages: pages.count,
              is_half: pages.precision == .half)
            status = unsafe cdecoder_step(handle, &batch, logits.baseAddress)
          }
        }
      }
    }
    withExtendedLifetime((step, pages)) {}
    try Decoding.check(status, .inputInvalid)
  }

  // MARK: - Results

  /// The logits, by ascending token, of a row of the last step.
  /// - Parameter index: among the rows that wanted logits.
  /// - Precondition: there are as many.
  public func logits(_ index: Int) -> [Float] {
    precondition(index < logitCount, "no such logits")
    return Array(logitValues[index * stride..<index * stride + model.configuration.vocabularySize])
  }

  /// The likeliest token of a row of the last step; of equals, the lowest.
  /// - Parameter index: among the rows that wanted logits.
  /// - Precondition: there are as many.
  public func likeliestToken(_ index: Int) -> Int32 {
    precondition(index < logitCount, "no such logits")
    return unsafe logitValues.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return 0 }
      return Int32(
        unsafe cdecoder_largest(start + index * stride, model.configuration.vocabularySize))
    }
  }
}
