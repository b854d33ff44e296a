public import CanonicalCoding
public import Primitives

/// An epoch of a datanet: one held-out set, and the versions measured on it.
public struct EpochName: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var epoch: UInt32

  public init(datanet: Identifier<Datanet>, epoch: UInt32) {
    self.datanet = datanet
    self.epoch = epoch
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(epoch)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    epoch = try decoder.decode()
  }
}

/// A version of a datanet, counted from 1.
public struct VersionName: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var number: UInt32

  public init(datanet: Identifier<Datanet>, number: UInt32) {
    self.datanet = datanet
    self.number = number
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(number)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    number = try decoder.decode()
  }
}
