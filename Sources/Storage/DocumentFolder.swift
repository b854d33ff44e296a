import Glibc

/// A folder of small files by name, each there whole or not at all.
///
/// For what has a name of its own rather than its content's: work in progress, keys, receipts by
/// order. One process writes a folder.
public struct DocumentFolder: Sendable {
  /// The bound on one document.
  public static let largestInBytes = 64 << 20

  public let path: String

  /// Opens the folder, making it and its parents if they are missing.
  public init(at path: String) throws(StorageFailure) {
    self.path = path
    try FileSystem.makeFolder(path)
  }

  /// Keeps a document, on disk before returning; one of that name is replaced.
  /// - Precondition: `name` is a plain file name.
  /// - Throws: `disk_full`, or what else the operating system reports; nothing changes then.
  public func put(_ bytes: [UInt8], as name: String) throws(StorageFailure) {
    try FileSystem.writeWhole(bytes, to: file(name))
  }

  /// Returns a document's bytes, or nil if there is none of that name.
  public func bytes(of name: String) throws(StorageFailure) -> [UInt8]? {
    guard let size = try FileSystem.size(of: file(name)) else { return nil }
    guard size <= Self.largestInBytes else {
      throw StorageFailure(code: .tooLarge, message: "\(file(name)) is larger than a document")
    }
    return try FileSystem.read(file(name), atMost: size)
  }

  /// Removes a document; no effect if there is none of that name.
  public func remove(_ name: String) throws(StorageFailure) {
    try FileSystem.remove(file(name))
  }

  /// The names of all documents, sorted as bytes; drafts of writes that a crash cut off are not
  /// among them.
  public func names() throws(StorageFailure) -> [String] {
    try files().filter { !$0.contains(".draft-") }
  }

  /// The names of all files, drafts of writes that a crash cut off among them, sorted as bytes.
  func files() throws(StorageFailure) -> [String] {
    guard let folder = unsafe opendir(path) else {
      throw StorageFailure(systemError: errno, while: "listing \(path)")
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func file(_ name: String) -> String {
    precondition(!name.isEmpty && !name.contains("/") && !name.hasPrefix("."), "a plain file name")
    return "\(path)/\(name)"
  }
}
