/// Header fields in the order they were sent; names compare without case, as HTTP has it.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  public struct Field: Sendable, Equatable {
    public let name: String
    public let value: String
  }

  public private(set) var fields: [Field] = []

  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  /// The first field of that name; setting replaces every field of that name.
  public subscript(name: String) -> String? {
    get { fields.first { HTTPHeaders.same($0.name, name) }?.value }
    set {
      fields.removeAll { HTTPHeaders.same($0.name, name) }
      if let newValue { add(name, newValue) }
    }
  }

  public func values(of name: String) -> [String] {
    fields.filter { HTTPHeaders.same($0.name, name) }.map(\.value)
  }

  /// Adds a field, keeping others of the same name.
  ///
  /// Line breaks become spaces: no value can end its field and begin another.
  public mutating func add(_ name: String, _ value: String) {
    let oneLine = value.utf8.map { $0 == 0x0d || $0 == 0x0a || $0 == 0 ? 0x20 : $0 }
    fields.append(Field(name: name, value: String(decoding: oneLine, as: UTF8.self)))
  }

  private static func same(_ lhs: String, _ rhs: String) -> Bool {
    func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
    return lhs.utf8.lazy.map(lowered).elementsEqual(rhs.utf8.lazy.map(lowered))
  }
}
