package import CanonicalCoding
internal import Primitives

/// An erasure that waits for an epoch to be paid.
package struct ErasureName: Hashable, CanonicalCodable {
  var epoch: EpochName
  var contribution: Identifier<Contribution>

  init(epoch: EpochName, contribution: Identifier<Contribution>) {
    self.epoch = epoch
    self.contribution = contribution
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(epoch)
    encoder.encode(contribution)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    epoch = try decoder.decode()
    contribution = try decoder.decode()
  }
}

extension StateKey {
  static func erasure(_ name: ErasureName) -> StateKey<Bool> { .init(.erasures, name) }
}
