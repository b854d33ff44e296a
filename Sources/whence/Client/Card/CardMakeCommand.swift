import CanonicalCoding
import ClientAPI
import Foundation
import LanguageModels
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import Storage

extension Command {
  static let card = [cardMake, cardShow]

  private static let cardMake = Command(
    name: "card make",
    summary: "Retrain on random parts of a run, to measure how well its scores predict",
    operands: [.init(name: "RUN", help: "a run's identifier; its held-out set must be revealed")],
    options: [
      .node, .data, .signer,
      .init(name: "halves", value: "N", standard: "24", help: "random halves of the records"),
      .init(name: "seeds", value: "N", standard: "1", help: "trainings of each part"),
      .init(
        name: "questions", value: "N", standard: "64", help: "held-out questions, drawn from all"),
      .init(
        name: "epochs", value: "N",
        help: "epochs of each training; as many as the run's if left out"),
      .init(
        name: "coalitions", value: "N", standard: "64",
        help: "coalitions of contributors, if there are more than 20; else each is left out once"),
      .init(name: "halves-only", help: "do not measure contributors", excludes: ["coalitions"]),
      .init(
        name: "out", value: "FILE",
        help: "write the card there, instead of where the folder's server offers it"),
    ]
  ) { arguments in
    let path = try arguments.dataPath()
    let data = try DataFolder(existing: path)
    let source = try VerificationSource(node: arguments.nodeURL())
    let subject = try await CardSource(arguments.operand("RUN") ?? "", from: source)
    let signer = try await data.keys.settled(
      arguments.signerName(in: data.keys), on: source.ledger)
    let blobs = try subject.revealedBlobs()
    let plan = CardPlan(
      halves: try arguments.integer("halves", in: 0...1_024) ?? 24,
      seeds: try arguments.integer("seeds", in: 1...16) ?? 1,
      questions: try arguments.integer("questions", in: 1...RunCard.mostQuestions) ?? 64,
      epochs: try arguments.integer("epochs", in: 1...1_000)
        ?? Int(subject.manifest.recipe.epochs),
      coalitions: arguments.isOn("halves-only")
        ? nil : try arguments.integer("coalitions", in: 2...1_024))
    let card = try await CardWork(
      subject: subject, plan: plan,
      folder: RetrainFolder(
        at: data.retrainFolder, baseWeights: subject.manifest.baseWeights),
      terminal: .standard
    ).card(heldOut: blobs)
    let signed = SignedRunCard(card, by: signer.key)
    if let file = arguments.text("out") {
      try Data(signed.canonicalBytes).write(asked: file)
    } else {
      try InferenceServer.cards(in: data.serverFolder)
        .put(signed.canonicalBytes, as: "\(subject.id)")
    }
    print(
      CardText(
        signed: signed, figures: try subject.figures(of: signed), run: subject.run,
        names: try AccountNames(folder: path), terminal: .standard
      ).text, terminator: "")
  }
}

/// Measures a card, going on where an earlier call was cut off.
struct CardWork {
  let subject: CardSource
  let plan: CardPlan
  let folder: RetrainFolder
  let terminal: Terminal

  func card(heldOut: [Digest]) async throws -> RunCard {
    let questions = try await subject.questions()
    let making = CardMaking(
      plan, recipe: subject.manifest.recipe, draw: CardDraw(of: subject.manifest),
      trained: try await subject.trained(), heldOut: questions)
    let engine = try subject.engine()
    var bar = ProgressBar("retraining", on: terminal)
    let total = making.jobs.count
    try await folder.complete(making.jobs, engine: engine) {
      bar.update(Double($0) / Double(max(1, total)), note: "\($0) of \(total)")
    }
    bar.finish(note: "\(total) retrainings")
    let queries = try await subject.queries(
      of: making.questionPlaces.map { questions[$0] }, engine: engine)
    guard
      let card = try making.card(
        of: subject.id, heldOut: heldOut, codeVersion: Whence.version, queries: queries,
        folder: folder)
    else { throw CommandFailure(.workUnfinished, "a retraining's result is gone; run it again") }
    return card
  }
}
