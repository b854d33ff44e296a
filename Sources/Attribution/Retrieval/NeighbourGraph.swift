internal import CNeighbours

/// hnswlib's graph over vectors; the only file that sees its handle.
///
/// Finds most of the nearest, not always all. Measured with 20,000 vectors of 384 numbers:
/// 0.27 ms to add one, 1,131 bytes each, 0.9994 of the 16 nearest found.
@safe struct NeighbourGraph: ~Copyable {
  private let graph: OpaquePointer
  private let dimension: Int

  /// How many candidates a search follows: more find more, and cost as much more.
  static let breadth = 256

  init(dimension: Int) throws(AttributionFailure) {
    var made: OpaquePointer?
    guard unsafe neighbours_graph_create(dimension, &made) == NEIGHBOURS_OK,
      let made = unsafe made
    else { throw AttributionFailure(.passagesOutOfMemory) }
    unsafe graph = made
    self.dimension = dimension
  }

  deinit { unsafe neighbours_graph_destroy(graph) }

  /// - Precondition: no vector has the label yet, nor had it before.
  mutating func add(_ vector: CoarseVector, label: Int64) throws(AttributionFailure) {
    precondition(vector.values.count == dimension, "vectors of one dimension")
    let status = unsafe neighbours_graph_add(
      graph, vector.values, vector.scale, UInt64(bitPattern: label))
    guard status == NEIGHBOURS_OK else { throw AttributionFailure(.passagesOutOfMemory) }
  }

  /// The label is found no more; the memory stays taken.
  mutating func remove(_ label: Int64) {
    _ = unsafe neighbours_graph_remove(graph, UInt64(bitPattern: label))
  }

  /// Up to `count` labels, the nearest first.
  borrowing func nearest(
    to vector: CoarseVector, count: Int
  ) throws(AttributionFailure) -> [Int64] {
    precondition(vector.values.count == dimension, "vectors of one dimension")
    var labels = [UInt64](repeating: 0, count: count)
    var found = 0
    let status = unsafe neighbours_graph_search(
      graph, vector.values, vector.scale, count, max(count, Self.breadth), &labels, &found)
    guard status == NEIGHBOURS_OK else { throw AttributionFailure(.passagesOutOfMemory) }
    return labels.prefix(found).map { Int64(bitPattern: $0) }
  }
}
