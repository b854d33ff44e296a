/// What one word after `whence` does, with everything needed to parse and explain it.
struct Command: Sendable {
  let name: String
  /// One line, without a full stop.
  let summary: String
  var operands: [Operand] = []
  var options: [Option] = []
  /// Explains one first operand; without one, says which there are, below the command's own help.
  var explain: (@Sendable (_ operand: String?) throws -> String)?
  let run: @Sendable (Arguments) async throws -> Void

  /// A word without dashes, such as a file.
  struct Operand: Sendable {
    /// In capitals, as usage lines show it.
    let name: String
    let help: String
    var isOptional = false
    /// Whether it may come many times; for the last one.
    var isRepeated = false
  }

  /// `--name`, or `--name VALUE` if it takes one.
  struct Option: Sendable {
    let name: String
    /// The value's name in capitals; nil for a switch.
    var value: String?
    var standard: String?
    let help: String
    /// Options and operands without which this one says nothing.
    var needs: [String] = []
    /// Options and operands that this one replaces.
    var excludes: [String] = []
  }
}

/// What the user typed after a command's name, checked against its declaration.
struct Arguments: Sendable, Equatable {
  fileprivate(set) var operands: [String: String] = [:]
  /// Every word given for an operand that may come many times.
  fileprivate(set) var repeated: [String] = []
  fileprivate(set) var values: [String: String] = [:]
  fileprivate(set) var switches: Set<String> = []

  /// Options that were typed, rather than left as they are.
  fileprivate var typed: Set<String> = []

  func operand(_ name: String) -> String? { operands[name] }
  func isOn(_ name: String) -> Bool { switches.contains(name) }

  /// The option's value, or its standard one.
  func text(_ name: String) -> String? { values[name] }

  /// The option's value as a whole number.
  /// - Throws: ``UsageError`` if it is not one, or outside of the range.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        .optionInvalid,
        "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), "
          + "not \"\(text)\"")
    }
    return number
  }
}

extension Command {
  /// Reads the words after the command's name.
  func parse(_ words: some Sequence<String>) throws(UsageError) -> Arguments {
    var arguments = Arguments()
    for option in options {
      if let standard = option.standard { arguments.values[option.name] = standard }
    }
    var plain: [String] = []
    var onlyPlain = false
    var iterator = words.makeIterator()
    while let word = iterator.next() {
      guard !onlyPlain, word.hasPrefix("-"), word != "-" else {
        plain.append(word)
        continue
      }
      guard word != "--" else {
        onlyPlain = true
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let option = try option(named: String(parts[0]))
      let attached = parts.count > 1 ? String(parts[1]) : nil
      if let value = option.value {
        guard let text = attached ?? iterator.next() else {
          throw UsageError(
            .optionIncomplete, "--\(option.name) takes a value: --\(option.name) \(value)")
        }
        arguments.values[option.name] = text
      } else {
        guard attached == nil else {
          throw UsageError(.optionInvalid, "--\(option.name) takes no value")
        }
        arguments.switches.insert(option.name)
      }
      guard arguments.typed.insert(option.name).inserted else {
        throw UsageError(.optionConflict, "--\(option.name) is given twice")
      }
    }
    try assign(plain, to: &arguments)
    try checkTogether(arguments)
    return arguments
  }

  /// What is typed must count: nothing is ignored for what stands beside it, or does not.
  private func checkTogether(_ arguments: Arguments) throws(UsageError) {
    func isGiven(_ name: String) -> Bool {
      arguments.typed.contains(name) || arguments.operands[name] != nil
    }
    for option in options where isGiven(option.name) {
      if let missing = option.needs.first(where: { !isGiven($0) }) {
        throw UsageError(
          .optionConflict, "--\(option.name) says nothing without \(word(missing))")
      }
      if let other = option.excludes.first(where: isGiven) {
        throw UsageError(
          .optionConflict, "give either --\(option.name) or \(word(other)), not both")
      }
    }
  }

  /// An option or operand as it is typed.
  private func word(_ name: String) -> String {
    operands.contains { $0.name == name } ? name : "--\(name)"
  }

  private func option(named word: String) throws(UsageError) -> Option {
    if let found = options.first(where: { "--\($0.name)" == word }) { return found }
    let guess = closest(to: word, among: options.map { "--\($0.name)" } + ["--help"])
    throw UsageError(
      .optionUnknown,
      "\(name) has no option \(word)" + (guess.map { "; did you mean \($0)?" } ?? ""))
  }

  private func assign(_ words: [String], to arguments: inout Arguments) throws(UsageError) {
    if operands.last?.isRepeated == true {
      arguments.repeated = Array(words.dropFirst(operands.count - 1))
    } else if words.count > operands.count {
      throw UsageError(
        .operandUnexpected, "\(name) does not take \"\(words[operands.count])\"")
    }
    for (operand, word) in zip(operands, words) { arguments.operands[operand.name] = word }
    if let missing = operands.dropFirst(words.count).first(where: { !$0.isOptional }) {
      throw UsageError(.operandMissing, "\(name) needs \(missing.name): \(missing.help)")
    }
  }

  /// How to call the command, and what each part means.
  var help: String {
    var usage = "whence \(name)"
    for operand in operands {
      let shown = operand.name + (operand.isRepeated ? "..." : "")
      usage += operand.isOptional ? " [\(shown)]" : " \(shown)"
    }
    if !options.isEmpty { usage += " [options]" }
    var rows = operands.map { ($0.name, $0.help) }
    for option in options {
      let shown = "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
      var help = option.help + (option.standard.map { " (\($0))" } ?? "")
      if !option.needs.isEmpty {
        help += "; with \(option.needs.map(word).joined(separator: ", "))"
      }
      rows.append((shown, help))
    }
    rows.append(("--help", "show this"))
    return "\(summary).\n\nusage: \(usage)\n\n" + columns(rows)
  }
}

/// Returns two columns, the first as wide as its widest cell.
func columns(_ rows: [(String, String)]) -> String {
  let width = rows.map(\.0.count).max() ?? 0
  return rows.map { "  \($0)\(String(repeating: " ", count: width - $0.count))  \($1)\n" }.joined()
}

/// Returns the candidate fewest edits away from a misspelled word; nil if none is near.
func closest(to word: String, among candidates: [String]) -> String? {
  let best = candidates.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
  guard let best, best.1 <= max(1, min(3, word.count / 2)) else { return nil }
  return best.0
}

/// Returns how many characters must be put in, taken out or replaced (Levenshtein).
func editDistance(_ lhs: String, _ rhs: String) -> Int {
  let rhs = Array(rhs)
  var row = Array(0...rhs.count)
  for (index, left) in lhs.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for (column, right) in rhs.enumerated() {
      let replaced = diagonal + (left == right ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
    }
  }
  return row[rhs.count]
}
