public import ClientAPI
internal import JSONCoding

extension InstructionRecord {
  /// Reads JSON lines: one object of `term`, `question` and `answer` a line, in any order.
  ///
  /// Strict, because what is read is committed to: an unknown, repeated or missing field, another
  /// type than text, or an empty line is refused, and the failure names the line.
  /// - Throws: ``DatanetFailure/Code/malformedLine`` or ``DatanetFailure/Code/invalidRecord``.
  public static func parse(lines: [UInt8]) throws(DatanetFailure) -> [InstructionRecord] {
    try parseLines(lines, fields: recordFields) { values throws(DatanetFailure) in
      try instructionRecord(values)
    }
  }
}

extension HeldOutItem {
  /// Reads JSON lines as ``InstructionRecord/parse(lines:)`` does, with one more field.
  ///
  /// `contributor` is the item's domain.
  public static func parse(lines: [UInt8]) throws(DatanetFailure) -> [HeldOutItem] {
    try parseLines(lines, fields: recordFields + ["contributor"]) { values throws(DatanetFailure) in
      let record = try instructionRecord(values)
      guard values[3].utf8.count <= HeldOutItem.longestDomain else {
        throw DatanetFailure(code: .invalidRecord, message: "the contributor's name is too long")
      }
      return HeldOutItem(domain: values[3], record: record)
    }
  }
}

private let recordFields = ["term", "question", "answer"]

/// - Parameter values: of `recordFields`, and perhaps more.
private func instructionRecord(_ values: [String]) throws(DatanetFailure) -> InstructionRecord {
  do {
    return try InstructionRecord(term: values[0], question: values[1], answer: values[2])
  } catch {
    throw DatanetFailure(code: .invalidRecord, message: error.message)
  }
}

/// Makes an element of each line from the values of `fields`, in the order of `fields`.
private func parseLines<Element>(
  _ bytes: [UInt8], fields: [String],
  _ make: ([String]) throws(DatanetFailure) -> Element
) throws(DatanetFailure) -> [Element] {
  var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  // The last line's own line feed begins no further line.
  if lines.last?.isEmpty == true { lines.removeLast() }
  guard lines.count <= ContributionBundle.mostRecords else {
    throw DatanetFailure(
      code: .recordCount, message: "more than \(ContributionBundle.mostRecords) lines")
  }
  var elements: [Element] = []
  for (index, line) in lines.enumerated() {
    do {
      elements.append(try make(try values(of: fields, in: Array(line))))
    } catch {
      throw DatanetFailure(code: error.code, message: error.message, line: index + 1)
    }
  }
  return elements
}

/// Reads one object that has exactly these fields, all of them text.
private func values(
  of fields: [String], in line: [UInt8]
) throws(DatanetFailure) -> [String] {
  // A record's text in its longest escaped form, and the names around it.
  let limits = JSONLimits(sizeInBytes: 64 << 10, depth: 1)
  let document: JSON
  do {
    document = try JSON(parsing: line, limits: limits)
  } catch {
    throw DatanetFailure(code: .malformedLine, message: "not one JSON object: \(error)")
  }
  guard let object = document.object else {
    throw DatanetFailure(code: .malformedLine, message: "not a JSON object")
  }
  if let stranger = object.members.first(where: { !fields.contains($0.name) }) {
    throw DatanetFailure(code: .malformedLine, message: "unknown field \"\(stranger.name)\"")
  }
  var values: [String] = []
  for field in fields {
    guard let text = object[field]?.string else {
      throw DatanetFailure(code: .malformedLine, message: "no text in the field \"\(field)\"")
    }
    values.append(text)
  }
  return values
}
