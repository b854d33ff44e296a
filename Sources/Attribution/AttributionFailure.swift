/// Why attribution could not be computed.
public struct AttributionFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, CaseIterable, Sendable {
    /// A curvature can't be fitted to no records.
    case noGradients = "attribution_no_gradients"
    /// A gradient's length is not the run's.
    case wrongDimension = "attribution_wrong_dimension"
    /// A gradient holds an infinity or a NaN.
    case notFinite = "attribution_not_finite"
    /// The bytes are not a curvature file, or not the one that was committed.
    case curvatureCorrupt = "attribution_curvature_corrupt"
    /// A file of the span index is missing, cut short or changed, or is none.
    case spansCorrupt = "spans_corrupt"
    /// A text is too long to search, or to be searched in.
    case spansTooLarge = "spans_too_large"
    /// The disk is full; nothing of the change to the span index is visible.
    case spansDiskFull = "spans_disk_full"
    /// The operating system refuses anything else about a file of the span index.
    case spansInputOutput = "spans_input_output"
    /// A stored passage is not what this encoder makes; the index has to be made again.
    case passagesCorrupt = "passages_corrupt"
    /// The index is full.
    case passagesTooMany = "passages_too_many"
    /// Memory ended while neighbours were linked.
    case passagesOutOfMemory = "passages_out_of_memory"
  }

  public let code: Code
  /// Which file, or what the operating system said; for a log.
  public let detail: String?

  public init(_ code: Code, detail: String? = nil) {
    self.code = code
    self.detail = detail
  }

  public var description: String {
    [code.rawValue, advice, detail].compactMap { $0 }.joined(separator: ": ")
  }

  private var advice: String {
    switch code {
    case .noGradients: "no training record has a gradient; train on at least one record"
    case .wrongDimension: "the gradient's dimension is not the run's; use the run's own adapter"
    case .notFinite: "a gradient is not finite; the adapter or the base model is damaged"
    case .curvatureCorrupt: "the run's curvature is damaged; fetch it again by its digest"
    case .spansCorrupt: "the span index is damaged; remove its folder and add the records again"
    case .spansTooLarge: "a text exceeds what spans are searched in; cut it"
    case .spansDiskFull: "the disk is full, and the span index is as it was; make room"
    case .spansInputOutput: "a file of the span index can't be used"
    case .passagesCorrupt: "the passage index is damaged; remove its file and add the records again"
    case .passagesTooMany: "the passage index is full; divide the records among several"
    case .passagesOutOfMemory: "not enough memory for the passage index; divide the records"
    }
  }
}
