internal import CDecoder
internal import Foundation
internal import Tensors

/// A GGUF file's table of contents, checked against the file's size, and its bytes.
///
/// Reads versions 2 and 3, little-endian. Costs one copy of the file in memory while it lives.
public struct GGUFFile: Sendable {
  public enum Value: Sendable {
    case integer(Int64)
    case number(Double)
    case flag(Bool)
    case text([UInt8])
    case integers([Int64])
    case texts([[UInt8]])
    /// An array of another kind, which nothing here reads.
    case other
  }

  struct TensorInfo: Sendable {
    let shape: [Int]  // outermost first, unlike the file
    let type: UInt32  // GGUF's number of a storage format that the decoder knows
    let range: Range<Int>  // of the file's bytes
  }

  public let metadata: [String: Value]
  let tensors: [String: TensorInfo]
  private let bytes: [UInt8]

  /// Reads and checks a file.
  /// - Throws: ``ModelFailure`` with `modelMissing`, `modelCorrupt` or `modelUnsupported`.
  public init(path: String) throws(ModelFailure) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw ModelFailure(.modelMissing, "can't read \(path)", underlying: error)
    }
    try self.init(bytes: [UInt8](data))
  }

  /// Checks a file's content.
  /// - Throws: ``ModelFailure`` with `modelCorrupt` or `modelUnsupported`.
  public init(bytes: [UInt8]) throws(ModelFailure) {
    var parser = GGUFParser(bytes)
    do {
      (metadata, tensors) = try parser.parse()
    } catch let failure as ModelFailure {
      throw failure
    } catch {
      throw ModelFailure(.modelCorrupt, "the file ends inside its table of contents")
    }
    self.bytes = bytes
  }

  /// A matrix as it is stored, or nil if there is none of that name or nothing gained by it.
  func storedMatrix(_ name: String) throws -> StoredMatrix? {
    guard let info = tensors[name], info.shape.count == 2,
      let format = StoredFormat(rawValue: info.type)
    else { return nil }
    let stored = unsafe bytes.span.bytes.extracting(info.range)
    return try StoredMatrix(stored, as: format, rows: info.shape[0], columns: info.shape[1])
  }

  /// Lends a tensor's bytes.
  func withStored<Result>(
    _ info: TensorInfo, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    unsafe try bytes.withUnsafeBytes {
      unsafe try body(UnsafeRawBufferPointer(rebasing: $0[info.range]))
    }
  }

  /// Decodes a tensor to floats, or nil if the file has none of that name.
  func tensor(_ name: String) throws -> Tensor? {
    guard let info = tensors[name] else { return nil }
    guard let format = StoredFormat(rawValue: info.type) else {
      return try floats(name).map { try Tensor($0, shape: info.shape) }
    }
    let columns = info.shape.last ?? 1
    let rows = info.shape.dropLast().reduce(1, *)
    let stored = unsafe bytes.span.bytes.extracting(info.range)
    return try Tensor(stored: stored, as: format, rows: rows, columns: columns)
      .reshaped(info.shape)
  }

  /// Decodes a tensor to numbers, row by row, or nil if the file has none of that name.
  func floats(_ name: String) throws(ModelFailure) -> [Float]? {
    guard let info = tensors[name], let columns = info.shape.last else { return nil }
    let count = info.shape.reduce(1, *)
    let rowBytes = cdecoder_row_bytes(info.type, columns)
    var status = CDECODER_OK
    let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe withStored(info) { stored in
        guard let from = stored.baseAddress, let into = buffer.baseAddress else { return }
        for row in 0..<count / columns where status == CDECODER_OK {
          status = unsafe cdecoder_decode_row(
            info.type, from + row * rowBytes, columns, into + row * columns)
        }
      }
      filled = status == CDECODER_OK ? count : 0
    }
    try Decoding.check(status, .modelCorrupt)
    return values
  }
}

/// Walks the table of contents once.
private struct GGUFParser {
  private var reader: ByteReader
  private let size: Int

  init(_ bytes: [UInt8]) {
    reader = ByteReader(bytes)
    size = bytes.count
  }

  mutating func parse() throws -> ([String: GGUFFile.Value], [String: GGUFFile.TensorInfo]) {
    guard size >= 4, Array(try reader.read(count: 4)) == Array("GGUF".utf8) else {
      throw ModelFailure(.modelCorrupt, "not a GGUF file")
    }
    let version = try reader.read(UInt32.self)
    guard version == 2 || version == 3 else {
      throw ModelFailure(.modelUnsupported, "GGUF version \(version)")
    }
    // Each entry takes at least a dozen bytes, so that counts can't ask for more than the file.
    let tensorCount = try reader.readCount(limit: size / 12)
    let metadataCount = try reader.readCount(limit: size / 12)
    var metadata: [String: GGUFFile.Value] = [:]
    for _ in 0..<metadataCount {
      let key = try text()
      metadata[String(decoding: key, as: UTF8.self)] = try value(type: try reader.read())
    }
    return (metadata, try tensors(count: tensorCount, alignment: try alignment(metadata)))
  }

  private func alignment(_ metadata: [String: GGUFFile.Value]) throws -> Int {
    guard case .integer(let stated)? = metadata["general.alignment"] else { return 32 }
    guard stated > 0, stated <= 4096, stated & (stated - 1) == 0 else {
      throw ModelFailure(.modelCorrupt, "alignment \(stated)")
    }
    return Int(stated)
  }

  private mutating func tensors(
    count: Int, alignment: Int
  ) throws -> [String: GGUFFile.TensorInfo] {
    var entries: [(name: String, shape: [Int], type: UInt32, offset: Int)] = []
    for _ in 0..<count {
      let name = String(decoding: try text(), as: UTF8.self)
      let rank = try reader.read(UInt32.self)
      guard (1...4).contains(rank) else {
        throw ModelFailure(.modelCorrupt, "\(name) has \(rank) axes")
      }
      var shape: [Int] = []
      for _ in 0..<rank { shape.append(try reader.readCount(limit: Int(Int32.max))) }
      let type = try reader.read(UInt32.self)
      // A whole number of every format's blocks.
      guard cdecoder_row_bytes(type, 256) > 0 else {
        throw ModelFailure(.modelUnsupported, "\(name) is stored as type \(type)")
      }
      entries.append((name, shape.reversed(), type, try reader.readCount(limit: size)))
    }
    let start = (reader.offset + alignment - 1) / alignment * alignment
    var tensors: [String: GGUFFile.TensorInfo] = [:]
    for entry in entries {
      guard let range = byteRange(entry.shape, entry.type, from: start + entry.offset) else {
        throw ModelFailure(.modelCorrupt, "\(entry.name) does not lie inside the file")
      }
      tensors[entry.name] = .init(shape: entry.shape, type: entry.type, range: range)
    }
    return tensors
  }

  private func byteRange(_ shape: [Int], _ type: UInt32, from start: Int) -> Range<Int>? {
    guard let columns = shape.last, columns > 0 else { return nil }
    var count = cdecoder_row_bytes(type, columns)
    guard count > 0 else { return nil }
    for extent in shape.dropLast() {
      let (product, overflowed) = count.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflowed else { return nil }
      count = product
    }
    guard start <= size, count <= size - start else { return nil }
    return start..<start + count
  }

  private mutating func text() throws -> [UInt8] {
    Array(try reader.read(count: try reader.readCount(limit: size)))
  }

  private mutating func value(type: UInt32) throws -> GGUFFile.Value {
    switch type {
    case 0: .integer(Int64(try reader.read(UInt8.self)))
    case 1: .integer(Int64(try reader.read(Int8.self)))
    case 2: .integer(Int64(try reader.read(UInt16.self)))
    case 3: .integer(Int64(try reader.read(Int16.self)))
    case 4: .integer(Int64(try reader.read(UInt32.self)))
    case 5: .integer(Int64(try reader.read(Int32.self)))
    case 6: .number(Double(Float(bitPattern: try reader.read())))
    case 7: .flag(try reader.read(UInt8.self) != 0)
    case 8: .text(try text())
    case 9: try array()
    case 10: .integer(Int64(clamping: try reader.read(UInt64.self)))
    case 11: .integer(try reader.read(Int64.self))
    case 12: .number(Double(bitPattern: try reader.read()))
    default: throw ModelFailure(.modelCorrupt, "metadata of type \(type)")
    }
  }

  private mutating func array() throws -> GGUFFile.Value {
    let type = try reader.read(UInt32.self)
    let count = try reader.readCount(limit: reader.remaining)
    guard type != 9 else { throw ModelFailure(.modelUnsupported, "an array of arrays") }
    if type == 8 {
      var texts: [[UInt8]] = []
      for _ in 0..<count { texts.append(try text()) }
      return .texts(texts)
    }
    var integers: [Int64] = []
    for _ in 0..<count {
      if case .integer(let integer) = try value(type: type) { integers.append(integer) }
    }
    return integers.count == count ? .integers(integers) : .other
  }
}
