internal import Cryptography
internal import Glibc
internal import Primitives

/// The bytes of a shard: memory of its own, or a file mapped for reading.
///
/// A mapped file may be removed while it is in use, but not shortened: its owner never writes to a
/// file that has its name. `@unchecked`: whoever makes them writes them before they are shared, and
/// from then on they are only read.
@safe final class ShardBytes: @unchecked Sendable {
  let count: Int
  private let start: UnsafeMutableRawPointer
  private let isMapped: Bool

  /// Makes room for `count` bytes, which are not cleared.
  init(count: Int) {
    self.count = count
    unsafe start = .allocate(byteCount: max(count, 1), alignment: 16)
    isMapped = false
  }

  convenience init(_ bytes: [UInt8]) {
    self.init(count: bytes.count)
    unsafe bytes.withUnsafeBytes { unsafe writable.copyMemory(from: $0) }
  }

  /// Maps a file: its pages are read when they are used, and given up when memory is short.
  init(mapping path: String) throws(AttributionFailure) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw errno == ENOENT
        ? AttributionFailure(.spansCorrupt, detail: "\(path) is missing")
        : AttributionFailure(systemError: errno, while: "opening \(path)")
    }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else {
      throw AttributionFailure(systemError: errno, while: "looking at \(path)")
    }
    let size = Int(status.st_size)
    guard size > 0 else { throw AttributionFailure(.spansCorrupt, detail: "\(path) is empty") }
    let mapped = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      throw AttributionFailure(systemError: errno, while: "mapping \(path)")
    }
    count = size
    unsafe start = mapped
    isMapped = true
  }

  deinit {
    if isMapped { unsafe munmap(start, count) } else { unsafe start.deallocate() }
  }

  /// Valid as long as the object is.
  var raw: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }

  /// The same for whoever makes them.
  var writable: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  /// - Precondition: the range lies within.
  func array(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "within the bytes")
    return unsafe [UInt8](raw[range])
  }

  /// Reads a little-endian number.
  /// - Precondition: it lies within.
  func number<Value: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Value.Type = Value.self
  ) -> Value {
    precondition(offset >= 0 && offset <= count - MemoryLayout<Value>.size, "within the bytes")
    return unsafe Value(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Writes a little-endian number.
  /// - Precondition: it lies within, and nobody else has the bytes yet.
  func write(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe write($0, at: offset) }
  }

  /// - Precondition: they fit, and nobody else has the bytes yet.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    precondition(offset >= 0 && bytes.count <= count - offset, "within the bytes")
    unsafe UnsafeMutableRawBufferPointer(rebasing: writable[offset..<offset + bytes.count])
      .copyMemory(from: bytes)
  }

  func write(_ bytes: [UInt8], at offset: Int) {
    unsafe bytes.withUnsafeBytes { unsafe write($0, at: offset) }
  }

  /// SHA-256 of the first `length` bytes.
  func digest(ofFirst length: Int) -> Digest {
    var hash = SHA256()
    unsafe hash.update(UnsafeRawBufferPointer(rebasing: raw[..<length]))
    return hash.finish()
  }
}

extension AttributionFailure {
  /// The failure for an `errno` value.
  init(systemError number: Int32, while activity: String) {
    let words = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(number)
    self.init(isFull ? .spansDiskFull : .spansInputOutput, detail: "\(activity) failed: \(words)")
  }
}
