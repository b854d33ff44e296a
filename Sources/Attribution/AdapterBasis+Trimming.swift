internal import LanguageModels

extension AdapterBasis {
  /// Leaves out, on each side of a matrix, the directions after the last one that any of
  /// `coordinates` measures along, and at least one stays.
  ///
  /// Of a model's many directions the loudest coordinates use few: the file becomes a fraction, and
  /// so does what a query costs beyond its passes. Matrices that share their inputs' directions keep
  /// sharing them.
  /// - Returns: the smaller basis, and the same coordinates counted in it, in their order.
  /// - Precondition: `coordinates` are ascending and below ``coordinateCount``.
  func trimmed(to coordinates: [Int]) -> (basis: AdapterBasis, coordinates: [Int]) {
    let places = places(of: coordinates)
    let inputs = pairs.map(\.input)
    let sources = inputs.indices.map { inputs[...$0].firstIndex(of: inputs[$0]) ?? $0 }
    var inputCounts = [Int](repeating: 1, count: pairs.count)
    var outputCounts = inputCounts
    for place in places {
      let source = sources[place.pair]
      inputCounts[source] = max(inputCounts[source], place.input + 1)
      outputCounts[place.pair] = max(outputCounts[place.pair], place.output + 1)
    }
    let kept = inputs.indices.map { index in
      sources[index] == index ? inputs[index].prefix(inputCounts[index]) : inputs[index]
    }
    let smaller = pairs.indices.map { index in
      Pair(
        input: kept[sources[index]], output: pairs[index].output.prefix(outputCounts[index]))
    }
    var starts: [Int] = []
    var start = 0
    for pair in smaller {
      starts.append(start)
      start += pair.coordinateCount
    }
    return (
      AdapterBasis(pairs: smaller),
      places.map { starts[$0.pair] + $0.output * smaller[$0.pair].input.count + $0.input }
    )
  }

  /// The matrix and the two directions that each coordinate belongs to.
  private func places(of coordinates: [Int]) -> [(pair: Int, output: Int, input: Int)] {
    var places: [(pair: Int, output: Int, input: Int)] = []
    var pair = 0
    var start = 0
    for coordinate in coordinates {
      while coordinate - start >= pairs[pair].coordinateCount {
        start += pairs[pair].coordinateCount
        pair += 1
      }
      let (output, input) = (coordinate - start).quotientAndRemainder(
        dividingBy: pairs[pair].input.count)
      places.append((pair, output, input))
    }
    return places
  }
}
