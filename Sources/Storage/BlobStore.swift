public import Primitives

import Cryptography

/// A folder of byte strings, each named by its SHA-256 digest.
///
/// A blob appears whole or not at all, and is checked against its name whenever it is read, so a
/// reader holds what the writer named or learns that the disk lied. Any number of tasks and
/// processes may share a folder: equal names mean equal bytes.
public struct BlobStore: Sendable {
  public let path: String
  public let largestInBytes: Int

  /// Opens the folder, making it and its parents if they are missing.
  /// - Parameter largestInBytes: the bound on one blob; bytes pass through memory in one piece.
  public init(at path: String, largestInBytes: Int = 1 << 30) throws(StorageFailure) {
    self.path = path
    self.largestInBytes = largestInBytes
    try FileSystem.makeFolder(path)
  }

  /// Keeps the bytes and returns their digest once they are on disk; no effect if they are there.
  ///
  /// - Throws: `too_large`, `disk_full`, or what else the operating system reports; nothing is
  ///   kept then.
  @discardableResult
  public func put(_ bytes: [UInt8]) throws(StorageFailure) -> Digest {
    guard bytes.count <= largestInBytes else { throw tooLarge(bytes.count, what: "the blob") }
    let digest = SHA256.digest(of: bytes)
    guard !contains(digest) else { return digest }
    try FileSystem.makeFolder(folder(of: digest))
    try FileSystem.writeWhole(bytes, to: file(of: digest))
    return digest
  }

  /// Returns the blob's bytes, or nil if it is not here.
  ///
  /// - Throws: `corrupt` if the bytes do not hash to the digest, `too_large` if the file exceeds
  ///   the bound, or what else the operating system reports.
  public func bytes(of digest: Digest) throws(StorageFailure) -> [UInt8]? {
    let file = file(of: digest)
    guard let size = try FileSystem.size(of: file) else { return nil }
    guard size <= largestInBytes else { throw tooLarge(size, what: file) }
    guard let bytes = try FileSystem.read(file, atMost: size) else { return nil }
    guard SHA256.digest(of: bytes) == digest else {
      throw StorageFailure(
        code: .corrupt,
        message: "\(file) does not hash to its name; remove it and fetch the blob again")
    }
    return bytes
  }

  /// Whether a file of that name is here; its bytes are not looked at.
  public func contains(_ digest: Digest) -> Bool {
    (try? FileSystem.size(of: file(of: digest))) != nil
  }

  /// Removes the blob; no effect if it is not here.
  public func remove(_ digest: Digest) throws(StorageFailure) {
    try FileSystem.remove(file(of: digest))
  }

  /// Where the blob lies, or would lie: `ab/cdef…`, so that no folder grows too long.
  public func file(of digest: Digest) -> String {
    "\(folder(of: digest))/\(digest.description.dropFirst(2))"
  }

  private func folder(of digest: Digest) -> String {
    "\(path)/\(digest.description.prefix(2))"
  }

  private func tooLarge(_ size: Int, what: String) -> StorageFailure {
    StorageFailure(
      code: .tooLarge, message: "\(what) has \(size) bytes, and \(largestInBytes) are allowed")
  }
}
