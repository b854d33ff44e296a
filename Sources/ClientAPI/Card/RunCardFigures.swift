public import AttributionRules
public import Ledger
public import Primitives

/// What follows from a run's card, index and record: the same figures for everybody.
public struct RunCardFigures: Hashable, Sendable {
  /// What one contributor was worth to the held-out questions.
  public struct Contributor: Hashable, Sendable {
    public let account: Identifier<Account>
    /// The uplift that opens or closes the gates of its contributions, summed, in micro-nats.
    public let gate: Int64
    /// What retraining shows: by how much the loss rises without it, in micro-nats; of coalitions,
    /// their mean without it minus their mean with it (the Banzhaf value).
    public let retrained: MeasuredFigure
  }

  /// How well the scores by which the run pays predicted the retrainings on halves, in millionths;
  /// nil of fewer than ``fewestHalves``.
  public let datamodelScore: MeasuredFigure?
  /// Retrainings of halves.
  public let retrainings: Int
  /// By account; empty without retrainings of contributors.
  public let contributors: [Contributor]
  /// The rank correlation of gates with what retraining shows, in millionths; nil of fewer than
  /// three contributors.
  public let agreement: Int?

  /// Of fewer, ranks say nothing.
  public static let fewestHalves = 4

  /// Works them out.
  ///
  /// - Throws: ``CardFault`` with `cardUnfit` if the card's vectors or tables are not of this run.
  /// - Complexity: O(questions · rows · dimensions).
  public init(
    of card: RunCard, manifest: RunManifest, index: InfluenceIndex, run: RunRecord
  ) throws(CardFault) {
    guard card.questions.allSatisfy({ $0.values.count == index.dimension }) else {
      throw .cardUnfit
    }
    let draw = CardDraw(of: manifest)
    retrainings = card.halves.count
    datamodelScore =
      card.halfCount < Self.fewestHalves
      ? nil
      : DatamodelScore(losses: Self.sums(of: card)).figure(
        DatamodelScore.Prediction(Self.predictions(card, draw, manifest, index)))
    let accounts = Self.contributors(of: index)
    if let measured = card.contributors {
      let table = ContributorTable(
        measured, contributors: accounts, seeds: Int(card.seeds), draw: draw)
      guard let table else { throw .cardUnfit }
      contributors = zip(accounts, table.figures).map { account, figure in
        Contributor(
          account: Identifier(account),
          gate: run.claim.uplift.filter { $0.contributor.digest == account }
            .reduce(0) { $0.addingSaturated($1.uplift) },
          retrained: figure)
      }
    } else {
      contributors = []
    }
    agreement =
      contributors.count < 3 || contributors.count > RankCorrelation.mostValues
      ? nil
      : RankCorrelation.millionths(contributors.map(\.gate), contributors.map(\.retrained.value))
  }

  /// The accounts whose records the run was trained on, ascending.
  public static func contributors(of index: InfluenceIndex) -> [Digest] {
    Set(index.records.map(\.origin.contributor)).sorted()
  }

  /// Losses by question and half, summed over the seeds.
  private static func sums(of card: RunCard) -> [[Int64]] {
    let seeds = Int(card.seeds)
    return card.questions.indices.map { question in
      (0..<card.halfCount).map { half in
        card.halves[half * seeds..<(half + 1) * seeds].reduce(0) {
          $0 + Int64($1.microNats[question])
        }
      }
    }
  }

  /// What the scores predict, by question and half: each row weighs as it does in pay.
  private static func predictions(
    _ card: RunCard, _ draw: CardDraw, _ manifest: RunManifest, _ index: InfluenceIndex
  ) -> [[Int128]] {
    let places = Dictionary(
      zip(manifest.trained, manifest.trained.indices), uniquingKeysWith: { first, _ in first })
    let halves = (0..<card.halfCount).map { draw.half($0, of: manifest.trained) }
    return card.questions.map { query in
      var weights = [Int128](repeating: 0, count: manifest.trained.count)
      for row in index.records {
        guard let place = places[row.record] else { continue }
        weights[place] += Int128(row.row.score(query)) * Int128(row.credit.weight)
      }
      return halves.map { half in half.reduce(0) { $0 + weights[$1] } }
    }
  }
}

/// Why a run's card is not taken; the raw values are stable.
public enum CardFault: String, Error, CaseIterable, Sendable {
  /// It is of another run, or its vectors and tables are not of this one.
  case cardUnfit = "card_unfit"
  /// The signature is not the maker's.
  case cardUnsigned = "card_unsigned"
  /// It names a held-out set that is not the epoch's, or is not revealed.
  case cardHeldOutWrong = "card_held_out_wrong"
  /// A question's vector is not what the engine finds.
  case cardQueryWrong = "card_query_wrong"
  /// A retraining led to other losses.
  case cardLossesWrong = "card_losses_wrong"
}

extension Int64 {
  fileprivate func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflowed) = addingReportingOverflow(other)
    return overflowed ? (other > 0 ? .max : .min) : sum
  }
}

extension Explanation.DatamodelScore {
  /// What a card says of a run's scores; nil if it has too few retrainings.
  public init?(_ figures: RunCardFigures) {
    guard let score = figures.datamodelScore else { return nil }
    func thousandths(_ millionths: Int64) -> Int {
      Int((millionths + (millionths < 0 ? -500 : 500)) / 1000)
    }
    self.init(
      value: thousandths(score.value), low: thousandths(score.low), high: thousandths(score.high),
      retrainings: figures.retrainings)
  }
}
