public import AttributionRules
public import ClientAPI
public import Ledger
public import Primitives

/// How much a run's card measures; more makes narrower intervals and takes longer.
public struct CardPlan: Hashable, Sendable {
  /// Random halves of the records that are trained on.
  public var halves: Int
  /// Trainings on each subset.
  public var seeds: Int
  /// Held-out questions, drawn from all; all if there are fewer.
  public var questions: Int
  /// The epochs after which trainings stop, at most the run's.
  public var epochs: Int
  /// Whether contributors are measured too: left out one by one, or beyond
  /// ``ContributorRetrainings/mostLeftOut`` of them in so many coalitions; nil for not at all.
  public var coalitions: Int?

  public init(halves: Int, seeds: Int = 1, questions: Int, epochs: Int, coalitions: Int?) {
    self.halves = halves
    self.seeds = seeds
    self.questions = questions
    self.epochs = epochs
    self.coalitions = coalitions
  }
}

/// The retrainings that a run's card takes, and the card that they make.
public struct CardMaking: Sendable {
  public let plan: CardPlan
  /// The questions that were drawn, by their places in the held-out set.
  public let questionPlaces: [Int]
  /// One for each half and seed.
  public let halfJobs: [RetrainJob]
  /// One for each subset of contributors and seed.
  public let contributorJobs: [RetrainJob]
  private let halfStop: UInt32
  private let contributorStop: UInt32
  private let subsets: ContributorRetrainings.Subsets

  /// Draws halves, questions and coalitions.
  /// - Parameters:
  ///   - trained: in commit order, as ``RunManifest/trained``.
  ///   - heldOut: all questions, part after part of the epoch's set.
  public init(
    _ plan: CardPlan, recipe: TrainingRecipe, draw: CardDraw, trained: [TrainingRecord],
    heldOut: [QuestionAnswer]
  ) {
    self.plan = plan
    questionPlaces = draw.questions(min(plan.questions, heldOut.count), of: heldOut.count)
    let questions = questionPlaces.map { heldOut[$0] }
    let epochs = min(plan.epochs, Int(recipe.epochs))

    func jobs(_ records: [TrainingRecord], steps: Int, stop: UInt32) -> [RetrainJob] {
      (0..<plan.seeds).map { seed in
        var recipe = recipe
        recipe.seed &+= UInt64(seed)
        return RetrainJob(
          recipe: recipe, stepCount: UInt32(steps), stopStep: stop,
          records: records.map(\.text), heldOut: questions)
      }
    }
    func stop(_ records: Int) -> UInt32 {
      UInt32(recipe.stepCount(records: records) / max(1, Int(recipe.epochs)) * epochs)
    }
    halfStop = stop(trained.count / 2)
    halfJobs = (0..<plan.halves).flatMap { [halfStop] number in
      let half = draw.half(number, of: trained.map(\.digest)).map { trained[$0] }
      return jobs(half, steps: recipe.stepCount(records: half.count), stop: halfStop)
    }

    let accounts = Set(trained.map(\.origin.contributor)).sorted()
    var parts: [[TrainingRecord]] = []
    subsets = accounts.count > ContributorRetrainings.mostLeftOut ? .coalitions : .leaveOneOut
    if let coalitions = plan.coalitions {
      switch subsets {
      case .leaveOneOut:
        let without = accounts.map { left in trained.filter { $0.origin.contributor != left } }
        parts = [trained] + without
      case .coalitions:
        parts = (0..<coalitions).map { number in
          let coalition = draw.coalition(number, of: accounts)
          return trained.filter { coalition.contains($0.origin.contributor) }
        }
      }
    }
    // Equal steps, so that fewer records do not mean less training.
    contributorStop = stop(trained.count)
    contributorJobs = parts.flatMap { [contributorStop] records in
      jobs(records, steps: recipe.stepCount(records: trained.count), stop: contributorStop)
    }
  }

  public var jobs: [RetrainJob] { contributorJobs + halfJobs }

  /// The card, once every retraining is done.
  ///
  /// - Parameters:
  ///   - heldOut: the revealed blobs of the epoch's set.
  ///   - queries: of the questions at ``questionPlaces``.
  ///   - folder: where the retrainings are.
  /// - Returns: nil if one is missing.
  /// - Throws: `StorageFailure`.
  public func card(
    of run: Identifier<Run>, heldOut: [Digest], codeVersion: String, queries: [QueryVector],
    folder: RetrainFolder
  ) throws -> RunCard? {
    func losses(_ jobs: [RetrainJob]) throws -> [HeldOutLosses] {
      try jobs.compactMap(folder.losses)
    }
    let halves = try losses(halfJobs)
    let contributors = try losses(contributorJobs)
    guard halves.count + contributors.count == jobs.count else { return nil }
    return RunCard(
      run: run, heldOut: heldOut, codeVersion: codeVersion, seeds: UInt32(plan.seeds),
      halfStop: halfStop, questions: queries, halves: halves,
      contributors: contributors.isEmpty
        ? nil
        : ContributorRetrainings(subsets: subsets, stop: contributorStop, losses: contributors))
  }
}
