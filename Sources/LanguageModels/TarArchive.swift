/// Walks the members of a tar archive (POSIX ustar, and what GNU and pax add for long names).
///
/// Looks at bytes alone: nothing is unpacked. Refuses members whose names lead out of the archive, and
/// links and devices, which no adapter needs.
struct TarArchive {
  struct Member {
    let path: String
    let content: ArraySlice<UInt8>
  }

  private static let blockSize = 512
  /// Of names, in bytes.
  private static let nameLimit = 4096

  private let bytes: [UInt8]
  private var offset = 0
  private var longName: String?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Returns: the next regular file; nil at the archive's end.
  /// - Throws: ``ModelFailure`` with `adapterCorrupt`.
  mutating func next() throws(ModelFailure) -> Member? {
    while true {
      guard offset + Self.blockSize <= bytes.count else {
        throw Self.corrupt("it ends early")
      }
      let header = bytes[offset..<offset + Self.blockSize]
      if header.allSatisfy({ $0 == 0 }) { return nil }
      offset += Self.blockSize
      try Self.checkSum(header)
      let content = try content(try Self.octal(header, 124, 12))
      let kind = header[header.startIndex + 156]
      switch kind {
      case UInt8(ascii: "0"), 0, UInt8(ascii: "7"):
        return Member(path: try path(header), content: content)
      case UInt8(ascii: "5"): _ = try path(header)
      case UInt8(ascii: "L"): longName = try Self.name(content.prefix { $0 != 0 })
      case UInt8(ascii: "x"): longName = try Self.paxName(content) ?? longName
      case UInt8(ascii: "g"): break
      default:
        throw Self.corrupt("a member is a link or a device")
      }
    }
  }

  /// Steps over a member's content, which is filled up to whole blocks.
  private mutating func content(_ size: Int) throws(ModelFailure) -> ArraySlice<UInt8> {
    guard size <= bytes.count - offset else { throw Self.corrupt("a member is cut off") }
    defer {
      let blocks = (size + Self.blockSize - 1) / Self.blockSize
      offset = min(bytes.count, offset + blocks * Self.blockSize)
    }
    return bytes[offset..<offset + size]
  }

  private mutating func path(_ header: ArraySlice<UInt8>) throws(ModelFailure) -> String {
    func field(_ at: Int, _ size: Int) throws(ModelFailure) -> String {
      let start = header.startIndex + at
      return try Self.name(header[start..<start + size].prefix { $0 != 0 })
    }
    var path = try field(0, 100)
    let isPosix = try field(257, 5) == "ustar"
    if isPosix, header[header.startIndex + 262] == 0 {
      let prefix = try field(345, 155)
      if !prefix.isEmpty { path = "\(prefix)/\(path)" }
    }
    path = longName ?? path
    longName = nil
    guard !path.isEmpty, !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      throw Self.corrupt("the name \(path) leads out of it")
    }
    return path
  }

  // MARK: - Fields

  private static func checkSum(_ header: ArraySlice<UInt8>) throws(ModelFailure) {
    let field = header.startIndex + 148..<header.startIndex + 156
    let sum = header.indices.reduce(0) {
      $0 + (field.contains($1) ? Int(UInt8(ascii: " ")) : Int(header[$1]))
    }
    guard try octal(header, 148, 8) == sum else { throw corrupt("a header's sum is wrong") }
  }

  /// Digits to the base of eight, between spaces and up to a zero.
  private static func octal(
    _ header: ArraySlice<UInt8>, _ at: Int, _ size: Int
  ) throws(ModelFailure) -> Int {
    let start = header.startIndex + at
    let digits = header[start..<start + size].prefix { $0 != 0 }
      .drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
    guard let text = String(validating: digits, as: UTF8.self), !text.hasPrefix("+"),
      let value = Int(text, radix: 8), value >= 0
    else { throw corrupt("a number is none") }
    return value
  }

  private static func name(_ bytes: ArraySlice<UInt8>) throws(ModelFailure) -> String {
    guard bytes.count <= nameLimit, let name = String(validating: bytes, as: UTF8.self) else {
      throw corrupt("a name is too long or no text")
    }
    return name
  }

  /// The value of `path` among records of the form `length key=value\n`.
  private static func paxName(_ content: ArraySlice<UInt8>) throws(ModelFailure) -> String? {
    var rest = content
    var path: String?
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard digits.count <= 7, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 1, length <= rest.count
      else { throw corrupt("an extended header is damaged") }
      let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
      let key = record.prefix { $0 != UInt8(ascii: "=") }
      if Array(key) == Array("path".utf8) { path = try name(record.dropFirst(key.count + 1)) }
      // A size of its own would be read by other readers, and not by this one.
      guard Array(key) != Array("size".utf8) else { throw corrupt("a member is too large") }
      rest = rest.dropFirst(length)
    }
    return path
  }

  private static func corrupt(_ what: String) -> ModelFailure {
    ModelFailure(.adapterCorrupt, "no archive of an adapter: \(what)")
  }
}
