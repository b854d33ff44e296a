import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import Foundation
import JSONCoding
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives

extension Command {
  static let cardShow = Command(
    name: "card show",
    summary: "Work out a run's card from its losses and index, and check it",
    operands: [.init(name: "CARD", help: "a run's identifier, or a file with a card's bytes")],
    options: [
      .node, .data,
      .init(
        name: "retrain", value: "K",
        help: "compute the questions' vectors again, and retrain half number K"),
      .json,
    ]
  ) { arguments in
    let source = try VerificationSource(node: arguments.nodeURL())
    let word = arguments.operand("CARD") ?? ""
    do {
      let (subject, signed) = try await source.card(named: word)
      let figures = try subject.figures(of: signed)
      let names = try AccountNames(folder: arguments.dataPath())
      print(
        arguments.isOn("json")
          ? figures.json.text(.indented)
          : CardText(
            signed: signed, figures: figures, run: subject.run, names: names, terminal: .standard
          ).text, terminator: arguments.isOn("json") ? "\n" : "")
      if let number = try arguments.integer("retrain", in: 0...1_023) {
        let found = try await CardRecheck(subject: subject, card: signed.card).half(number)
        if arguments.isOn("json") {
          FileHandle.standardError.write(Data("\(found)\n".utf8))
        } else {
          print("  \(found)")
        }
      }
    } catch let fault as CardFault {
      print(Terminal.standard.styled("rejected: \(fault.rawValue)", .bad) + "\n\(fault.meaning)")
      throw CommandFailed()
    }
  }
}

extension VerificationSource {
  /// Reads a card from a file, or fetches the one that the node offers of a run.
  /// - Throws: `name_invalid`, `record_missing`; ``CardFault`` with `cardUnfit`.
  func card(named word: String) async throws -> (subject: CardSource, card: SignedRunCard) {
    if let data = FileManager.default.contents(atPath: word) {
      guard let card = try? SignedRunCard(canonicalBytes: Array(data)) else {
        throw CardFault.cardUnfit
      }
      return (try await CardSource(card.card.run, from: self), card)
    }
    let subject = try await CardSource(word, from: self)
    guard let card = try await subject.offered() else {
      throw CommandFailure(
        .recordMissing, "no card of this run is offered here; `whence card make \(word)` makes one")
    }
    return (subject, card)
  }
}

extension CardFault {
  /// For people: what it means.
  var meaning: String {
    switch self {
    case .cardUnfit: "It is no card, or not this run's."
    case .cardUnsigned: "Its maker did not sign these losses."
    case .cardHeldOutWrong: "Its questions are not the run's held-out set, or that is not revealed."
    case .cardQueryWrong: "A question's vector is not what the engine finds at the run's adapter."
    case .cardLossesWrong: "Trained again, this half has other losses."
    }
  }
}

/// Measures again what a card says.
struct CardRecheck {
  let subject: CardSource
  let card: RunCard

  /// The most that the mean loss of one training may differ by on another machine, in micro-nats.
  static let tolerance = 10_000

  /// Computes every question's vector, and trains on a half with the first seed.
  /// - Returns: what was found, in a sentence.
  /// - Throws: ``CardFault`` with `cardUnfit`, `cardQueryWrong` or `cardLossesWrong`.
  func half(_ number: Int) async throws -> String {
    let questions = try await subject.questions()
    let making = CardMaking(
      CardPlan(
        halves: card.halfCount, questions: card.questions.count,
        epochs: Int(subject.manifest.recipe.epochs), coalitions: nil),
      recipe: subject.manifest.recipe, draw: CardDraw(of: subject.manifest),
      trained: try await subject.trained(), heldOut: questions)
    guard making.halfJobs.indices.contains(number) else {
      throw UsageError(
        .optionInvalid, "--retrain takes a half's number, below \(making.halfJobs.count)")
    }
    var job = making.halfJobs[number]
    guard making.questionPlaces.count == card.questions.count,
      (1...job.stepCount).contains(card.halfStop)
    else { throw CardFault.cardUnfit }
    job.stopStep = card.halfStop

    let engine = try subject.engine()
    let queries = try await subject.queries(
      of: making.questionPlaces.map { questions[$0] }, engine: engine)
    let cosine = zip(card.questions, queries).map { $0.cosine(with: $1) }.min() ?? 0
    guard cosine >= ReceiptVerifier.leastCosine else { throw CardFault.cardQueryWrong }
    let claimed = card.halves[number * Int(card.seeds)].microNats.map(Int64.init)
    let found = try await job.run(engine: engine).microNats.map(Int64.init)
    let difference = zip(claimed, found).reduce(0) { $0 + abs($1.0 - $1.1) } / Int64(claimed.count)
    guard difference <= Self.tolerance else { throw CardFault.cardLossesWrong }
    return "half \(number) was retrained: its losses differ by "
      + "\((Double(difference) / 1e6).rounded(places: 6)) nats on average; the questions' vectors "
      + "have cosines of at least \(cosine.rounded(places: 6))"
  }
}
