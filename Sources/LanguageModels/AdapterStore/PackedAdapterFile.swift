internal import Cryptography
internal import Foundation
internal import Primitives

/// A packed adapter on disk: made once from the verified original, mapped whenever it is used.
struct PackedAdapterFile: Sendable {
  /// What a decoder reads, and the memory it lies in.
  struct Mapping: Sendable {
    let adapter: DecoderAdapter
    let file: MappedFile
  }

  private static let draft = ".draft-"

  let path: String
  /// Of the original.
  let name: Digest

  /// Its size, if its header is sound; the weights are not looked at.
  func byteCount(for configuration: LlamaConfiguration) -> Int? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    let headerSize = PackedAdapterHeader.byteCount(configuration)
    guard let bytes = try? file.read(upToCount: headerSize), let end = try? file.seekToEnd(),
      let header = PackedAdapterHeader([UInt8](bytes), name: name, for: configuration),
      end == headerSize + 2 * header.layout.count
    else { return nil }
    return Int(end)
  }

  /// Writes the file, which appears whole or not at all; what a power cut damages is found when it is
  /// mapped, and made again.
  /// - Returns: its size in bytes.
  /// - Throws: ``ModelFailure`` with `fileUnwritable`.
  func write(_ packed: PackedAdapter, for configuration: LlamaConfiguration) throws(ModelFailure)
    -> Int
  {
    var hash = SHA256()
    unsafe packed.halves.withUnsafeBytes { unsafe hash.update($0) }
    let header = PackedAdapterHeader(
      name: name, layout: packed.layout, factors: packed.factors, weightsDigest: hash.finish())
    var bytes = Data(header.encoded(configuration))
    // Halves are little-endian in the file as in memory.
    unsafe packed.halves.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    let draft = "\(path)\(Self.draft)\(UInt64.random(in: 0 ... .max))"
    do {
      try bytes.write(to: URL(filePath: draft))
      guard unsafe rename(draft, path) == 0 else { throw POSIXError(.EIO) }
    } catch {
      unsafe unlink(draft)
      throw ModelFailure(.fileUnwritable, "can't write \(path)", underlying: error)
    }
    return bytes.count
  }

  /// Maps the file and checks every byte of it.
  ///
  /// Cost: reading it once, about a millisecond for two megabytes that are in the system's memory.
  /// - Returns: nil if it is missing or damaged.
  /// - Throws: ``ModelFailure`` with `adapterMissing` if the system refuses it.
  func map(for model: DecoderModel) throws(ModelFailure) -> Mapping? {
    guard let file = try MappedFile(path: path) else { return nil }
    let headerSize = PackedAdapterHeader.byteCount(model.configuration)
    guard file.count >= headerSize else { return nil }
    let (front, weights) = unsafe (
      [UInt8](file.bytes[..<headerSize]),
      UnsafeRawBufferPointer(rebasing: file.bytes[headerSize...])
    )
    guard let header = PackedAdapterHeader(front, name: name, for: model.configuration),
      weights.count == 2 * header.layout.count
    else { return nil }
    var hash = SHA256()
    unsafe hash.update(weights)
    guard hash.finish() == header.weightsDigest,
      let start = unsafe file.bytes.baseAddress?.advanced(by: headerSize)
    else { return nil }
    let halves = unsafe PackedWeights(
      start: start.assumingMemoryBound(to: UInt16.self), count: header.layout.count,
      release: { withExtendedLifetime(file) {} })
    return Mapping(
      adapter: try DecoderAdapter(
        header.layout, factors: header.factors, weights: halves, for: model),
      file: file)
  }

  /// Removes what a process left that was killed while it wrote.
  static func removeDrafts(in folder: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.contains(draft) {
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }
}
