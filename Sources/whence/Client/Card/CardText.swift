import AttributionRules
import ClientAPI
import JSONCoding
import Ledger
import Primitives

/// A run's card, for people.
struct CardText {
  let signed: SignedRunCard
  let figures: RunCardFigures
  let run: RunRecord
  let names: AccountNames
  let terminal: Terminal

  var text: String {
    let card = signed.card
    let maker = Identifier<Account>(signed.maker)
    var text = terminal.title("The run's card, measured by \(names.name(of: maker))")
    if let score = figures.datamodelScore {
      text +=
        "  LDS \(Self.places(score.value)) (95 %: \(Self.places(score.low)) to "
        + "\(Self.places(score.high))): how the run's scores rank \(card.halfCount) random halves, "
        + "by \(card.questions.count) held-out questions.\n"
    } else {
      text += "  No LDS: \(card.halfCount) halves are too few for ranks.\n"
    }
    text +=
      "  Each half was trained on \(card.seeds == 1 ? "once" : "\(card.seeds) times"), "
      + "\(card.halfStop) steps.\n"
    guard let measured = card.contributors else { return text }
    text += terminal.table(
      ["contributor", "gate", "retrained", "95 %"],
      figures.contributors.map {
        [
          names.name(of: $0.account), Self.places($0.gate), Self.places($0.retrained.value),
          "\(Self.places($0.retrained.low)) to \(Self.places($0.retrained.high))",
        ]
      })
    let meaning =
      switch measured.subsets {
      case .leaveOneOut: "what the held-out loss rises by without the contributor"
      case .coalitions: "the mean loss of coalitions without the contributor, less that with it"
      }
    text += "  Retrained: \(meaning), \(measured.stop) steps, in nats"
    text += (card.seeds == 1 ? "; one seed, so its interval is of questions alone" : "") + ".\n"
    if let agreement = figures.agreement {
      text += "  Gates and retrainings agree by a rank correlation of "
      text += "\(Self.places(Int64(agreement))).\n"
    }
    return text
  }

  /// Millionths with three places.
  private static func places(_ millionths: Int64) -> String {
    (Double(millionths) / 1_000_000).rounded(places: 3)
  }
}

extension RunCardFigures {
  /// In millionths, and micro-nats.
  var json: JSON {
    func json(_ figure: MeasuredFigure) -> JSON {
      [
        "value": .integer(figure.value), "low": .integer(figure.low),
        "high": .integer(figure.high),
      ]
    }
    return [
      "lds": datamodelScore.map(json) ?? .null, "retrainings": .integer(retrainings),
      "contributors": .array(
        contributors.map {
          [
            "account": .string($0.account.description), "gate": .integer($0.gate),
            "retrained": json($0.retrained),
          ]
        }),
      "agreement": agreement.map { .integer($0) } ?? .null,
    ]
  }
}
