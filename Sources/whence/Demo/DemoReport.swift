import ClientAPI
import Datanets
import Foundation
import JSONCoding
import Ledger
import ModelFactory
import Networking
import Primitives

/// What the demo found, as `demo-report.json` gives it; amounts in base units.
struct DemoReport {
  struct Contributor {
    let name: String
    let kind: StoryFiles.Contributor.Kind
    /// Certain uplift in nats.
    let uplift: Double
    let retrainedUplift: Double?
    let paid: Amount
  }

  var training: DemoTraining.Result
  var card: RunCardFigures
  var contributors: [Contributor]
  var answers: [DemoQuestions.Answered]
  var feesIn: Amount
  var paidOut: Amount
  var genuine: String
  var tampered: String
  var tamperings: [(name: String, verdict: String)]
  var seconds: Double
  var peakBytes: Int

  var json: JSON {
    [
      "held_out": [
        "base_loss": .measurement(training.base.loss),
        "tuned_loss": .measurement(training.tuned.loss),
        "reworded": [
          "base_loss": .measurement(training.baseReworded.loss),
          "tuned_loss": .measurement(training.tunedReworded.loss),
          "base_exact": .integer(training.baseReworded.exactMatches),
          "tuned_exact": .integer(training.tunedReworded.exactMatches),
          "count": .integer(training.tunedReworded.count),
        ],
      ],
      "contributors": .array(
        contributors.map { contributor in
          var members: [JSONObject.Member] = [
            .init(name: "name", value: .string(contributor.name)),
            .init(name: "kind", value: .string(contributor.kind.rawValue)),
            .init(name: "uplift", value: .measurement(contributor.uplift)),
            .init(name: "paid", value: .string(contributor.paid.description)),
          ]
          if let retrained = contributor.retrainedUplift {
            members.append(.init(name: "retrained_uplift", value: .measurement(retrained)))
          }
          return .object(JSONObject(members))
        }),
      "card": card.json,
      "questions": .array(
        answers.map {
          [
            "question": .string($0.item.record.question), "answer": .string($0.completion.text),
            "reference": .string($0.item.record.answer),
            "expected_contributor": .string($0.item.domain),
            "top_contributor": $0.topContributor.map(JSON.string) ?? .null,
            "fee": .string($0.completion.fee.description),
            "receipt": .string($0.completion.order.description),
          ]
        }),
      "conservation": [
        "fees_in": .string(feesIn.description), "paid_out": .string(paidOut.description),
      ],
      "verification": [
        "genuine": .string(genuine), "tampered": .string(tampered),
        "tamperings": .array(
          tamperings.map { ["what": .string($0.name), "verdict": .string($0.verdict)] }),
      ],
      "training_tokens_per_second": .measurement(training.tokensPerSecond),
      "seconds": .measurement(seconds),
      "peak_bytes": .integer(peakBytes),
    ]
  }
}

extension DemoReport {
  /// The most memory this process held, and the largest of its worker processes beside it.
  static func peakBytesNow() -> Int {
    // RUSAGE_SELF is 0 and RUSAGE_CHILDREN −1; Glibc imports them as an enumeration of its own.
    func peak(_ who: Int32) -> Int {
      var usage = rusage()
      guard unsafe getrusage(who, &usage) == 0 else { return 0 }
      return usage.ru_maxrss * 1024
    }
    return peak(0) + peak(-1)
  }
}
