extension JSON {
  /// How a document is laid out; every layout parses back to an equal value (names aside, if
  /// sorted).
  public struct Layout: Sendable {
    /// Whether each member and element has a line of its own, indented by two spaces a level.
    public var isIndented: Bool
    /// Whether an object's members come in the byte order of their names, at every level.
    public var sortsNames: Bool

    public init(isIndented: Bool = false, sortsNames: Bool = false) {
      self.isIndented = isIndented
      self.sortsNames = sortsNames
    }

    /// One line, members in their own order.
    public static let compact = Layout()
    /// For people's eyes.
    public static let indented = Layout(isIndented: true)
    /// One text for equal contents: one line, names sorted, the fewest escapes.
    public static let canonical = Layout(sortsNames: true)
  }

  /// Returns the document as UTF-8.
  public func bytes(_ layout: Layout = .compact) -> [UInt8] {
    var writer = JSONWriter(layout: layout)
    writer.write(self, level: 0)
    return writer.output
  }

  /// Returns the document as text.
  public func text(_ layout: Layout = .compact) -> String {
    String(decoding: bytes(layout), as: UTF8.self)
  }
}

private struct JSONWriter {
  let layout: JSON.Layout
  var output: [UInt8] = []

  init(layout: JSON.Layout) { self.layout = layout }

  mutating func write(_ value: JSON, level: Int) {
    switch value {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .number(let value): output += value.text.utf8
    case .string(let value): write(value)
    case .array(let values):
      write(values, between: ("[", "]"), level: level) { writer, element in
        writer.write(element, level: level + 1)
      }
    case .object(let object):
      let members =
        layout.sortsNames
        ? object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        : object.members
      write(members, between: ("{", "}"), level: level) { writer, member in
        writer.write(member.name)
        writer.output += (writer.layout.isIndented ? ": " : ":").utf8
        writer.write(member.value, level: level + 1)
      }
    }
  }

  private mutating func write<Element>(
    _ elements: [Element], between ends: (open: String, close: String), level: Int,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    output += ends.open.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { output += ",".utf8 }
      breakLine(level: level + 1)
      body(&self, element)
    }
    if !elements.isEmpty { breakLine(level: level) }
    output += ends.close.utf8
  }

  private mutating func breakLine(level: Int) {
    guard layout.isIndented else { return }
    output.append(0x0a)
    output += [UInt8](repeating: 0x20, count: 2 * level)
  }

  private mutating func write(_ text: String) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output += "\\\"".utf8
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      case 0x08: output += "\\b".utf8
      case 0x09: output += "\\t".utf8
      case 0x0a: output += "\\n".utf8
      case 0x0c: output += "\\f".utf8
      case 0x0d: output += "\\r".utf8
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        output += "\\u00".utf8
        output += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
