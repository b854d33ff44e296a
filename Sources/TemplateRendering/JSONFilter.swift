extension Renderer {
  /// `tojson` as Hugging Face's renderer has it: Python's `json.dumps`, by default without escapes
  /// for what is not ASCII.
  mutating func json(
    _ value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> MarkedText {
    let bound = try bind(
      arguments, ["ensure_ascii", "indent", "separators", "sort_keys"], of: .tojson)
    var form = JSONForm(
      isASCII: bound[0]?.isTrue == true, sortsKeys: bound[3]?.isTrue == true)
    switch bound[1] {
    case nil, .some(.none): break
    case .some(.text(let indent)): form.indent = indent
    case .some(let width):
      form.indent = try repeated(MarkedText(" "), try wholeNumber(width, "the indent"))
    }
    if form.indent != nil { form.comma = MarkedText(",") }
    if case .some(.list(let separators)) = bound[2] {
      guard separators.elements.count == 2 else {
        throw error(.badArgument, "tojson's separators are two texts")
      }
      form.comma = try text(argument: separators.elements[0], "a separator")
      form.colon = try text(argument: separators.elements[1], "a separator")
    }
    var output = MarkedText()
    try write(value, form, level: 0, into: &output)
    return output
  }

  private struct JSONForm {
    let isASCII: Bool
    let sortsKeys: Bool
    var indent: MarkedText?
    var comma = MarkedText(", ")
    var colon = MarkedText(": ")
  }

  private mutating func write(
    _ value: Value, _ form: JSONForm, level: Int, into output: inout MarkedText
  ) throws(TemplateError) {
    try charge(1)
    switch value {
    case .none: output.append("null")
    case .bool(let value): output.append(value ? "true" : "false")
    case .integer(let value): output.append(String(value))
    case .decimal(let text): output.append(text)
    case .text(let text): try write(text, isASCII: form.isASCII, into: &output)
    case .list(let list):
      guard !list.elements.isEmpty else { return output.append("[]") }
      output.append("[")
      for (index, element) in list.elements.enumerated() {
        if index > 0 { output.append(form.comma) }
        try breakLine(form, level: level + 1, into: &output)
        try write(element, form, level: level + 1, into: &output)
      }
      try breakLine(form, level: level, into: &output)
      output.append("]")
    case .map(let map):
      guard !map.members.isEmpty else { return output.append("{}") }
      let members =
        form.sortsKeys
        ? map.members.sorted { $0.key.text.bytes.lexicographicallyPrecedes($1.key.text.bytes) }
        : map.members
      output.append("{")
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(form.comma) }
        try breakLine(form, level: level + 1, into: &output)
        try write(member.key.text, isASCII: form.isASCII, into: &output)
        output.append(form.colon)
        try write(member.value, form, level: level + 1, into: &output)
      }
      try breakLine(form, level: level, into: &output)
      output.append("}")
    default: throw error(.wrongType, "\(value.kindName) can't be written as JSON")
    }
  }

  private mutating func breakLine(
    _ form: JSONForm, level: Int, into output: inout MarkedText
  ) throws(TemplateError) {
    guard let indent = form.indent else { return }
    output.append("\n")
    output.append(try repeated(indent, level))
  }

  private mutating func write(
    _ text: MarkedText, isASCII: Bool, into output: inout MarkedText
  ) throws(TemplateError) {
    try charge(bytes: text.count)
    output.append("\"")
    var start = 0
    var offset = 0
    for scalar in text.string.unicodeScalars {
      let end = offset + scalar.utf8.count
      if let escape = escape(scalar, isASCII: isASCII) {
        output.append(text[start..<offset])
        output.append(MarkedText(escape, isInput: text.hasInput))
        start = end
      }
      offset = end
    }
    output.append(text[start..<text.count])
    output.append("\"")
  }

  private func escape(_ scalar: Unicode.Scalar, isASCII: Bool) -> String? {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\u{8}": "\\b"
    case "\u{c}": "\\f"
    case _ where scalar.value < 0x20 || (isASCII && scalar.value > 0x7e):
      Array(String(scalar).utf16).map { unit in
        "\\u" + hexadecimal(UInt8(unit >> 8)) + hexadecimal(UInt8(unit & 0xff))
      }.joined()
    default: nil
    }
  }
}
