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

  /// Makes a folder and its missing parents; no effect if it is there.
  static func makeFolder(_ path: String) throws(StorageFailure) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/\(part)"
      guard unsafe mkdir(prefix, 0o755) != 0, errno != EEXIST else { continue }
      throw StorageFailure(systemError: errno, while: "making the folder \(prefix)")
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
