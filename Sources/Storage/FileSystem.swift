import Glibc

/// The few file operations that storage needs, with the operating system's refusals as failures.
enum FileSystem {
  /// Returns how many bytes an ordinary user may still write where `path` lies.
  static func freeBytes(at path: String) throws(StorageFailure) -> UInt64 {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else {
      throw StorageFailure(systemError: errno, while: "measuring the free space at \(path)")
    }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  /// Makes a folder and its missing parents, on disk before returning; no effect if it is there.
  static func makeFolder(_ path: String) throws(StorageFailure) {
    var parent = path.hasPrefix("/") ? "/" : "."
    for part in path.split(separator: "/") {
      let folder = parent == "." ? String(part) : "\(parent == "/" ? "" : parent)/\(part)"
      if unsafe mkdir(folder, 0o755) == 0 {
        try syncFolder(parent)
      } else if errno != EEXIST {
        throw StorageFailure(systemError: errno, while: "making the folder \(folder)")
      }
      parent = folder
    }
  }

  /// Returns the file's size in bytes, or nil if there is no such file.
  static func size(of path: String) throws(StorageFailure) -> Int? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      guard errno != ENOENT else { return nil }
      throw StorageFailure(systemError: errno, while: "looking at \(path)")
    }
    return Int(status.st_size)
  }

  /// Returns the file's bytes up to `count`, or nil if there is no such file.
  static func read(_ path: String, atMost count: Int) throws(StorageFailure) -> [UInt8]? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      guard errno != ENOENT else { return nil }
      throw StorageFailure(systemError: errno, while: "opening \(path)")
    }
    defer { close(file) }
    var problem: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: filled), count - filled)
        if got < 0, errno == EINTR { continue }
        if got < 0 { problem = errno }
        guard got > 0 else { return }
        filled += got
      }
    }
    guard problem == 0 else {
      throw StorageFailure(systemError: problem, while: "reading \(path)")
    }
    return bytes
  }

  /// Makes the file appear with all the bytes or not at all, and on disk before returning.
  ///
  /// Another file of that name is replaced. Its folder must exist.
  static func writeWhole(_ bytes: [UInt8], to path: String) throws(StorageFailure) {
    // Unique per process and call, so that two writers of one blob don't share a draft.
    let draft = "\(path).draft-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    do throws(StorageFailure) {
      try writeDraft(bytes, to: draft)
      guard unsafe rename(draft, path) == 0 else {
        throw StorageFailure(systemError: errno, while: "naming \(path)")
      }
    } catch {
      unsafe unlink(draft)
      throw error
    }
    try syncFolder(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
  }

  /// Removes the file; no effect if there is none.
  ///
  /// A power cut may bring it back.
  static func remove(_ path: String) throws(StorageFailure) {
    guard unsafe unlink(path) != 0, errno != ENOENT else { return }
    throw StorageFailure(systemError: errno, while: "removing \(path)")
  }

  private static func writeDraft(_ bytes: [UInt8], to path: String) throws(StorageFailure) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw StorageFailure(systemError: errno, while: "making \(path)") }
    defer { close(file) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(file, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StorageFailure(systemError: errno, while: "writing \(path)") }
      written += count
    }
    guard fsync(file) == 0 else {
      throw StorageFailure(systemError: errno, while: "syncing \(path)")
    }
  }

  /// Syncs the folder's list of names: without it, a rename may be lost in a power cut.
  static func syncFolder(_ folder: String) throws(StorageFailure) {
    let file = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw StorageFailure(systemError: errno, while: "opening \(folder)") }
    defer { close(file) }
    guard fsync(file) == 0 else {
      throw StorageFailure(systemError: errno, while: "syncing \(folder)")
    }
  }
}

extension StorageFailure {
  /// The failure for an `errno` value.
  init(systemError number: Int32, while activity: String) {
    let code: Code =
      switch number {
      case ENOSPC, EDQUOT, EFBIG: .diskFull
      case EACCES, EPERM, EROFS: .permissionDenied
      default: .inputOutput
      }
    let words = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    self.init(code: code, message: "\(activity) failed", underlying: words)
  }
}
