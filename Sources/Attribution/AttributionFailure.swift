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
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .noGradients: "no training record has a gradient; train on at least one record"
    case .wrongDimension: "the gradient's dimension is not the run's; use the run's own adapter"
    case .notFinite: "a gradient is not finite; the adapter or the base model is damaged"
    case .curvatureCorrupt: "the run's curvature is damaged; fetch it again by its digest"
    }
  }
}
