import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives

/// The lines that ``SpecForms`` reads from a value's bytes, taken from the value itself.
struct FieldLines {
  private(set) var lines: [String] = []

  init(of value: Any) { add(value, label: "") }

  /// Whether lines of the pages say the same, whatever the order of a type's properties.
  func agree(with others: [String]) -> Bool { lines.sorted() == others.sorted() }

  private mutating func add(_ value: Any, label: String) {
    if let leaf = Self.leaf(value) { return lines.append("\(label): \(leaf)") }
    if let query = value as? QueryVector {
      return lines.append("values: \(query.canonicalBytes.dropFirst(4).map { $0 }.hex)")
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      guard let some = mirror.children.first else { return lines.append("\(label): none") }
      add(some.value, label: label)
    case .collection:
      lines.append("\(label): list of \(mirror.children.count)")
      for child in mirror.children { add(child.value, label: label) }
    case .enum:
      lines.append("\(label): case \(mirror.children.first?.label ?? "\(value)")")
      if let payload = mirror.children.first { add(payload.value, label: label) }
    default:
      for child in mirror.children {
        let label = child.label ?? ""
        add(child.value, label: label.hasPrefix(".") ? "" : label)
      }
    }
  }

  private static func leaf(_ value: Any) -> String? {
    switch value {
    case let value as Amount: "\(value.baseUnits)"
    case let value as Share: "\(value.partsPerBillion)"
    case let value as Height: "\(value.number)"
    case let value as BlockTime: "\(value.milliseconds)"
    case let value as Digest: "\(value)"
    case let value as PublicKey: "\(value)"
    case let value as Signature: "\(value)"
    // An empty list of anything could be cast.
    case let bytes as [UInt8] where Mirror(reflecting: value).subjectType == [UInt8].self: bytes.hex
    case let value as String: value
    case let value as any FixedWidthInteger: "\(value)"
    case let value as Bool: "\(value)"
    default: "\(type(of: value))".hasPrefix("Identifier<") ? "\(value)" : rawValue(value)
    }
  }

  private static func rawValue(_ value: Any) -> String? {
    guard let value = value as? any RawRepresentable else { return nil }
    return "\(value.rawValue)"
  }
}
