internal import CZlib

/// Bytes that gzip deflated; the only file that knows zlib.
enum GzipStream {
  private static let pieceSize = 64 << 10

  /// Inflates one stream.
  /// - Throws: ``ModelFailure`` with `adapterCorrupt` if it is damaged, cut off, or becomes more than
  ///   `limit` bytes.
  static func inflate(_ bytes: [UInt8], atMost limit: Int) throws(ModelFailure) -> [UInt8] {
    guard let count = UInt32(exactly: bytes.count) else {
      throw ModelFailure(.adapterCorrupt, "an archive of four gigabytes and more")
    }
    var result: [UInt8] = []
    var isWhole = false
    var isTooLarge = false
    unsafe bytes.withUnsafeBytes { input in
      var stream = unsafe z_stream()
      guard unsafe czlib_start(&stream) == Z_OK else { return }
      defer { unsafe inflateEnd(&stream) }
      // zlib reads and never writes here.
      unsafe stream.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      unsafe stream.avail_in = count
      var piece = [UInt8](repeating: 0, count: pieceSize)
      while !isWhole, !isTooLarge {
        let status = unsafe piece.withUnsafeMutableBufferPointer { output in
          unsafe stream.next_out = output.baseAddress
          unsafe stream.avail_out = UInt32(output.count)
          return unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        let written = unsafe pieceSize - Int(stream.avail_out)
        isTooLarge = result.count + written > limit
        if !isTooLarge { result += piece[..<written] }
        isWhole = status == Z_STREAM_END
        // Nothing more comes of what was cut off.
        guard status == Z_OK, unsafe written > 0 || stream.avail_in > 0 else { break }
      }
    }
    guard !isTooLarge else {
      throw ModelFailure(.adapterCorrupt, "the archive holds more than \(limit) bytes")
    }
    guard isWhole else { throw ModelFailure(.adapterCorrupt, "the archive is damaged or cut off") }
    return result
  }
}
