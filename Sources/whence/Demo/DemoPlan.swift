import ClientAPI
import ModelFactory

/// How much of the story is told: sizes, and the recipe that goes with them.
struct DemoPlan {
  /// Records of each useful contributor, the junk contributor and the copier.
  let records: Int
  let junk: Int
  let copies: Int
  /// Drawn from all records and kept out of training.
  let decoys: Int
  /// Unseen held-out records of each domain.
  let unseen: Int
  /// Re-worded held-out questions of each domain.
  let reworded: Int
  let recipe: TrainingRecipe
  /// The epoch whose end is the checkpoint for uplift; the adapter served is the last.
  let upliftEpoch: Int
  /// What is retrained for the run's card.
  let card: CardPlan

  static let systemMessage = "Answer in one short line."

  /// The whole story: about ten minutes on two cores.
  static let full = DemoPlan(
    records: 24, junk: 20, copies: 12, decoys: 30, unseen: 12, reworded: 12,
    recipe: TrainingRecipe(
      epochs: 7, learningRateInMillionths: 2000, seed: 11, systemMessage: systemMessage),
    upliftEpoch: 2, card: CardPlan(halves: 10, questions: 20, epochs: 1, coalitions: 64))

  /// At most 48 records trained on, two epochs, few retrainings: about four minutes on one core.
  static let quick = DemoPlan(
    records: 12, junk: 8, copies: 6, decoys: 20, unseen: 8, reworded: 4,
    recipe: TrainingRecipe(
      epochs: 2, learningRateInMillionths: 4000, seed: 11, systemMessage: systemMessage),
    upliftEpoch: 2, card: CardPlan(halves: 6, questions: 16, epochs: 1, coalitions: nil))
}
