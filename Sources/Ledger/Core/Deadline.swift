public import CanonicalCoding
public import Primitives

/// A moment that has come only when both the time and the height have been reached, so that neither a
/// stopped chain nor a fast one cuts a window short.
public struct Deadline: Hashable, CanonicalCodable {
  public var time: BlockTime
  public var height: Height

  public init(time: BlockTime, height: Height) {
    self.time = time
    self.height = height
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(time)
    encoder.encode(height)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    time = try decoder.decode()
    height = try decoder.decode()
  }
}

extension Deadline {
  public func hasCome(at time: BlockTime, height: Height) -> Bool {
    self.time <= time && self.height <= height
  }

  /// The deadline that has come once both have.
  func later(_ other: Deadline) -> Deadline {
    Deadline(time: max(time, other.time), height: max(height, other.height))
  }
}

/// How long something stays open, as a duration and as a number of blocks.
public struct Window: Hashable, CanonicalCodable {
  public var milliseconds: UInt64
  public var blocks: UInt64

  public init(milliseconds: UInt64, blocks: UInt64) {
    self.milliseconds = milliseconds
    self.blocks = blocks
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(milliseconds)
    encoder.encode(blocks)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    milliseconds = try decoder.decode()
    blocks = try decoder.decode()
  }
}

extension Window {
  /// The deadline of a window that opens now.
  func end(from context: BlockContext) -> Deadline {
    end(from: context.time, height: context.height)
  }

  /// The deadline of a window that opens at this time and height.
  func end(from time: BlockTime, height: Height) -> Deadline {
    Deadline(
      time: BlockTime(milliseconds: time.milliseconds + milliseconds),
      height: Height(height.number + blocks))
  }
}
