import Foundation
import Primitives

/// The forms that the pages under `docs/spec` list, read from their tables: a second, slow decoder
/// that shares nothing with the code's own but the bytes.
struct SpecForms {
  /// The fields of a message, by its tag.
  private var messages: [UInt16: (name: String, form: String)] = [:]
  /// The fields or cases of a value, by its name; a message's by its name too.
  private var forms: [String: String] = [:]

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appending(path: "docs/spec")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    for file in files where file.pathExtension == "md" {
      read(try String(contentsOf: file, encoding: .utf8))
    }
  }

  private mutating func read(_ page: String) {
    var columns: [String] = []
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        columns = []
        continue
      }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      if columns.isEmpty {
        columns = cells
      } else if columns == ["tag", "message", "fields in order"] {
        guard let tag = UInt16(cells[0].dropFirst(2), radix: 16) else { continue }
        messages[tag] = (cells[1], cells.count > 2 ? cells[2] : "")
        forms[cells[1]] = cells.count > 2 ? cells[2] : ""
      } else if columns.last == "fields in order", cells.count == 2 {
        forms[cells[0]] = cells[1]
      }
    }
  }

  /// The names of a union's cases, in the order of their tags.
  func caseNames(of union: String) -> [String] {
    guard let form = forms[union], form.hasPrefix("a union: ") else { return [] }
    return Self.split("\(form.dropFirst(9))", at: ", ").compactMap {
      $0.prefixMatch(of: /\d+ (\w+)/).map { "\($0.1)" }
    }
  }

  /// Why bytes are not what the pages say.
  struct Mismatch: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads a value of a form and nothing else, as one line for each field, list and union.
  func lines(of form: String, in bytes: [UInt8]) throws -> [String] {
    var rest = bytes[...]
    var lines: [String] = []
    try read(form, label: "", from: &rest, into: &lines)
    guard rest.isEmpty else { throw Mismatch(description: "\(rest.count) bytes are left over") }
    return lines
  }

  private func read(
    _ form: String, label: String, from rest: inout ArraySlice<UInt8>, into lines: inout [String]
  ) throws {
    if let width = Self.widths[form] ?? (form.hasPrefix("identifier of ") ? 32 : nil) {
      let bytes = try take(width, from: &rest)
      let isNumber = Self.numbers.contains(form)
      lines.append("\(label): \(isNumber ? "\(Self.number(bytes))" : Array(bytes).hex)")
    } else if form == "flag" {
      lines.append("\(label): \(try flag(from: &rest))")
    } else if let match = form.wholeMatch(of: /(\d+) bytes?(, .*)?/), let width = Int(match.1) {
      let number = Self.number(try take(width, from: &rest))
      let isSigned = match.2?.contains("signed") ?? false
      lines.append("\(label): \(isSigned ? "\(Int64(truncatingIfNeeded: number))" : "\(number)")")
    } else if let match = form.wholeMatch(of: /text, at most ([\d,]+) bytes/) {
      let bytes = try take(try count(atMost: match.1, from: &rest), from: &rest)
      lines.append("\(label): \(String(decoding: bytes, as: UTF8.self))")
    } else if let match = form.wholeMatch(of: /bytes, at most ([\d,]+)/) {
      let bytes = try take(try count(atMost: match.1, from: &rest), from: &rest)
      lines.append("\(label): \(Array(bytes).hex)")
    } else if let match = form.wholeMatch(of: /list of (.*), at most ([\d,]+)/) {
      let count = try count(atMost: match.2, from: &rest)
      lines.append("\(label): list of \(count)")
      for _ in 0..<count { try read("\(match.1)", label: label, from: &rest, into: &lines) }
    } else if form.hasPrefix("optional ") {
      guard try flag(from: &rest) else { return lines.append("\(label): none") }
      try read("\(form.dropFirst(9))", label: label, from: &rest, into: &lines)
    } else if form.hasPrefix("a union: ") {
      try readUnion("\(form.dropFirst(9))", label: label, from: &rest, into: &lines)
    } else if form == "Message" {
      let tag = UInt16(Self.number(try take(2, from: &rest)))
      guard let message = messages[tag] else {
        throw Mismatch(description: "no message has the tag \(tag)")
      }
      lines.append("\(label.isEmpty ? "" : "\(label): ")\(message.name)")
      try readFields(message.form, from: &rest, into: &lines)
    } else if let named = forms[form] {
      if named.hasPrefix("a union: ") || named.first?.isNumber == true {
        try read(named, label: label, from: &rest, into: &lines)
      } else {
        try readFields(named, from: &rest, into: &lines)
      }
    } else {
      throw Mismatch(description: "no page says what a \(form) is")
    }
  }

  private func readFields(
    _ cell: String, from rest: inout ArraySlice<UInt8>, into lines: inout [String]
  ) throws {
    for field in cell.split(separator: "; ") {
      guard let colon = field.firstRange(of: ": ") else {
        throw Mismatch(description: "'\(field)' has no name")
      }
      try read(
        "\(field[colon.upperBound...])", label: "\(field[..<colon.lowerBound])", from: &rest,
        into: &lines)
    }
  }

  private func readUnion(
    _ cases: String, label: String, from rest: inout ArraySlice<UInt8>, into lines: inout [String]
  ) throws {
    let tag = Self.number(try take(2, from: &rest))
    let match = Self.split(cases, at: ", ").lazy
      .compactMap { $0.wholeMatch(of: /(\d+) (\w+)( \((.*)\))?/) }.first { UInt128($0.1) == tag }
    guard let match else { throw Mismatch(description: "\(label) has no case \(tag)") }
    lines.append("\(label): case \(match.2)")
    guard let payload = match.4 else { return }
    let fields = payload.split(separator: "; ")
    for field in fields {
      if let colon = field.firstRange(of: ": ") {
        try read(
          "\(field[colon.upperBound...])", label: "\(field[..<colon.lowerBound])", from: &rest,
          into: &lines)
      } else {
        try read("\(field)", label: fields.count == 1 ? label : "", from: &rest, into: &lines)
      }
    }
  }

  /// Splits what stands outside parentheses.
  private static func split(_ text: String, at separator: String) -> [String] {
    var parts: [String] = []
    for piece in text.components(separatedBy: separator) {
      if let last = parts.last, last.count(where: { $0 == "(" }) > last.count(where: { $0 == ")" })
      {
        parts[parts.count - 1] = last + separator + piece
      } else {
        parts.append(piece)
      }
    }
    return parts
  }

  private static let widths = [
    "amount": 16, "share": 4, "height": 8, "time": 8, "digest": 32, "public key": 32,
    "signature": 64,
  ]
  private static let numbers: Set = ["amount", "share", "height", "time"]

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt128 {
    bytes.reduce(0) { $0 << 8 | UInt128($1) }
  }

  private func take(
    _ count: Int, from rest: inout ArraySlice<UInt8>
  ) throws -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Mismatch(description: "the bytes end early") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private func flag(from rest: inout ArraySlice<UInt8>) throws -> Bool {
    let byte = try take(1, from: &rest).first ?? 0
    guard byte < 2 else { throw Mismatch(description: "a flag of \(byte)") }
    return byte == 1
  }

  private func count(
    atMost maximum: Substring, from rest: inout ArraySlice<UInt8>
  ) throws -> Int {
    let count = Int(Self.number(try take(4, from: &rest)))
    guard let maximum = Int(maximum.filter { $0 != "," }), count <= maximum else {
      throw Mismatch(description: "\(count) is more than \(maximum)")
    }
    return count
  }
}
