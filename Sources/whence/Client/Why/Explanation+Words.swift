import AttributionRules
import ClientAPI
import Ledger
import Primitives

extension Explanation {
  /// A piece of the answer, all of it in a record's words or none.
  struct Piece: Equatable {
    let text: String
    let isVerbatim: Bool
  }

  /// The answer cut where spans begin and end; a span may begin inside of a character, which then
  /// belongs to the piece that its first byte is in.
  var answerPieces: [Piece] {
    var marked = [Bool](repeating: false, count: answer.utf8.count)
    for span in spans ?? [] {
      for place in span.places(in: marked.count) { marked[place] = true }
    }
    var pieces: [Piece] = []
    var text = ""
    var place = 0
    for character in answer {
      let isVerbatim = marked[place]
      if isVerbatim != pieces.last?.isVerbatim || text.isEmpty {
        if !text.isEmpty, let last = pieces.popLast() {
          pieces.append(Piece(text: text, isVerbatim: last.isVerbatim))
        }
        pieces.append(Piece(text: "", isVerbatim: isVerbatim))
        text = ""
      }
      text.append(character)
      place += character.utf8.count
    }
    if let last = pieces.popLast() { pieces.append(Piece(text: text, isVerbatim: last.isVerbatim)) }
    return pieces
  }

  /// A span's words in one line.
  func text(of span: VerbatimSpan) -> String {
    let bytes = Array(answer.utf8)
    return String(decoding: bytes[span.places(in: bytes.count)], as: UTF8.self).inOneLine
  }
}

extension Explanation.VerbatimSpan {
  /// Its bytes, as far as there are so many.
  fileprivate func places(in length: Int) -> Range<Int> {
    let start = min(Int(range.start), length)
    return start..<max(start, min(Int(range.end), length))
  }
}

extension Explanation.FeePart.Payee {
  var spoken: String {
    switch self {
    case .platform: "platform fee, to the treasury"
    case .treasury: "treasury"
    case .validators: "validators"
    case .baseModel: "base model"
    case .adapterOwner: "adapter's owner"
    case .server: "server"
    case .adapterStakers: "adapter's stakers"
    case .contributors: "contributors"
    case .refund: "back to the payer"
    }
  }
}

extension Explanation.Settlement {
  var spoken: String {
    switch self {
    case .waiting: "not settled yet"
    case .open: "settled, and open to challenge"
    case .final: "settled for good"
    case .voided: "void: its batch was proved wrong"
    }
  }
}

extension Explanation {
  /// Who answered, and what part of the answer this receipt is for.
  var speaker: String {
    guard let ensemble else { return model }
    return "\(model) (\(ensemble.weight) of \(ensemble.of) parts of an ensemble)"
  }

  /// What became of the receipt, and what its payer said.
  var standing: String {
    let said =
      switch outcome {
      case nil: ""
      case .accepted: "; accepted by the payer"
      case .rejected: "; rejected by the payer"
      case .passed: "; passed the payer's check"
      }
    return settlement.spoken + said
  }
}

extension Explanation.Certainty {
  var sentences: [String] {
    var sentences = [
      "\(decoyCount) records that the run never saw give the floor: fewer than one unrelated "
        + "record of \(recordCount) is expected above it."
    ]
    if isListFull { sentences.append("The list is full; more records may stand above the floor.") }
    if let score = datamodelScore {
      sentences.append(
        "This run's scores predicted \(score.retrainings) retrainings with a rank correlation (LDS) of "
          + "\(score.value.thousandths) (95 %: \(score.low.thousandths) to \(score.high.thousandths))."
      )
    } else {
      sentences.append(
        "This run's card has no LDS: nobody retrained to see how its scores predict.")
    }
    return sentences
  }
}

extension Explanation.InfluentialRecord {
  /// Its text in one line, or its digest where the text is not here.
  var spoken: String { text?.spoken ?? record.description }
}

extension Explanation.RetrievedPassage {
  var spoken: String { text?.spoken ?? record.description }
}

extension Explanation.Text {
  var spoken: String { "\(question) → \(answer)".inOneLine }
}

extension Amount {
  /// Tokens with at most six places, for people; rounded to nearest.
  var short: String { padded.trimmingZeros }

  /// The same with six places, for columns.
  var padded: String {
    let unit = UInt128(1_000_000_000_000)
    let millionths = baseUnits / unit + (baseUnits % unit >= unit / 2 ? 1 : 0)
    return millionths > 0 || baseUnits == 0 ? millionths.withPlaces(6) : "<0.000001"
  }

  /// Per cent of a whole, with one place.
  func percent(of whole: Amount) -> String {
    guard let thousandths = try? scaledRoundingDown(by: 1000, over: max(1, whole.baseUnits))
    else { return "" }
    return Int64(thousandths.baseUnits).tenthsOfTenths + " %"
  }
}

extension Int64 {
  /// Micro-nats as nats, with three places and a sign.
  var nats: String {
    let magnitude = (magnitude + 500) / 1000
    return (self < 0 && magnitude > 0 ? "−" : "+") + magnitude.withPlaces(3)
  }

  /// Thousandths with one place.
  var tenths: String { (self < 0 ? "−" : "") + ((magnitude + 50) / 100).withPlaces(1) }

  /// Tenths with one place.
  fileprivate var tenthsOfTenths: String { (self < 0 ? "−" : "") + magnitude.withPlaces(1) }
}

extension Int {
  /// Thousandths with two places.
  fileprivate var thousandths: String {
    (self < 0 ? "−" : "") + ((magnitude + 5) / 10).withPlaces(2)
  }
}

extension FixedWidthInteger {
  /// Decimal text of a whole number of 10⁻ⁿ.
  fileprivate func withPlaces(_ places: Int) -> String {
    let digits = String(self)
    let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
    return "\(padded.dropLast(places)).\(padded.suffix(places))"
  }
}

extension String {
  /// Without zeros at the end of a fraction.
  fileprivate var trimmingZeros: String {
    guard contains(".") else { return self }
    var text = self
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// Lines of at most `width` characters, broken at spaces.
  func wrapped(at width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
