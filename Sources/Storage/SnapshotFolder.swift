import Glibc

/// A folder of folders of documents, each there whole or not at all.
public struct SnapshotFolder: Sendable {
  private static let draftName = "draft"

  public let path: String

  /// Opens the folder, making it and its parents if they are missing.
  public init(at path: String) throws(StorageFailure) {
    self.path = path
    try FileSystem.makeFolder(path)
  }

  /// The names of the folders that were published, sorted as bytes.
  public func names() throws(StorageFailure) -> [String] {
    try DocumentFolder(at: path).names().filter { $0 != Self.draftName }
  }

  public func folder(_ name: String) throws(StorageFailure) -> DocumentFolder {
    try DocumentFolder(at: "\(path)/\(name)")
  }

  /// Makes the one folder that is being filled.
  public func makeDraft() throws(StorageFailure) -> DocumentFolder {
    try folder(Self.draftName)
  }

  /// Removes what a crash left half filled.
  public func removeDraft() throws(StorageFailure) { try remove(Self.draftName) }

  /// Gives the draft its name; one of that name is replaced.
  public func publish(named name: String) throws(StorageFailure) {
    precondition(name != Self.draftName && !name.contains("/"), "a name of its own")
    try remove(name)
    guard unsafe rename("\(path)/\(Self.draftName)", "\(path)/\(name)") == 0 else {
      throw StorageFailure(systemError: errno, while: "naming \(path)/\(name)")
    }
    try FileSystem.syncFolder(path)
  }

  /// Removes a folder and its documents; no effect if there is none.
  ///
  /// The last name goes first, and for good before the others follow: where it belongs to the
  /// document that describes the rest, no folder is ever there with that and without some of these.
  public func remove(_ name: String) throws(StorageFailure) {
    guard try FileSystem.size(of: "\(path)/\(name)") != nil else { return }
    let folder = try folder(name)
    if let last = try folder.names().last {
      try folder.remove(last)
      try FileSystem.syncFolder(folder.path)
    }
    for file in try folder.files() { try folder.remove(file) }
    guard unsafe rmdir(folder.path) == 0 || errno == ENOENT else {
      throw StorageFailure(systemError: errno, while: "removing \(folder.path)")
    }
  }
}
