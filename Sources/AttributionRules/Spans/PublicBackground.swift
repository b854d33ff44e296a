internal import CBackground
internal import Cryptography
public import Primitives

/// What everybody repeats: licences and their notices, the turns of dictionaries.
///
/// Fixed like the costs of bytes, and in every build, so that no receipt has to name it:
/// `docs/spec/spans.md` gives its digest, `scripts/background/make_texts.py` its sources.
public enum PublicBackground {
  /// How many runs of ``SpanLimits/commonRun`` bytes there are.
  public static var count: Int { runs.count / SpanLimits.commonRun }

  /// Of all runs, sorted by their bytes, one behind the other.
  public static var digest: Digest { SHA256.digest(of: runs) }

  /// All runs, sorted by their bytes, one behind the other.
  static var runs: [UInt8] {
    var count = 0
    guard let first = unsafe background_runs(&count) else { return [] }
    return unsafe Array(
      UnsafeBufferPointer(start: first, count: count * SpanLimits.commonRun))
  }

  /// For each byte of an answer, whether it lies in such a run.
  /// - Complexity: O(answer · log ``count``).
  static func marks(in answer: [UInt8]) -> [Bool] {
    unsafe [UInt8](unsafeUninitializedCapacity: answer.count) { marks, count in
      if let marks = marks.baseAddress { unsafe background_mark(answer, answer.count, marks) }
      count = answer.count
    }.map { $0 != 0 }
  }
}
