internal import Glibc

/// A file's bytes as they lie in the system's memory, shared by all who map it.
///
/// Keeps what it mapped when another file takes the name. `@unchecked Sendable`: nobody writes.
@safe final class MappedFile: @unchecked Sendable {
  let count: Int
  private let start: UnsafeMutableRawPointer

  /// Maps a whole file and reads it in.
  /// - Returns: nil if there is none, or it is empty.
  /// - Throws: ``ModelFailure`` with `adapterMissing` if it can't be opened or mapped.
  init?(path: String) throws(ModelFailure) {
    func failure(_ what: String) -> ModelFailure {
      ModelFailure(.adapterMissing, "can't \(what) \(path): error \(errno)")
    }
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      guard errno != ENOENT else { return nil }
      throw failure("open")
    }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else { throw failure("look at") }
    count = Int(status.st_size)
    guard count > 0 else { return nil }
    guard
      let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0),
      unsafe mapped != MAP_FAILED
    else { throw failure("map") }
    unsafe start = mapped
  }

  deinit { unsafe munmap(start, count) }

  /// Valid while the file is held.
  @unsafe var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: start, count: count)
  }

  /// How much of it is in memory, in bytes of whole pages.
  var residentBytes: Int {
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    var pages = [UInt8](repeating: 0, count: (count + pageSize - 1) / pageSize)
    guard unsafe mincore(start, count, &pages) == 0 else { return 0 }
    return pages.count { $0 & 1 == 1 } * pageSize
  }

  /// Asks the system to have it all in memory soon.
  func touch() { _ = unsafe madvise(start, count, Int32(MADV_WILLNEED)) }
}
