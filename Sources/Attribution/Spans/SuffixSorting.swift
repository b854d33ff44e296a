internal import CDivSufSort

/// libdivsufsort, which keeps no handles: the only file that calls it.
enum SuffixSorting {
  /// The longest text that 32-bit suffixes reach: 2 GiB less one byte.
  static let longestText = Int(Int32.max)

  /// Sorts the suffixes of `text` by their bytes into `suffixes`, whatever repeats in the text.
  ///
  /// Cost: about 15 MB of text a second on one core; no memory but a few hundred KiB.
  /// - Precondition: both have the same count, at most ``longestText``.
  static func sort(
    _ text: UnsafeBufferPointer<UInt8>, into suffixes: UnsafeMutableBufferPointer<Int32>
  ) throws(AttributionFailure) {
    precondition(text.count == suffixes.count, "a text has as many suffixes as bytes")
    precondition(text.count <= longestText, "a suffix's place has 31 bits")
    guard !text.isEmpty else { return }
    let status = unsafe divsufsort(text.baseAddress, suffixes.baseAddress, Int32(text.count))
    // Lengths are right, so nothing is left but its tables finding no memory.
    guard status == 0 else { throw AttributionFailure(.spansTooLarge, detail: "out of memory") }
  }
}
