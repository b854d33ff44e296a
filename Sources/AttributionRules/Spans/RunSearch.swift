extension [UInt8] {
  /// Where a run of bytes stands in this text, in order; places may overlap.
  ///
  /// Knuth, Morris and Pratt: whoever writes both can't make it slow.
  /// - Complexity: O(text + run).
  func places(of run: ArraySlice<UInt8>) -> [Int] {
    guard !run.isEmpty, run.count <= count else { return [] }
    let run = Array(run)
    let borders = run.borders
    var places: [Int] = []
    var matched = 0
    for (position, byte) in enumerated() {
      while matched > 0, byte != run[matched] { matched = borders[matched - 1] }
      if byte == run[matched] { matched += 1 }
      if matched == run.count {
        places.append(position + 1 - matched)
        matched = borders[matched - 1]
      }
    }
    return places
  }

  /// For each position, how many bytes of the beginning end there again, but not all.
  private var borders: [Int] {
    var borders = [Int](repeating: 0, count: count)
    var matched = 0
    for position in indices.dropFirst() {
      while matched > 0, self[position] != self[matched] { matched = borders[matched - 1] }
      if self[position] == self[matched] { matched += 1 }
      borders[position] = matched
    }
    return borders
  }
}
