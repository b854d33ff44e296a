/// What recomputing a run shows to be wrong with it; the raw values are stable.
public enum RunFault: String, CaseIterable, Sendable {
  /// The records are not the heads of the version that they claim to be of.
  case recordsWrong = "run_records_wrong"
  /// The decoys are not those that the header draws.
  case drawWrong = "run_draw_wrong"
  /// The index has not a row for each piece of each record, and no others.
  case rowsIncomplete = "run_rows_incomplete"
  /// A row is not its record's gradient.
  case rowWrong = "run_row_wrong"
  /// The curvature is not that of the records trained on.
  case curvatureWrong = "run_curvature_wrong"
  /// The recipe does not give the adapter, or the one that gradients are taken at.
  case adapterWrong = "run_adapter_wrong"
  /// A group's uplift is another on the revealed questions.
  case upliftWrong = "run_uplift_wrong"
}
