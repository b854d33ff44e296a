public import AttributionRules
public import Ledger
public import Primitives

/// Why one answer cost what it did and who is paid for it: a receipt, for people.
///
/// Everything here follows from the receipt, the ledger and the run's public artifacts; nothing is
/// measured again. Amounts are of the receipt; what the ledger did with them, `settlement` tells.
public struct Explanation: Hashable, Codable, Sendable {
  /// The order's digest, by which the receipt is asked for.
  public var receipt: Digest
  /// The adapter's name on the ledger.
  public var model: String
  /// Its part of the answer; nil if it answered alone.
  public var ensemble: EnsembleShare?
  public var run: Identifier<Run>
  public var question: String
  public var answer: String
  public var tokensIn: UInt32
  public var tokensOut: UInt32
  public var fee: Amount
  /// Where the fee goes, in the order in which it is divided; they sum to it.
  public var parts: [FeePart]
  /// Whom the contributors' part pays, most first.
  public var contributors: [Contributor]
  /// The records above the floor, as the receipt lists them.
  public var records: [InfluentialRecord]
  /// What the answer owes to adapter and retrieved passages; nil without retrieval.
  public var components: Components?
  /// Passages that the prompt held, in commit order.
  public var passages: [RetrievedPassage]
  /// What stands verbatim in records, by position; nil if nobody looked.
  public var spans: [VerbatimSpan]?
  /// Whether the ledger has found the spans wrong.
  public var areSpansStruck: Bool
  public var certainty: Certainty
  public var settlement: Settlement
  /// What the payer said of the answer; nil if nothing, or longer ago than the ledger remembers.
  public var outcome: Outcome?
}

extension Explanation {
  /// What of an answer one of several adapters is paid for: its weight by the sum of weights.
  public struct EnsembleShare: Hashable, Codable, Sendable {
    public var weight: UInt32
    public var of: UInt64
    /// All that answered together, by the order's order.
    public var adapters: [Identifier<Adapter>]

    /// Nil for an order of one adapter alone.
    public init?(_ order: Order) {
      guard !order.ensemble.isEmpty else { return nil }
      let share = order.share
      weight = UInt32(clamping: share.weight)
      of = UInt64(clamping: share.of)
      adapters = order.ensemble.map(\.adapter)
    }
  }

  /// One part of the fee.
  public struct FeePart: Hashable, Codable, Sendable {
    public enum Payee: String, CaseIterable, Codable, Sendable {
      case platform, treasury, validators
      case baseModel = "base_model"
      case adapterOwner = "adapter_owner"
      case server
      case adapterStakers = "adapter_stakers"
      case contributors
      /// What no contribution earned, back to the payer.
      case refund
    }

    public var payee: Payee
    public var amount: Amount
  }

  /// What one account gets for its records, and for what.
  public struct Contributor: Hashable, Codable, Sendable {
    public var account: Identifier<Account>
    public var amount: Amount
    /// The parts for this answer's influence, for held-out uplift and for retrieved passages.
    public var byInfluence: Amount
    public var byUplift: Amount
    public var byRetrieval: Amount
    /// What its contributions are said to lower the held-out loss by, in micro-nats a token.
    public var upliftInMicroNats: Int64
  }

  /// A record's text, where its contributor publishes it.
  public struct Text: Hashable, Codable, Sendable {
    public var question: String
    public var answer: String

    public init(question: String, answer: String) {
      self.question = question
      self.answer = answer
    }
  }

  /// A record that the answer drew on.
  public struct InfluentialRecord: Hashable, Codable, Sendable {
    public var record: Digest
    public var chunk: UInt32
    public var contributor: Identifier<Account>
    /// How far its score stands above the floor, in thousandths of the floor's own height above the
    /// decoys' median.
    public var heightInThousandths: Int64
    /// What it earned of the fee; zero if its contribution's gate is closed.
    public var amount: Amount
    public var text: Text?
  }

  /// How much likelier adapter and retrieved passages made the answer, each on average over the
  /// order in which they come.
  public struct Components: Hashable, Codable, Sendable {
    public var adapterInMicroNats: Int64
    public var retrievalInMicroNats: Int64
  }

  /// A passage that the prompt held.
  public struct RetrievedPassage: Hashable, Codable, Sendable {
    public var record: Digest
    public var contributor: Identifier<Account>?
    /// What the answer's log-likelihood loses without it.
    public var dropInMicroNats: Int64
    public var amount: Amount
    public var text: Text?
  }

  /// A run of the answer's bytes that stands verbatim in records.
  public struct VerbatimSpan: Hashable, Codable, Sendable {
    /// In bytes of the answer's UTF-8.
    public var range: AnswerRange
    /// How unlikely it is to stand there by chance.
    public var bits: UInt64
    /// First committer first.
    public var sources: [Source]
  }

  public struct Source: Hashable, Codable, Sendable {
    public var record: Digest
    public var contributor: Identifier<Account>?
    public var text: Text?
  }

  /// How sure all of this is.
  public struct Certainty: Hashable, Codable, Sendable {
    /// Records kept out of training, whose scores are what chance gives.
    public var decoyCount: Int
    public var recordCount: Int
    /// Whether the list is full, so that more records may stand above the floor.
    public var isListFull: Bool
    /// How well this run's scores predicted retraining; nil if its card has no such figure.
    public var datamodelScore: DatamodelScore?
  }

  /// A run's LDS (Spearman's correlation of predicted and retrained losses) with its 95 % interval,
  /// in thousandths.
  public struct DatamodelScore: Hashable, Codable, Sendable {
    public var value: Int
    public var low: Int
    public var high: Int
    public var retrainings: Int

    public init(value: Int, low: Int, high: Int, retrainings: Int) {
      self.value = value
      self.low = low
      self.high = high
      self.retrainings = retrainings
    }
  }

  /// What an answer was worth to its payer.
  public enum Outcome: String, Codable, Sendable {
    case accepted, rejected, passed
  }

  /// What the ledger did with the receipt.
  public enum Settlement: String, Codable, Sendable {
    /// In no batch yet.
    case waiting
    /// In a batch whose window is open: anyone may still prove it wrong.
    case open
    case final
    /// Its batch was proved wrong.
    case voided
  }
}

extension Explanation {
  /// What no figure above can show: the limits of the method itself.
  public static let blindSpots = [
    "What the base model knew before: its part is fixed, and nobody's records are credited for it.",
    "Many records that each gave a little: only those that stand out from records the run never "
      + "saw are listed. The uplift part of the pay is for what all of them teach together.",
    "Whether the answer is right or useful. Influence says why it was likely.",
    "Influence is an estimate to first order, at the adapter as it is: what another training would "
      + "have learned instead is measured by retraining, for whole contributions only.",
  ]
}
