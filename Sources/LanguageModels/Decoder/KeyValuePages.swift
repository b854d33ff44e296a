internal import CDecoder

/// Memory for the keys and values of positions, in pages of sixteen; whoever schedules hands out
/// their numbers.
///
/// `@unchecked Sendable`: the memory is written by decoders alone, and a page that two of them use
/// at once must be one that neither writes.
@safe public final class KeyValuePages: @unchecked Sendable {
  /// How a number is kept.
  public enum Precision: Sendable {
    /// Two bytes; moves logits by hundredths.
    case half
    case single
  }

  /// Positions of a page.
  public static let tokensPerPage = Int(CDECODER_PAGE_TOKENS)

  public let count: Int
  public let precision: Precision
  public let bytesPerPage: Int
  let memory: UnsafeMutableRawPointer

  /// Reserves pages; the system provides memory as they are first written.
  /// - Precondition: at least one page.
  public init(for model: DecoderModel, count: Int, precision: Precision = .single) {
    precondition(count > 0, "no pages")
    self.count = count
    self.precision = precision
    bytesPerPage = unsafe cdecoder_page_bytes(model.handle, precision == .half)
    unsafe memory = UnsafeMutableRawPointer.allocate(
      byteCount: count * bytesPerPage, alignment: 64)
  }

  deinit { unsafe memory.deallocate() }

  /// How many pages hold that many positions.
  public static func pageCount(positions: Int) -> Int {
    (positions + tokensPerPage - 1) / tokensPerPage
  }
}
