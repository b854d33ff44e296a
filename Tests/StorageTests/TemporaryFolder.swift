import Foundation

/// A folder of its own for one test, gone afterwards.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/whence-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path)
  }
}

/// A disk of a few megabytes that can really be filled; needs the right to mount.
final class SmallDisk: Sendable {
  static let isPossible = geteuid() == 0 && (try? SmallDisk(megabytes: 1)) != nil

  let folder: TemporaryFolder
  var path: String { folder.path }

  init(megabytes: Int) throws {
    folder = try TemporaryFolder()
    let status = unsafe mount("tmpfs", folder.path, "tmpfs", 0, "size=\(megabytes)m")
    guard status == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EPERM) }
  }

  func resize(megabytes: Int) throws {
    let remount: UInt = 32  // MS_REMOUNT
    let status = unsafe mount("tmpfs", folder.path, "tmpfs", remount, "size=\(megabytes)m")
    guard status == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EPERM) }
  }

  deinit { _ = unsafe umount2(folder.path, 2) }  // MNT_DETACH: whoever still reads may finish
}
