internal import Glibc

/// The few operations on the span index's files, with refusals as failures.
enum SpanFile {
  /// Makes a folder, on disk before returning, whose parent must exist.
  ///
  /// No effect if it is there.
  static func makeFolder(_ path: String) throws(AttributionFailure) {
    if unsafe mkdir(path, 0o755) == 0 {
      try syncFolder(parent(of: path))
    } else if errno != EEXIST {
      throw AttributionFailure(systemError: errno, while: "making the folder \(path)")
    }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes the file appear with all the bytes or not at all, and on disk before returning.
  static func write(_ bytes: ShardBytes, to path: String) throws(AttributionFailure) {
    let draft = "\(path).draft"
    do throws(AttributionFailure) {
      try writeDraft(bytes, to: draft)
      guard unsafe rename(draft, path) == 0 else {
        throw AttributionFailure(systemError: errno, while: "naming \(path)")
      }
    } catch {
      unsafe unlink(draft)
      throw error
    }
    try syncFolder(parent(of: path))
  }

  private static func writeDraft(
    _ bytes: ShardBytes, to path: String
  ) throws(AttributionFailure) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw AttributionFailure(systemError: errno, while: "making \(path)") }
    defer { close(file) }
    var written = 0
    while written < bytes.count {
      let count = unsafe Glibc.write(
        file, bytes.raw.baseAddress?.advanced(by: written), bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw AttributionFailure(systemError: errno, while: "writing \(path)")
      }
      written += count
    }
    guard fsync(file) == 0 else {
      throw AttributionFailure(systemError: errno, while: "syncing \(path)")
    }
  }

  private static func syncFolder(_ folder: String) throws(AttributionFailure) {
    let file = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else {
      throw AttributionFailure(systemError: errno, while: "opening \(folder)")
    }
    defer { close(file) }
    guard fsync(file) == 0 else {
      throw AttributionFailure(systemError: errno, while: "syncing \(folder)")
    }
  }

  /// The names in a folder, in order.
  static func names(in folder: String) throws(AttributionFailure) -> [String] {
    guard let list = unsafe opendir(folder) else {
      throw AttributionFailure(systemError: errno, while: "listing \(folder)")
    }
    defer { unsafe closedir(list) }
    var names: [String] = []
    while let entry = unsafe readdir(list) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// Removes the file; a power cut may bring it back.
  static func remove(_ path: String) throws(AttributionFailure) {
    guard unsafe unlink(path) != 0, errno != ENOENT else { return }
    throw AttributionFailure(systemError: errno, while: "removing \(path)")
  }
}
