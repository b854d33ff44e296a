import CanonicalCoding
import Ledger
import NodeHTTP
import Primitives

/// What `whence help send` says: every message, or the fields of one.
struct MessageHelp {
  /// All messages, in lines of a terminal's width.
  static func list(width: Int) -> String {
    var lines = [""]
    for name in MessageKind.allCases.map(\.codedText) {
      if lines[lines.count - 1].count + name.count + 4 > width { lines.append("") }
      lines[lines.count - 1] += "  \(name)"
    }
    return "messages:\n" + lines.joined(separator: "\n")
      + "\n\n\"whence help send MESSAGE\" explains the fields of one.\n"
  }

  let kind: MessageKind

  var text: String {
    var rows: [(String, String)] = []
    for field in kind.fields { add(field.shape, at: [field.name], field.isOptional, to: &rows) }
    let fields =
      rows.isEmpty ? "\(kind.codedText) has no fields.\n" : "\(kind.codedText):\n\n" + columns(rows)
    return fields + (note.map { "\n\($0)\n" } ?? "") + "\nexample: \(example)\n"
  }

  /// A message that needs nothing but its fields as they are typed; words in capitals stand for
  /// what the reader puts there.
  var example: String {
    var words = ["whence send \(kind.codedText)"]
    for field in kind.fields where !field.isOptional {
      addExample(field.shape, at: [field.name], to: &words)
    }
    return words.joined(separator: " ")
  }

  private var note: String? {
    kind == .rotateKey
      ? "`whence account rotate-key NAME` makes the key and its acceptance, and sends this." : nil
  }

  // MARK: - Fields

  private func add(
    _ shape: ValueShape, at path: [String], _ isOptional: Bool, to rows: inout [(String, String)]
  ) {
    let mark = isOptional ? "; may be left out" : ""
    let name = path.joined(separator: ".")
    switch shape {
    case .leaf(let type, let form): rows.append((name, Self.words(type, form) + mark))
    case .list(let element):
      rows.append((name, "a list in JSON: [\(Self.json(element)), ...]" + mark))
    case .object(let fields) where path.count > 2:
      rows.append(
        (name, "an object in JSON, of " + fields.map(\.name).joined(separator: ", ") + mark))
    case .object(let fields):
      for field in fields {
        add(field.shape, at: path + [field.name], isOptional || field.isOptional, to: &rows)
      }
    case .union(let cases):
      rows.append((name, "one of " + cases.map(\.name).joined(separator: ", ") + mark))
      for (caseName, carried) in cases {
        guard let carried else { continue }
        add(carried, at: path + [caseName], false, to: &rows)
      }
    }
  }

  private static func words(_ type: any Any.Type, _ form: String) -> String {
    SpokenForms(names: AccountNames([:])).form(of: type) ?? form
  }

  /// A value's JSON, with words for what stands in it.
  private static func json(_ shape: ValueShape) -> String {
    switch shape {
    case .leaf(let type, let form):
      return type == Amount.self
        ? "\"1.5WHN\""
        : type == Identifier<Account>.self
          ? "\"@NAME\"" : form.hasPrefix("a whole number") ? "1" : "\"…\""
    case .list(let element): return "[\(json(element)), ...]"
    case .object(let fields):
      return "{" + fields.map { "\"\($0.name)\": \(json($0.shape))" }.joined(separator: ", ") + "}"
    case .union(let cases):
      guard let first = cases.first else { return "\"…\"" }
      return first.carried.map { "{\"\(first.name)\": \(json($0))}" } ?? "\"\(first.name)\""
    }
  }

  private func addExample(_ shape: ValueShape, at path: [String], to words: inout [String]) {
    let name = path.joined(separator: ".")
    switch shape {
    case .leaf(let type, let form): words.append("\(name)=\(value(type, form, path))")
    case .list(let element): words.append("\(name)='[\(Self.json(element))]'")
    case .object(let fields):
      for field in fields where !field.isOptional {
        addExample(field.shape, at: path + [field.name], to: &words)
      }
    case .union(let cases):
      guard let simplest = cases.min(by: { Self.size($0.carried) < Self.size($1.carried) }) else {
        return
      }
      if let carried = simplest.carried {
        addExample(carried, at: path + [simplest.name], to: &words)
      } else {
        words.append("\(name)=\(simplest.name)")
      }
    }
  }

  /// How many values stand in a shape.
  private static func size(_ shape: ValueShape?) -> Int {
    switch shape {
    case nil: 0
    case .leaf: 1
    case .list(let element): 1 + size(element)
    case .object(let fields): fields.reduce(0) { $0 + size($1.shape) }
    case .union(let cases): 1 + (cases.map { size($0.carried) }.min() ?? 0)
    }
  }

  private func value(_ type: any Any.Type, _ form: String, _ path: [String]) -> String {
    if type == Amount.self { return "1.5WHN" }
    if type == Share.self { return "7.5%" }
    if type == Identifier<Account>.self { return "@NAME" }
    if type == Bool.self { return "true" }
    if form.hasPrefix("a whole number") { return "1" }
    if let first = form.wholeMatch(of: /one of ([a-z_]+).*/) { return String(first.1) }
    return path.last?.uppercased() ?? ""
  }
}
