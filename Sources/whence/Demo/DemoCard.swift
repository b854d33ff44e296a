import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import Storage

/// The card of the story's run: retrained beside the story, published when its questions are
/// revealed, and worked out by a stranger.
struct DemoCard {
  let making: CardMaking
  let folder: RetrainFolder
  /// Of the questions that were drawn.
  let queries: [QueryVector]

  /// Waits for what is left to retrain, and shows how far it is.
  func wait(for process: RetrainProcess, terminal: Terminal) async throws {
    let total = making.jobs.count
    let watching = Task {
      var bar = ProgressBar("retraining", on: terminal)
      while !Task.isCancelled {
        let done = try making.jobs.count { try folder.losses(of: $0) != nil }
        bar.update(Double(done) / Double(total), note: "\(done) of \(total)")
        try await Task.sleep(for: .seconds(1))
      }
    }
    defer { watching.cancel() }
    try await process.finish()
  }

  func signed(
    of run: Identifier<Run>, heldOut: Digest, by key: SigningKey
  ) throws -> SignedRunCard {
    guard
      let card = try making.card(
        of: run, heldOut: [heldOut], codeVersion: Whence.version, queries: queries, folder: folder)
    else { throw CommandFailure(.workUnfinished, "a retraining left no result") }
    return SignedRunCard(card, by: key)
  }
}

extension DemoStory {
  /// Publishes the run's card, and has a stranger work it out.
  func card(_ published: Published, node: String) async throws -> RunCardFigures {
    try await published.training.card.wait(for: retraining, terminal: terminal)
    guard
      let adapter = try await chain.client.record(.adapter(published.adapter))
    else { throw CommandFailure(.recordMissing, "the ledger lost the adapter") }
    let run = adapter.offer.run
    let signed = try published.training.card.signed(
      of: run, heldOut: published.heldOutBlob, by: chain.key(DemoChain.operatorName))
    try InferenceServer.cards(in: data.serverFolder).put(signed.canonicalBytes, as: "\(run)")

    let subject = try await CardSource(
      run, from: VerificationSource(node: node, artifacts: "\(data.path)/stranger"))
    guard let offered = try await subject.offered() else {
      throw CommandFailure(.recordMissing, "the node offers no card of the run")
    }
    let figures = try subject.figures(of: offered)
    print(
      CardText(
        signed: offered, figures: figures, run: subject.run,
        names: try AccountNames(folder: data.path), terminal: terminal
      ).text, terminator: "")
    if let score = figures.datamodelScore {
      let width = (Double(score.high - score.low) / 1e6).rounded(places: 2)
      print(
        "  So few retrainings leave an interval \(width) wide; `whence card make` measures more.")
    }
    return figures
  }
}
