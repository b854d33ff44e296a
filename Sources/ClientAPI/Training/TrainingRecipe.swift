public import CanonicalCoding

/// How a run turns records into an adapter.
///
/// With the records and the base model it determines the adapter on one kind of machine. Part of
/// the manifest, so every number is an integer.
public struct TrainingRecipe: Hashable, CanonicalCodable {
  public static let systemMessageMaximum = 1024

  /// LoRA's rank, on all seven linear maps of every layer.
  public var rank: UInt32
  /// LoRA's scale: outputs are multiplied by alpha / rank.
  public var alpha: UInt32
  public var epochs: UInt32
  /// Records a step.
  public var batchSize: UInt32
  /// At the first step, in millionths; falls linearly to zero after the last.
  public var learningRateInMillionths: UInt32
  /// Draws the first weights and the order of records.
  public var seed: UInt64
  /// Stands before every question, in training and in serving.
  public var systemMessage: String

  /// A rank or batch size of zero is no recipe: decoding refuses it.
  public init(
    rank: UInt32 = 8, alpha: UInt32 = 16, epochs: UInt32, batchSize: UInt32 = 4,
    learningRateInMillionths: UInt32, seed: UInt64, systemMessage: String
  ) {
    self.rank = rank
    self.alpha = alpha
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRateInMillionths = learningRateInMillionths
    self.seed = seed
    self.systemMessage = systemMessage
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(rank)
    encoder.encode(alpha)
    encoder.encode(epochs)
    encoder.encode(batchSize)
    encoder.encode(learningRateInMillionths)
    encoder.encode(seed)
    encoder.encode(text: systemMessage)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    rank = try decoder.decode()
    alpha = try decoder.decode()
    epochs = try decoder.decode()
    batchSize = try decoder.decode()
    learningRateInMillionths = try decoder.decode()
    seed = try decoder.decode()
    systemMessage = try decoder.text(atMost: Self.systemMessageMaximum)
    // Both divide; a stranger's manifest may say anything.
    guard rank > 0, batchSize > 0 else { throw .invalidValue }
  }
}

extension TrainingRecipe {
  /// The steps of a whole run over so many records.
  public func stepCount(records: Int) -> Int {
    Int(epochs) * ((records + Int(batchSize) - 1) / Int(batchSize))
  }

  /// The step after which the adapter is kept for tracing: a third of the run or half of an epoch,
  /// whichever is less, rounded up.
  ///
  /// By then training has begun to use the records, and nothing is memorised
  /// (docs/decisions/0003-gradients-at-an-early-checkpoint.md).
  public func tracingStep(records: Int) -> Int {
    let steps = stepCount(records: records)
    return min((steps + 2) / 3, (steps / max(1, Int(epochs)) + 1) / 2)
  }
}
