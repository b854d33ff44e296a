internal import LanguageModels
internal import Primitives

extension GGUFWriter {
  /// Adds a tensor of drawn numbers: norms around one, maps of about unit gain.
  mutating func drawnTensor(_ name: String, _ shape: [Int], _ generator: inout SeededGenerator) {
    let scale = shape.count == 1 ? 0.1 : 1.7 / Float(shape[1]).squareRoot()
    let values = (0..<shape.reduce(1, *)).map { _ in
      (shape.count == 1 ? 1 : 0) + scale
        * (Float(generator.next(below: 1 << 24)) / Float(1 << 23) - 1)
    }
    tensor(name, shape, values)
  }
}
