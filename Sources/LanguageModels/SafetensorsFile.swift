internal import Foundation

/// A safetensors file's content: named arrays of floats.
///
/// Writes fp32; reads fp32, fp16 and bf16. The same content always gives the same bytes.
public struct SafetensorsFile: Hashable, Sendable {
  public struct Array: Hashable, Sendable {
    public let shape: [Int]
    /// Row-major.
    public let values: [Float]

    public init(shape: [Int], values: [Float]) {
      precondition(shape.reduce(1, *) == values.count, "values and shape differ in count")
      self.shape = shape
      self.values = values
    }
  }

  /// Why bytes are no safetensors file that this type reads.
  public struct Malformed: Error, Hashable, Sendable {
    public let reason: String
  }

  public var arrays: [String: Array]

  public init(arrays: [String: Array]) { self.arrays = arrays }
}

// MARK: - Writing

extension SafetensorsFile {
  /// The file's bytes: header length, JSON header, values by ascending name.
  public func encoded() -> [UInt8] {
    let names = arrays.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var entries: [String] = []
    var values: [UInt8] = []
    for name in names {
      guard let array = arrays[name] else { continue }
      let start = values.count
      // Values are little-endian in the file as in memory.
      unsafe array.values.withUnsafeBytes { unsafe values.append(contentsOf: $0) }
      let shape = array.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(SafetensorsFile.quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(start),\(values.count)]}")
    }
    var header = [UInt8]("{\(entries.joined(separator: ","))}".utf8)
    // Readers map the file; spaces keep the values aligned.
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    let length = UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header + values
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        result += "\\\(scalar)"
      case "\u{0}"..."\u{1f}":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

// MARK: - Reading

extension SafetensorsFile {
  private struct Entry: Decodable {
    let dtype: String?  // none in the entry of metadata
    let shape: [Int]?
    let data_offsets: [Int]?
  }

  /// Reads a file's bytes, without the arrays named in `skipped`.
  public init(decoding bytes: [UInt8], skipping skipped: Set<String> = []) throws(Malformed) {
    var reader = ByteReader(bytes)
    let entries: [String: Entry]
    do {
      let header = try reader.read(count: try reader.readCount(limit: bytes.count))
      entries = try JSONDecoder().decode([String: Entry].self, from: Data(header))
    } catch {
      throw Malformed(reason: "the header is cut off or no JSON")
    }
    let data = bytes[reader.offset...]
    arrays = [:]
    for (name, entry) in entries where name != "__metadata__" && !skipped.contains(name) {
      arrays[name] = try SafetensorsFile.array(entry, name, in: data)
    }
  }

  private static func array(
    _ entry: Entry, _ name: String, in data: ArraySlice<UInt8>
  ) throws(Malformed) -> Array {
    guard let shape = entry.shape, let offsets = entry.data_offsets, offsets.count == 2,
      0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= data.count
    else { throw Malformed(reason: "\(name) does not lie inside the file") }
    let size: Int
    switch entry.dtype {
    case "F32": size = 4
    case "F16", "BF16": size = 2
    default: throw Malformed(reason: "\(name) is of type \(entry.dtype ?? "none")")
    }
    // Extents are bounded one by one, so that their product can't overflow.
    var count = 1
    for extent in shape {
      guard extent >= 0, extent <= data.count else { throw Malformed(reason: "\(name)'s shape") }
      count *= extent
      guard count <= data.count else { throw Malformed(reason: "\(name)'s shape") }
    }
    guard offsets[1] - offsets[0] == count * size else {
      throw Malformed(reason: "\(name)'s bytes and shape differ")
    }
    let start = data.startIndex + offsets[0]
    if size == 4 {
      return Array(shape: shape, values: floats(data[start..<start + count * 4]))
    }
    let values = (0..<count).map { index in
      let at = start + index * size
      let low = UInt32(data[at]) | UInt32(data[at + 1]) << 8
      return entry.dtype == "F16"
        ? Float(Float16(bitPattern: UInt16(low))) : Float(bitPattern: low << 16)
    }
    return Array(shape: shape, values: values)
  }

  private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, filled in
      unsafe UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      filled = bytes.count / 4
    }
  }
}
