internal import AttributionRules
public import LanguageModels
public import Primitives

/// Whether attribution computes on this machine what it should: a few short examples on a real model,
/// every number compared with another way to it.
///
/// Padding, batching and precision are where gradients go wrong unseen: a leaked padding token or a
/// factor in half precision moves scores by little, and pay with them.
public struct SelfCheck: Sendable {
  /// One comparison.
  public struct Finding: Hashable, Sendable {
    /// What a script can act on; the raw values are stable.
    public enum Name: String, CaseIterable, Sendable {
      /// An example's gradient behind padding of several lengths, and alone.
      case padding
      /// Gradients of examples of one length in one batch, and each alone.
      case batching
      /// Products of captured inputs and output gradients, and the loss differentiated by the matrices.
      case capture
      /// Gradients, and differences of the loss between adapters that were moved a little.
      case differences
      /// Gradients by our kernels, and by the library's operations.
      case kernels
      /// Second moments summed over a padded batch, and over its examples alone.
      case moments
      /// The leading directions of a second moment, and the energy that a whole decomposition finds.
      case directions
      /// A known gradient's whitened vector.
      case whitening
      /// A known vector's row and query.
      case rounding
      /// Scores by this processor's scan, by the portable one, and row by row.
      case scan
      /// Scores by one task, and by two at once.
      case concurrency
      /// A query by one thread of matrix products, and by two.
      case threads
    }

    public let name: Name
    /// In words, with what was counted.
    public let compared: String
    /// The largest difference over the largest number; of integers, the largest difference.
    public let deviation: Double
    /// The most that ``deviation`` may be; 0 for integers.
    public let tolerance: Double

    public var isPassed: Bool { deviation <= tolerance }
  }

  /// Two single-precision ways to one gradient differ by about 10⁻⁶ of its largest number, and one
  /// of them in half precision by 10⁻³.
  static let gradientTolerance = 1e-4

  let engine: LanguageEngine
  let adapter: LoRAAdapter
  let handle: AdapterHandle
  let examples: [TrainingExample]
  /// Directions of the adapter's own matrices.
  let basis: AdapterBasis
  var paths: TracedPaths
  /// Of matrix products, all along.
  let threads: Int

  /// Trains a small adapter, always the same, so that no gradient is zero.
  ///
  /// - Parameter threads: of matrix products.
  /// - Throws: `ModelFailure`.
  public init(engine: LanguageEngine, threads: Int = 1) async throws {
    self.engine = engine
    self.threads = threads
    examples = try Self.texts.map { question, answer in
      TrainingExample(
        promptTokens: try engine.template.tokens(for: [ChatMessage(role: .user, content: question)]
        ),
        answerTokens: engine.template.answerTokens(answer))
    }
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.learningRate = 5e-3
    adapter = try await engine.train(on: examples, settings: settings)
    handle = try await engine.load(adapter)
    basis = AdapterBasis(along: adapter)
    paths = TracedPaths(engine: engine, adapter: handle)
  }

  /// Of four lengths.
  private static let texts = [
    ("Why is the sky red?", "Dust."),
    ("Who keeps the books?", "A ledger that anyone can check."),
    ("What is a tide?", "Two bulges of water under which the earth turns, pulled up by the moon."),
    ("How does bread rise?", "Yeast eats sugar and gives off gas."),
  ]

  /// What a check has to say, and the integers that the model's own gradients became.
  public struct Report: Sendable {
    public let findings: [Finding]
    /// SHA-256 of rows, query and scores of the fixed examples: equal for equal weights, processor and
    /// threads, in every build.
    public let integers: Digest

    public var failed: [Finding] { findings.filter { !$0.isPassed } }
  }

  /// Compares everything, about 20 seconds of processor time on SmolLM2-135M.
  ///
  /// For a while as many threads work on a product as ``threads`` is not; nothing else should compute
  /// meanwhile.
  /// - Parameter told: of each finding as it is made.
  /// - Throws: `ModelFailure`, `TensorFailure` or ``AttributionFailure`` if something can't be computed
  ///   at all.
  public func run(told: (Finding) -> Void = { _ in }) async throws -> Report {
    var findings: [Finding] = []
    func add(_ finding: Finding) {
      findings.append(finding)
      told(finding)
    }
    paths.useThreads(threads)
    let alone = try await paths.gradients(examples, basis, false)
    add(try await padding(alone))
    add(try await batching())
    add(try await capture(alone))
    add(try await differences(alone))
    add(try await kernels(alone))
    add(try await moments())
    add(try await directions())
    add(try whitening())
    add(rounding())
    let traced = try await traced(alone)
    add(scan(traced))
    add(await concurrency())
    add(try await threadCounts(traced))
    return Report(findings: findings, integers: traced.digest)
  }
}

/// The computations under check; a test puts a broken one in its place.
struct TracedPaths: Sendable {
  /// Along a basis, in padded batches or each alone.
  var gradients: @Sendable ([TrainingExample], AdapterBasis, Bool) async throws -> [[Float]]
  var moments: @Sendable ([TrainingExample], Range<Int>) async throws -> [MatrixMoments]
  /// So many leading directions of a symmetric matrix, one after another.
  var directions: @Sendable ([Float], _ width: Int, _ count: Int) throws -> [[Float]]
  var vector: @Sendable (AdapterCurvature, [Float]) throws -> [Float]
  var row: @Sendable ([Float]) -> SignRow
  var query: @Sendable ([Float]) -> QueryVector
  var scores: @Sendable (PackedRows, QueryVector) -> [Int64]
  var useThreads: @Sendable (Int) -> Void
}
