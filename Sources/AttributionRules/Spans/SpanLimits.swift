/// The numbers that every choice of spans is made with; `docs/spec/spans.md` gives them too.
public enum SpanLimits {
  /// Units of surprisal in a bit.
  public static let unitsPerBit: UInt64 = 16
  /// The least surprisal, in units, of a span worth citing: 64 bits.
  ///
  /// A model of bytes finds text about half again as surprising as one of words does, whose 40 bits
  /// these are.
  public static let leastSurprisal: UInt64 = 64 * unitsPerBit
  /// The most spans that an answer cites.
  public static let mostSpans = 256
  /// The most sources of a span.
  public static let mostSources = 10
  /// A run of so many bytes that stands in the prompt too counts for nothing.
  public static let promptedRun = 8
  /// A run of so many bytes that stands in the background counts for nothing.
  public static let commonRun = 16
  /// Bytes of the longest answer and of the longest prompt.
  public static let longestText = 1 << 20
}
