internal import Foundation

/// How large an adapter's files may be, in bytes.
public struct AdapterFileLimits: Hashable, Sendable {
  /// Of the weights; also of everything in an archive together.
  public var weights: Int
  public var settings: Int

  public init(weights: Int = 1 << 30, settings: Int = 1 << 20) {
    self.weights = weights
    self.settings = settings
  }
}

extension LoRAAdapter.Files {
  /// Reads both files from a folder, or from an archive: `.tar`, `.tar.gz` or `.tgz`.
  /// - Throws: ``ModelFailure`` with `adapterMissing`, or `adapterCorrupt` for a file beyond `limits`
  ///   or an archive that is none.
  public init(path: String, limits: AdapterFileLimits = AdapterFileLimits()) throws(ModelFailure) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelFailure(.adapterMissing, "there is nothing at \(path)")
    }
    if isFolder.boolValue {
      self.init(
        weights: try Self.file("\(path)/\(Self.weightsName)", limit: limits.weights),
        settings: try Self.file("\(path)/\(Self.settingsName)", limit: limits.settings))
    } else {
      try self.init(archive: Self.file(path, limit: limits.weights), limits: limits)
    }
  }

  private static func file(_ path: String, limit: Int) throws(ModelFailure) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }
      guard let size = try? file.seekToEnd(), size <= limit else {
        throw ModelFailure(.adapterCorrupt, "\(path) is larger than \(limit) bytes")
      }
      try file.seek(toOffset: 0)
      return [UInt8](try file.readToEnd() ?? Data())
    } catch let failure as ModelFailure {
      throw failure
    } catch {
      throw ModelFailure(.adapterMissing, "can't read \(path)", underlying: error)
    }
  }

  /// Reads both files from an archive's bytes, compressed or not: at its top, or together in one folder.
  ///
  /// Other files in it are passed over; nothing is written anywhere.
  /// - Throws: ``ModelFailure`` with `adapterCorrupt` for what is no such archive, leads out of itself
  ///   or exceeds `limits`; `adapterMissing` if one of the files is not in it.
  public init(
    archive bytes: [UInt8], limits: AdapterFileLimits = AdapterFileLimits()
  ) throws(ModelFailure) {
    let plain =
      bytes.starts(with: [0x1f, 0x8b])
      ? try GzipStream.inflate(bytes, atMost: limits.weights + limits.settings + (1 << 20)) : bytes
    var found: [String: (folder: String, bytes: ArraySlice<UInt8>)] = [:]
    var archive = TarArchive(plain)
    while let member = try archive.next() {
      let parts = member.path.split(separator: "/").filter { $0 != "." }
      guard let name = parts.last, [Self.weightsName, Self.settingsName].contains(String(name))
      else { continue }
      let folder = parts.dropLast().joined(separator: "/")
      guard parts.count <= 2, found[String(name)] == nil else {
        throw ModelFailure(.adapterCorrupt, "the archive has several \(name)")
      }
      found[String(name)] = (folder, member.content)
    }
    guard let weights = found[Self.weightsName], let settings = found[Self.settingsName],
      weights.folder == settings.folder
    else {
      throw ModelFailure(
        .adapterMissing, "the archive lacks \(Self.settingsName) or \(Self.weightsName)")
    }
    guard weights.bytes.count <= limits.weights, settings.bytes.count <= limits.settings else {
      throw ModelFailure(.adapterCorrupt, "the archive's files are too large")
    }
    self.init(weights: Array(weights.bytes), settings: Array(settings.bytes))
  }
}
