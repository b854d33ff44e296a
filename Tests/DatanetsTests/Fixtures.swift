import AttributionRules
import ClientAPI
import Datanets
import Primitives

func digest(_ number: UInt64) -> Digest {
  var generator = SeededGenerator(seed: number)
  let words = (0..<4).map { _ in generator.next() }
  let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  return Digest(bytes: bytes) ?? .zero
}

extension CommittedContribution {
  /// A contribution of its own account, in the block after the one numbered alike.
  static func fixture(
    _ records: [InstructionRecord], account: UInt64, height: UInt64
  ) throws -> CommittedContribution {
    CommittedContribution(
      bundle: try ContributionBundle(records: records, secret: digest(account << 32 | height)),
      origin: RecordOrigin(contributor: digest(account), group: digest(account << 32 | height + 1)),
      height: Height(height), indexInBlock: 0)
  }
}

/// Records of random words: any two are about different things and share almost no pair of words.
func records(_ count: Int, from generator: inout SeededGenerator) throws -> [InstructionRecord] {
  try (0..<count).map { _ in
    let words = (0..<14).map { _ in "word\(generator.next(below: 10_000))" }
    return try InstructionRecord(
      term: words[0], question: "What is \(words[0..<3].joined(separator: " "))?",
      answer: words[3...].joined(separator: " "))
  }
}

/// The ways of the copiers in the laws: none changes what the record says about its term.
enum LightEdit: CaseIterable {
  case none, otherTerm, capitals, punctuation, oneWordChanged, oneWordMore, oneWordLess

  func applied(
    to record: InstructionRecord, using generator: inout SeededGenerator
  ) throws -> InstructionRecord {
    var words = record.answer.split(separator: " ").map(String.init)
    let place = Int(generator.next(below: UInt64(words.count)))
    var (term, question) = (record.term, record.question)
    switch self {
    case .none: break
    case .otherTerm: term = "elsewhere"
    case .capitals: words = words.map { $0.uppercased() }
    case .punctuation: (question, words[place]) = ("\"\(question)\" -", "(\(words[place])),")
    case .oneWordChanged: words[place] = "changed"
    case .oneWordMore: words.insert("more", at: place)
    case .oneWordLess: words.remove(at: place)
    }
    return try InstructionRecord(
      term: term, question: question, answer: words.joined(separator: " "))
  }
}
